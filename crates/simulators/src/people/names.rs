//! Names as people in Kazakhstan have them: Kazakh and Russian, double, long, without patronymic, foreign in Latin
//! letters. Every letter of the Kazakh alphabet that Russian lacks occurs.

use domain::{NameError, PersonName};

use super::dice::Dice;
use super::numbers::Sex;

/// How a family names its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Custom {
    /// Surname in -ов or without ending, patronymic in -ұлы or -қызы.
    Kazakh,
    /// Surname and patronymic with Russian endings.
    Russian,
    /// Latin letters, no patronymic.
    Foreign,
}

impl Custom {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        match dice.between(1, 100) {
            ..=66 => Self::Kazakh,
            67..=95 => Self::Russian,
            _ => Self::Foreign,
        }
    }
}

const KAZAKH_SURNAMES: [&str; 44] = [
    "Әбдіғаппаров",
    "Әлімқұлов",
    "Әуезов",
    "Әшімов",
    "Ғабдуллин",
    "Ғалиев",
    "Қасымов",
    "Қожахметов",
    "Құнанбаев",
    "Қыдырбаев",
    "Өтегенов",
    "Өмірбеков",
    "Өскенбаев",
    "Ұзақов",
    "Ұлықбанов",
    "Үсенов",
    "Үмбетов",
    "Һашимов",
    "Һамитов",
    "Ілиясов",
    "Іңкәрбаев",
    "Төлегенов",
    "Нұрмағамбетов",
    "Жұмабаев",
    "Сейітқалиев",
    "Мұқанов",
    "Бөкейханов",
    "Жәңгіров",
    "Маңғытаев",
    "Смағұлов",
    "Оңғарбаев",
    "Шыңғысов",
    "Тілеубердин",
    "Ермекбаев",
    "Байтұрсынов",
    "Дүйсенбаев",
    "Есімбеков",
    "Ибраһимов",
    "Сәтбай",
    "Бөлекбай",
    "Ақынжан",
    "Тәшен",
    "Қанай",
    "Мұрат",
];
const KAZAKH_MEN: [&str; 34] = [
    "Әлихан",
    "Әділ",
    "Әмір",
    "Ғабит",
    "Ғалымжан",
    "Қайрат",
    "Қуаныш",
    "Өмірбек",
    "Өркен",
    "Ұлан",
    "Ұлықбек",
    "Үсен",
    "Үмітжан",
    "Һамит",
    "Ілияс",
    "Ізбасар",
    "Дінмұхамед",
    "Нұрсұлтан",
    "Бауыржан",
    "Жәңгір",
    "Темірлан",
    "Мейіржан",
    "Шыңғыс",
    "Айдос",
    "Санжар",
    "Ерасыл",
    "Нұрислам",
    "Алдияр",
    "Мирас",
    "Рамазан",
    "Сүлеймен",
    "Ибраһим",
    "Таңат",
    "Мұхтар",
];
const KAZAKH_WOMEN: [&str; 34] = [
    "Әсем",
    "Әсел",
    "Әлия",
    "Ғазиза",
    "Ғалия",
    "Қарлығаш",
    "Қымбат",
    "Қаламқас",
    "Өрзия",
    "Өмірқас",
    "Ұлбосын",
    "Ұлжан",
    "Үміт",
    "Үмітгүл",
    "Гүлнәр",
    "Гауһар",
    "Жауһар",
    "Іңкәр",
    "Інжу",
    "Еңлік",
    "Таңшолпан",
    "Мөлдір",
    "Сәуле",
    "Айсұлу",
    "Меруерт",
    "Томирис",
    "Ақниет",
    "Нұрай",
    "Зейнеп",
    "Жансая",
    "Аружан",
    "Аяулым",
    "Раяна",
    "Айгерім",
];
const RUSSIAN_SURNAMES: [&str; 30] = [
    "Иванов",
    "Кузнецов",
    "Соколов",
    "Щербаков",
    "Ёлкин",
    "Цветаев",
    "Журавлёв",
    "Подъячев",
    "Петренко",
    "Шевченко",
    "Ковальчук",
    "Бондарь",
    "Ким",
    "Цой",
    "Пак",
    "Мюллер",
    "Шмидт",
    "Гросс",
    "Абдуллаев",
    "Юсупов",
    "Мамедов",
    "Хабибуллин",
    "Белый",
    "Чайковский",
    "Дубовицкий",
    "Фёдоров",
    "Эйхман",
    "Объедков",
    "Семёнов",
    "Лысенко",
];
const RUSSIAN_MEN: [&str; 20] = [
    "Александр",
    "Артём",
    "Фёдор",
    "Пётр",
    "Илья",
    "Дмитрий",
    "Сергей",
    "Юрий",
    "Эдуард",
    "Руслан",
    "Тимур",
    "Максим",
    "Евгений",
    "Николай",
    "Андрей",
    "Михаил",
    "Лев",
    "Роман",
    "Виктор",
    "Егор",
];
const RUSSIAN_WOMEN: [&str; 20] = [
    "Екатерина",
    "Наталья",
    "Алёна",
    "Любовь",
    "София",
    "Юлия",
    "Ольга",
    "Татьяна",
    "Марина",
    "Анна",
    "Ксения",
    "Лилия",
    "Диана",
    "Галина",
    "Светлана",
    "Виктория",
    "Полина",
    "Элина",
    "Дарья",
    "Зоя",
];
/// Fathers' names with the stem their Russian patronymics are made from.
const RUSSIAN_FATHERS: [&str; 14] = [
    "Александров",
    "Сергеев",
    "Петров",
    "Юрьев",
    "Дмитриев",
    "Фёдоров",
    "Николаев",
    "Викторов",
    "Эдуардов",
    "Русланов",
    "Андреев",
    "Михайлов",
    "Анатольев",
    "Львов",
];
const LONG_SURNAMES: [&str; 4] =
    ["Абдулсейітжаппаров", "Нұрмұхаммедқожахметов", "Сейітмұхаммедғалиев", "Тоқмұхамбетбердіқұлов"];
