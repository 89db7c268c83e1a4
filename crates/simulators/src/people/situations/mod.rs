//! Each situation the law knows, as a person with wards.
//!
//! What is expected is written down here by hand from the law and not computed: a test compares it with the decision.
//! Read next: `keys.rs`, for people whose key or wish makes the difference.

use domain::{
    ActKind, EndOfPlacement, FormOfPlacement, FullCapacity, FullCapacityReason, PropertyInventory,
    RefusalGround, Role,
};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::PeopleError;
use super::acts;
use super::cast::{Cast, Name, Sketch};
use super::demo::Expected;
use super::numbers::Sex::{self, Female, Male};

mod keys;
pub use keys::REFUSES_BY_TELEPHONE;
pub(super) use keys::{keys, named_wards, telephone};

type Done = Result<(), PeopleError>;

const fn sketch(
    slug: &'static str,
    kato: &'static str,
    (name, sex, born): (Name, Sex, Date),
    about: [&'static str; 3],
) -> Sketch {
    Sketch { slug, about, name, born, sex, kato }
}

/// Guardians and custodians with nothing unusual about them.
pub(super) fn ordinary(cast: &mut Cast<'_>) -> Done {
    let one = cast.person(&sketch(
        "one_ward",
        "710000000",
        (("Әлімқұлова", "Гүлнәр", "Һамитқызы"), Female, date(1979, 4, 12)),
        ["Бір баланың қорғаншысы", "Опекун одного ребёнка", "Guardian of one child"],
    ))?;
    cast.place_ward(&one, ("Өмірбеков", "Әмір", "Үсенұлы"), Male, 7.years().months(8))?;
    cast.expect_granted(&one, &[Role::Guardian]);

    let three = cast.person(&sketch(
        "three_wards",
        "101010000",
        (("Қожахметов", "Ғалымжан", "Ұланұлы"), Male, date(1971, 9, 30)),
        [
            "Үш бала: екеуіне қорғаншы, біреуіне қамқоршы",
            "Трое детей: опекун двоих, попечитель одного",
            "Three children: guardian of two, custodian of one",
        ],
    ))?;
    cast.place_ward(&three, ("Ғабдуллина", "Іңкәр", "Өркенқызы"), Female, 16.years().months(8))?;
    cast.place_ward(&three, ("Ғабдуллин", "Әділ", "Өркенұлы"), Male, 11.years().months(3))?;
    cast.place_ward(&three, ("Ғабдуллина", "Ұлжан", "Өркенқызы"), Female, 5.years().months(6))?;
    cast.expect_granted(&three, &[Role::Custodian, Role::Guardian, Role::Guardian]);

    let turned_14 = cast.person(&sketch(
        "ward_just_turned_14",
        "750000000",
        (("Петренко", "Наталья", "Сергеевна"), Female, date(1968, 1, 5)),
        [
            "Бала бүгін 14 жасқа толды: енді қамқоршы",
            "Ребёнку сегодня исполнилось 14 лет: теперь попечитель",
            "The child turned 14 today: custodian from now on",
        ],
    ))?;
    cast.place_ward(&turned_14, ("Журавлёва", "Алёна", "Юрьевна"), Female, 14.years())?;
    cast.expect_granted(&turned_14, &[Role::Custodian]);

    spouses(cast)
}

fn spouses(cast: &mut Cast<'_>) -> Done {
    let about = [
        "Ерлі-зайыптылар бір балаға бірге тағайындалған",
        "Супруги назначены вместе одному ребёнку",
        "Spouses appointed together for one child",
    ];
    let wife = cast.person(&sketch(
        "spouse_wife",
        "790000000",
        (("Үмбетова", "Мөлдір", "Қайратқызы"), Female, date(1984, 11, 2)),
        about,
    ))?;
    let husband = cast.person(&sketch(
        "spouse_husband",
        "790000000",
        (("Үмбетов", "Шыңғыс", "Іліясұлы"), Male, date(1982, 3, 18)),
        about,
    ))?;
    let ward = cast.place_ward(&wife, ("Тәшен", "Нұрислам", ""), Male, 9.years().months(1))?;
    let shared = cast.records.last().map(|record| record.ward.placement.clone());
    if let Some(placement) = shared {
        cast.place(&husband, &ward, placement);
    }
    for one in [&wife, &husband] {
        cast.set(one, |person| person.situation = "spouses".to_owned());
        cast.expect_granted(one, &[Role::Guardian]);
    }
    Ok(())
}

/// People whose request ends in a refusal: ground 9.1, and one time 9.2.
pub(super) fn without_certificate(cast: &mut Cast<'_>) -> Done {
    let of_age = cast.person(&sketch(
        "ward_turns_18_today",
        "351010000",
        (("Шмидт", "Ирма", "Эдуардовна"), Female, date(1963, 6, 21)),
        [
            "Жалғыз бала бүгін 18 жасқа толды",
            "Единственному подопечному сегодня исполнилось 18 лет",
            "The only ward turns 18 today",
        ],
    ))?;
    cast.place_ward(&of_age, ("Гросс", "Виктор", "Андреевич"), Male, 18.years())?;

    let ended = cast.person(&sketch(
        "guardianship_ended",
        "551010000",
        (("Смағұлов", "Бауыржан", "Әділұлы"), Male, date(1975, 8, 8)),
        ["Қорғаншылық тоқтатылған", "Опека прекращена", "The guardianship has ended"],
    ))?;
    cast.place_ward(&ended, ("Жәңгірова", "Сәуле", "Маратқызы"), Female, 8.years().months(9))?;
    let on = cast.ago(30.days())?;
    if let Some(record) = cast.records.last_mut() {
        let reason = "ата-анасына қайтарылды".to_owned();
        record.ward.placement.end = Some(EndOfPlacement { on, reason });
    }

    cast.person(&sketch(
        "not_in_bank",
        "391010000",
        (("Кузнецова", "Галина", "Петровна"), Female, date(1958, 12, 1)),
        [
            "Деректер банкінде қорғаншы ретінде тіркелмеген",
            "В банке данных как опекун не значится",
            "Not recorded in the data bank as a guardian",
        ],
    ))?;

    let refuses = cast.person(&sketch(
        "refuses_consent",
        "231010000",
        (("Оңғарбаев", "Қуаныш", "Ізбасарұлы"), Male, date(1980, 2, 14)),
        [
            "Дербес деректерге қол жеткізуге келісім бермейді",
            "Не даёт согласия на доступ к персональным данным",
            "Does not consent to access to personal data",
        ],
    ))?;
    cast.place_ward(&refuses, ("Бөлекбай", "Айсұлу", ""), Female, 6.years().months(7))?;
    cast.set(&refuses, |person| {
        person.ask.restricted_data = false;
        person.expected = Expected::Refused { ground: RefusalGround::NoConsent };
    });
    other_form(cast)
}

/// People who care for children, or did, in a way this certificate does not speak of.
fn other_form(cast: &mut Cast<'_>) -> Done {
    let patronage = cast.person(&sketch(
        "patronage_only",
        "591010000",
        (("Ковальчук", "Ольга", "Викторовна"), Female, date(1977, 7, 7)),
        [
            "Тек патронат тәрбиеші: бұл анықтама берілмейді",
            "Только патронатный воспитатель: этой справки нет",
            "A patronage carer only: not this certificate",
        ],
    ))?;
    cast.place_ward(&patronage, ("Белый", "Артём", "Николаевич"), Male, 10.years().months(2))?;
    if let Some(record) = cast.records.last_mut() {
        record.ward.placement.form = FormOfPlacement::Patronage;
    }

    let emancipated = cast.person(&sketch(
        "emancipated_ward",
        "471010000",
        (("Сейітқалиев", "Өркен", "Қайратұлы"), Male, date(1969, 10, 10)),
        [
            "Жалғыз бала эмансипацияланған",
            "Единственный подопечный эмансипирован",
            "The only ward is emancipated",
        ],
    ))?;
    cast.place_ward(&emancipated, ("Ақынжан", "Темірлан", "Санжарұлы"), Male, 17.years())?;
    let from = cast.ago(20.days())?;
    if let Some(record) = cast.records.last_mut() {
        let reason = FullCapacityReason::Emancipation;
        record.ward.ward.full_capacity = Some(FullCapacity { reason, from });
    }
    Ok(())
}

/// Certificates from records that a careless reading would refuse or misprint.
pub(super) fn unusual_records(cast: &mut Cast<'_>) -> Done {
    let without_iin = cast.person(&sketch(
        "ward_without_iin",
        "271010000",
        (("Дүйсенбаева", "Қымбат", "Ерасылқызы"), Female, date(1986, 5, 25)),
        [
            "Шетелде туған, ЖСН-сіз бала",
            "Ребёнок родился за границей, ИИН нет",
            "The child was born abroad and has no IIN",
        ],
    ))?;
    cast.place_ward(&without_iin, ("Yıldırım", "Ayşe Gül", ""), Female, 4.years().months(5))?;
    if let Some(record) = cast.records.last_mut() {
        record.ward.ward.iin = None;
        record.ward_birth_act = Some("TR-2022-004417".to_owned());
    }
    cast.expect_granted(&without_iin, &[Role::Guardian]);

    let inventory = cast.person(&sketch(
        "property_inventory",
        "311010000",
        (("Нұрмағамбетова", "Әсем", "Дінмұхамедқызы"), Female, date(1973, 3, 3)),
        [
            "Баланың мүлкі бар: мүлік тізімдемесі тіркелген",
            "У ребёнка есть имущество: учтена опись",
            "The child has property: an inventory is on record",
        ],
    ))?;
    cast.place_ward(&inventory, ("Төлегенов", "Мирас", "Ғабитұлы"), Male, 12.years().months(4))?;
    if let Some(record) = cast.records.last_mut() {
        record.ward.placement.inventory =
            Some(PropertyInventory { file_number: "14-207".to_owned(), sheets: 6 });
    }
    cast.expect_granted(&inventory, &[Role::Guardian]);

    leap_day(cast)?;
    long_names(cast)?;
    moved_region(cast)?;
    accounting_closed(cast)
}

fn leap_day(cast: &mut Cast<'_>) -> Done {
    let guardian = cast.person(&sketch(
        "ward_born_29_february",
        "151010000",
        (("Есімбекова", "Зейнеп", "Алдиярқызы"), Female, date(1981, 1, 19)),
        [
            "Бала 29 ақпанда туған, 14 жасқа толған",
            "Ребёнок родился 29 февраля, 14 лет исполнилось",
            "The child was born on 29 February and is past 14",
        ],
    ))?;
    // The only leap day whose child is a minor of fourteen or more; in common years that age comes on 28 February.
    let fourteen =
        |day: &Date| Date::new(day.year() + 14, 2, 28).is_ok_and(|reached| reached <= cast.today);
    let born = (0..8)
        .filter_map(|years| Date::new(cast.today.year() - 13 - years, 2, 29).ok())
        .find(fourteen)
        .unwrap_or(date(2012, 2, 29));
    let ward = cast.ward(("Қанай", "Томирис", "Мирасқызы"), Female, born)?;
    let placement = cast.order(&guardian, "29-ө", cast.ago(400.days())?)?;
    cast.place(&guardian, &ward, placement);
    cast.expect_granted(&guardian, &[Role::Custodian]);
    Ok(())
}

fn long_names(cast: &mut Cast<'_>) -> Done {
    let guardian = cast.person(&sketch(
        "long_names",
        "611010000",
        (
            (
                "Абдулсейітжаппарова-Нұрмұхаммедқожахметова",
                "Айжанкүміс-Ұлболсын",
                "Дінмұхаммедғабдулғазизқызы",
            ),
            Female,
            date(1978, 8, 28),
        ),
        ["Өте ұзын аты-жөні", "Очень длинные имена", "Very long names"],
    ))?;
    let ward = (
        "Тоқмұхамбетбердіқұлов-Сейітмұхаммедғалиев",
        "Мұхаммедәлинұрсұлтанбек",
        "Абылайхандәулеткерейұлы",
    );
    cast.place_ward(&guardian, ward, Male, 3.years().months(4))?;
    cast.expect_granted(&guardian, &[Role::Guardian]);
    Ok(())
}

fn moved_region(cast: &mut Cast<'_>) -> Done {
    let mut guardian = cast.person(&sketch(
        "moved_region",
        "750000000",
        (("Мұқанов", "Айдос", "Сүлейменұлы"), Male, date(1983, 12, 12)),
        [
            "Жазба Семейде, өзі Алматыда тұрады",
            "Запись в Семее, живёт в Алматы",
            "Recorded in Semey, lives in Almaty",
        ],
    ))?;
    // He lives where his sketch says; the record stayed where the act was made, under the region's name of then.
    guardian.place = super::places::place("101010000");
    let ward = cast.ward(("Ермекбаева", "Инжу", "Бауыржанқызы"), Female, cast.ago(13.years())?)?;
    let act = acts::act(guardian.place, ActKind::Decision, "318", date(2021, 9, 6), false);
    let placement = acts::guardianship(guardian.place, act)?;
    cast.place(&guardian, &ward, placement);
    cast.expect_granted(&guardian, &[Role::Guardian]);
    Ok(())
}

/// The trap: accounting ends by law when a child is placed, and a lookup among active accounts would refuse everybody.
fn accounting_closed(cast: &mut Cast<'_>) -> Done {
    let guardian = cast.person(&sketch(
        "accounting_closed",
        "331010000",
        (("Тілеубердина", "Раяна", ""), Female, date(1990, 4, 4)),
        [
            "Деректер банкіндегі есеп тоқтатылған, қорғаншылық жүріп жатыр",
            "Учёт в банке данных прекращён, опека действует",
            "Accounting in the data bank has ended, the guardianship has not",
        ],
    ))?;
    cast.place_ward(&guardian, ("Есімбеков", "Санжар", "Таңатұлы"), Male, 2.years().months(3))?;
    cast.expect_granted(&guardian, &[Role::Guardian]);
    Ok(())
}
