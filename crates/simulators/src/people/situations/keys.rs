//! People with a guardianship like any other, whose keys, consents or questions make the difference.
//!
//! Read next: `authority/people.rs` for the keys themselves.

use domain::{Iin, Role};
use jiff::ToSpan;
use jiff::civil::date;

use super::super::PeopleError;
use super::super::cast::{Actor, Cast, Name, Sketch};
use super::super::demo::{AskedWards, KeyKind};
use super::super::numbers::Sex::{self, Female, Male};
use super::{Done, sketch};

/// Slug of who refuses where 1414 asks.
pub const REFUSES_BY_TELEPHONE: &str = "refuses_1414";

/// Guardians like any other, whose keys make the difference.
pub(in crate::people) fn keys(cast: &mut Cast<'_>) -> Done {
    let rsa = with_ward(
        cast,
        &sketch(
            "rsa_key",
            "431010000",
            (("Ибраһимов", "Таңат", "Ғалымжанұлы"), Male, date(1976, 6, 6)),
            ["RSA кілтімен қол қояды", "Подписывает ключом RSA", "Signs with an RSA key"],
        ),
    )?;
    cast.set(&rsa, |person| person.key = KeyKind::Rsa);
    for (key, code, sketch) in wrong_keys() {
        let person = with_ward(cast, &sketch)?;
        cast.set(&person, |person| person.key = key);
        cast.expect_rejected(&person, code);
    }
    let thief = with_ward(
        cast,
        &sketch(
            "someone_elses_iin",
            "191610000",
            (("Фёдоров", "Руслан", "Андреевич"), Male, date(1988, 2, 29)),
            [
                "Басқа адамның сұрауына қол қояды",
                "Подписывает чужой запрос",
                "Signs another person's request",
            ],
        ),
    )?;
    if let Some(other) = cast.people.first().map(|person| person.iin) {
        cast.set(&thief, |person| person.ask.applicant_iin = other);
    }
    cast.expect_rejected(&thief, "someone_elses_signature");
    Ok(())
}

fn wrong_keys() -> [(KeyKind, &'static str, Sketch); 4] {
    let revoked = sketch(
        "revoked_key",
        "621010000",
        (("Бөкейханова", "Ғазиза", "Мұхтарқызы"), Female, date(1985, 9, 9)),
        ["Кілті қайтарып алынған", "Ключ отозван", "The key is revoked"],
    );
    let expired = sketch(
        "expired_key",
        "631010000",
        (("Щербаков", "Илья", "Львович"), Male, date(1974, 11, 11)),
        ["Кілтінің мерзімі өткен", "Срок ключа истёк", "The key has expired"],
    );
    let foreign = sketch(
        "foreign_ca",
        "111010000",
        (("Müller", "Käthe", ""), Female, date(1979, 10, 3)),
        [
            "Кілтін бөтен орталық берген",
            "Ключ выдан чужим центром",
            "The key is of an authority nobody here trusts",
        ],
    );
    let organisation = sketch(
        "organisation_key",
        "113200000",
        (("Ұзақов", "Үмітжан", "Темірланұлы"), Male, date(1972, 1, 31)),
        [
            "Ұйым қызметкерінің кілті, жеке тұлғаныкі емес",
            "Ключ сотрудника организации, а не физического лица",
            "The key of an organisation's employee, not an individual's",
        ],
    );
    [
        (KeyKind::Revoked, "revoked", revoked),
        (KeyKind::Expired, "expired", expired),
        (KeyKind::Foreign, "unknown_issuer", foreign),
        (KeyKind::Organisation, "wrong_role", organisation),
    ]
}

const WARDS: [(Name, Sex); 5] = [
    (("Сәтбай", "Еңлік", "Ерасылқызы"), Female),
    (("Ким", "Тимур", "Романович"), Male),
    (("Құнанбаева", "Меруерт", "Бауыржанқызы"), Female),
    (("Соколов", "Лев", ""), Male),
    (("Маңғытаев", "Рамазан", "Жәңгірұлы"), Male),
];

/// Somebody with one ward of ten, who would get one certificate.
fn with_ward(cast: &mut Cast<'_>, sketch: &Sketch) -> Result<Actor, PeopleError> {
    let person = cast.person(sketch)?;
    let position = cast.people.len() % WARDS.len();
    let (name, sex) = WARDS.get(position).copied().unwrap_or((("Сәтбай", "Еңлік", ""), Female));
    cast.place_ward(&person, name, sex, 10.years().months(2))?;
    cast.expect_granted(&person, &[Role::Guardian]);
    Ok(person)
}

/// Requests that name wards, and one that withholds the consent which is no ground.
pub(in crate::people) fn named_wards(cast: &mut Cast<'_>) -> Done {
    let named = cast.person(&sketch(
        "named_ward",
        "750000000",
        (("Әшімова", "Қаламқас", "Нұрсұлтанқызы"), Female, date(1982, 7, 15)),
        [
            "Екі баласының бірін ЖСН бойынша сұрайды",
            "Спрашивает по ИИН об одном из двух подопечных",
            "Asks by IIN about one of two wards",
        ],
    ))?;
    let wanted = cast.place_ward(&named, ("Әуезов", "Ғабит", ""), Male, 15.years().months(7))?;
    cast.place_ward(&named, ("Әуезова", "Жауһар", ""), Female, 8.years().months(9))?;
    ask_for(cast, &named, wanted.iin);
    cast.expect_granted(&named, &[Role::Custodian]);

    let not_his = with_ward(
        cast,
        &sketch(
            "named_ward_not_his",
            "710000000",
            (("Лысенко", "Роман", "Михайлович"), Male, date(1970, 5, 1)),
            [
                "Өзінің қамқорлығында жоқ баланы сұрайды",
                "Спрашивает о ребёнке, который не его подопечный",
                "Asks about a child who is not his ward",
            ],
        ),
    )?;
    ask_for(cast, &not_his, wanted.iin);
    cast.expect_rejected(&not_his, "ward_not_found_for_applicant");

    let no_secret = with_ward(
        cast,
        &sketch(
            "refuses_secret_consent",
            "790000000",
            (("Ғалиева", "Үмітгүл", "Әлиханқызы"), Female, date(1987, 3, 22)),
            [
                "Заңмен қорғалатын құпияға келісім бермейді: бұл негіз емес",
                "Не даёт согласия на охраняемую законом тайну: это не основание",
                "Withholds the consent to protected secrets: that is no ground",
            ],
        ),
    )?;
    cast.set(&no_secret, |person| person.ask.protected_secret = false);
    Ok(())
}

/// Somebody who signs that he consents, and refuses where 1414 asks him besides.
pub(in crate::people) fn telephone(cast: &mut Cast<'_>) -> Done {
    with_ward(
        cast,
        &sketch(
            REFUSES_BY_TELEPHONE,
            "710000000",
            (("Тілеуберді", "Шара", "Жеңісқызы"), Female, date(1981, 8, 19)),
            [
                "1414 арқылы сұралса, келісімнен бас тартады; сұралмаса, бір баланың қорғаншысы",
                "Отказывает в согласии, если спрашивает 1414; иначе опекун одного ребёнка",
                "Refuses where 1414 asks for the consent; guardian of one child otherwise",
            ],
        ),
    )?;
    Ok(())
}

fn ask_for(cast: &mut Cast<'_>, actor: &Actor, ward: Option<Iin>) {
    cast.set(actor, |person| person.ask.wards = AskedWards::Named(ward.into_iter().collect()));
}