const FOREIGN: [(&str, &str, &str); 12] = [
    ("Müller", "Jürgen", "Käthe"),
    ("Yıldırım", "Çağlar", "Ayşe Gül"),
    ("O'Connor", "Seán", "Siobhán"),
    ("García Márquez", "José Ángel", "María José"),
    ("Nguyễn", "Văn Đức", "Thị Ánh"),
    ("Şahin", "İbrahim", "Çiğdem"),
    ("Dąbrowski", "Łukasz", "Małgorzata"),
    ("Þórsson", "Bjørn", "Guðrún"),
    ("Novák", "Jiří", "Žofie"),
    ("van der Berg", "Daniël", "Noëlle"),
    ("Ionescu", "Ștefan", "Ioana-Mădălina"),
    ("Kovačević", "Đorđe", "Ljiljana"),
];

/// A whole name; `family` is the surname in its male form, or empty to draw one.
pub(super) fn draw(
    dice: &mut Dice,
    custom: Custom,
    family: &str,
    sex: Sex,
) -> Result<PersonName, NameError> {
    let surname = if family.is_empty() { self::family(dice, custom) } else { family.to_owned() };
    let surname = for_sex(&surname, custom, sex);
    let given = given(dice, custom, sex);
    // About one person in eight has none on record.
    let patronymic = if dice.chance(12) { String::new() } else { patronymic(dice, custom, sex) };
    PersonName::parse(&surname, given, &patronymic)
}

/// A surname in its male form.
pub(super) fn family(dice: &mut Dice, custom: Custom) -> String {
    let table: &[&'static str] = match custom {
        Custom::Kazakh if dice.chance(3) => &LONG_SURNAMES,
        Custom::Kazakh => &KAZAKH_SURNAMES,
        Custom::Russian => &RUSSIAN_SURNAMES,
        Custom::Foreign => return dice.one_of(&FOREIGN, ("", "", "")).0.to_owned(),
    };
    let first = dice.word(table);
    if dice.chance(5) { format!("{first}-{}", dice.word(table)) } else { first.to_owned() }
}

fn given(dice: &mut Dice, custom: Custom, sex: Sex) -> &'static str {
    match (custom, sex) {
        (Custom::Kazakh, Sex::Male) => dice.word(&KAZAKH_MEN),
        (Custom::Kazakh, Sex::Female) => dice.word(&KAZAKH_WOMEN),
        (Custom::Russian, Sex::Male) => dice.word(&RUSSIAN_MEN),
        (Custom::Russian, Sex::Female) => dice.word(&RUSSIAN_WOMEN),
        (Custom::Foreign, Sex::Male) => dice.one_of(&FOREIGN, ("", "", "")).1,
        (Custom::Foreign, Sex::Female) => dice.one_of(&FOREIGN, ("", "", "")).2,
    }
}

fn patronymic(dice: &mut Dice, custom: Custom, sex: Sex) -> String {
    match (custom, sex) {
        (Custom::Kazakh, Sex::Male) => format!("{}ұлы", dice.word(&KAZAKH_MEN)),
        (Custom::Kazakh, Sex::Female) => format!("{}қызы", dice.word(&KAZAKH_MEN)),
        (Custom::Russian, Sex::Male) => format!("{}ич", dice.word(&RUSSIAN_FATHERS)),
        (Custom::Russian, Sex::Female) => format!("{}на", dice.word(&RUSSIAN_FATHERS)),
        (Custom::Foreign, _) => String::new(),
    }
}

/// Each part of a double surname takes the ending of the sex.
fn for_sex(surname: &str, custom: Custom, sex: Sex) -> String {
    if custom == Custom::Foreign || sex == Sex::Male {
        return surname.to_owned();
    }
    let parts: Vec<String> = surname.split('-').map(female).collect();
    parts.join("-")
}

fn female(surname: &str) -> String {
    if let Some(stem) = surname.strip_suffix("ий").or_else(|| surname.strip_suffix("ый")) {
        format!("{stem}ая")
    } else if ["ов", "ев", "ёв", "ин"].iter().any(|ending| surname.ends_with(ending)) {
        format!("{surname}а")
    } else {
        surname.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surnames_take_the_ending_of_the_sex_in_each_part() {
        for (male, expected) in [
            ("Әлімқұлов-Ғалиев", "Әлімқұлова-Ғалиева"),
            ("Чайковский", "Чайковская"),
            ("Ёлкин", "Ёлкина"),
            ("Сәтбай", "Сәтбай"),
            ("Ким", "Ким"),
        ] {
            assert_eq!(for_sex(male, Custom::Kazakh, Sex::Female), expected);
            assert_eq!(for_sex(male, Custom::Kazakh, Sex::Male), male);
        }
        assert_eq!(for_sex("Ionescu", Custom::Foreign, Sex::Female), "Ionescu");
    }

    #[test]
    fn every_name_of_the_tables_is_a_name() {
        let mut dice = Dice::new(7);
        for _ in 0..5_000 {
            let custom = Custom::draw(&mut dice);
            let sex = if dice.chance(50) { Sex::Male } else { Sex::Female };
            draw(&mut dice, custom, "", sex).unwrap();
        }
    }
}
