//! The people who serve in the demo: officers of two departments, and one or two of each other role.
//!
//! `DIR/staff.json` is this, serialised.

use domain::{Iin, PersonName};
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use super::PeopleError;
use super::demo::Text;
use super::numbers::Numbers;
use super::numbers::Sex::{self, Female, Male};

/// Serials of their numbers start here, above those of the other demo people.
const FIRST_SERIAL: u32 = 9_700;

/// Departments they serve in: territory, and its name in words.
const ASTANA: (&str, [&str; 3]) = ("710000000", ["Астана", "Астана", "Astana"]);
const ALMATY: (&str, [&str; 3]) = ("750000000", ["Алматы", "Алматы", "Almaty"]);

/// Organisations they serve in: BIN and the name in the certificate.
const CONTACT_CENTRE: (&str, &str) = ("200140009018", "ДЕМО БІРЫҢҒАЙ БАЙЛАНЫС ОРТАЛЫҒЫ");
const QUALITY_CONTROL: (&str, &str) = ("200140009028", "ДЕМО САПАНЫ БАҚЫЛАУ ОРГАНЫ");
const OPERATOR: (&str, &str) = ("200140009038", "ДЕМО ОПЕРАТОР");

/// Somebody who serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoMember {
    /// Name of his key file; stable.
    pub slug: String,
    /// Who he is, in words.
    pub about: Text,
    /// Name, also of the certificate.
    pub name: PersonName,
    /// IIN, also of the certificate.
    pub iin: Iin,
    /// Where.
    pub workplace: DemoWorkplace,
    /// As what: words of the list of staff.
    pub roles: Vec<String>,
}

/// Where somebody serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemoWorkplace {
    /// An education department: its territory.
    Provider(String),
    /// Another organisation.
    Organisation {
        /// BIN.
        bin: String,
        /// Name in the certificate.
        name: String,
    },
}

struct Sketch {
    slug: &'static str,
    name: (&'static str, &'static str, &'static str),
    sex: Sex,
    born: Date,
    workplace: DemoWorkplace,
    roles: &'static [&'static str],
    about: [String; 3],
}

/// All of them.
pub(super) fn staff(numbers: &mut Numbers) -> Result<Vec<DemoMember>, PeopleError> {
    let mut staff = Vec::new();
    for (serial, sketch) in (FIRST_SERIAL..).zip(of_departments().into_iter().chain(of_others())) {
        let (surname, given, patronymic) = sketch.name;
        let [kk, ru, en] = sketch.about;
        staff.push(DemoMember {
            slug: sketch.slug.to_owned(),
            about: Text { kk, ru, en },
            name: PersonName::parse(surname, given, patronymic)?,
            iin: numbers.issue(sketch.born, sketch.sex, serial)?,
            workplace: sketch.workplace,
            roles: sketch.roles.iter().map(|&word| word.to_owned()).collect(),
        });
    }
    Ok(staff)
}

fn of_departments() -> Vec<Sketch> {
    let department =
        |slug, name, sex, born, (kato, places): (&str, [&str; 3]), roles, words: [&str; 3]| {
            let [kk, ru, en] = [0, 1, 2].map(|at: usize| {
                let place = places.get(at).copied().unwrap_or_default();
                let word = words.get(at).copied().unwrap_or_default();
                format!("{place}, {word}")
            });
            let workplace = DemoWorkplace::Provider(kato.to_owned());
            Sketch { slug, name, sex, born, workplace, roles, about: [kk, ru, en] }
        };
    let officer = ["білім басқармасының қызметкері", "сотрудник управления образования", "officer"];
    let head = ["білім басқармасының басшысы", "руководитель управления образования", "head"];
    let reviewer = ["бас тартуды қайта қараушы", "пересматривает отказы", "reviewer of refusals"];
    vec![
        department(
            "officer_astana",
            ("Сейітқали", "Айжан", "Болатқызы"),
            Female,
            date(1984, 3, 17),
            ASTANA,
            &["officer"],
            officer,
        ),
        department(
            "officer_astana_second",
            ("Мұқанов", "Ерлан", "Қайратұлы"),
            Male,
            date(1977, 8, 2),
            ASTANA,
            &["officer"],
            officer,
        ),
        department(
            "officer_almaty",
            ("Ли", "Виктория", "Олеговна"),
            Female,
            date(1990, 12, 5),
            ALMATY,
            &["officer"],
            officer,
        ),
        department(
            "head_astana",
            ("Жақсылықов", "Нұрлан", "Әбдіғаниұлы"),
            Male,
            date(1969, 5, 21),
            ASTANA,
            &["head"],
            head,
        ),
        department(
            "reviewer_astana",
            ("Тоқтарбаева", "Гүлмира", "Серікқызы"),
            Female,
            date(1981, 10, 9),
            ASTANA,
            &["reviewer"],
            reviewer,
        ),
    ]
}

fn of_others() -> Vec<Sketch> {
    let other = |slug, name, sex, born, (bin, employer): (&str, &str), roles, about: [&str; 3]| {
        let workplace =
            DemoWorkplace::Organisation { bin: bin.to_owned(), name: employer.to_owned() };
        Sketch { slug, name, sex, born, workplace, roles, about: about.map(str::to_owned) }
    };
    let administrator = ["Әкімші", "Администратор", "Administrator"];
    vec![
        other(
            "quality_controller",
            ("Омарова", "Сәуле", "Маратқызы"),
            Female,
            date(1975, 2, 11),
            QUALITY_CONTROL,
            &["quality_controller"],
            ["Сапаны бақылау органы", "Орган контроля качества", "Authority of quality control"],
        ),
        other(
            "operator_1414",
            ("Бекова", "Динара", "Асқарқызы"),
            Female,
            date(1998, 6, 30),
            CONTACT_CENTRE,
            &["contact_centre_operator"],
            ["1414 операторы", "Оператор 1414", "Operator of 1414"],
        ),
        other(
            "data_protection",
            ("Ким", "Андрей", ""),
            Male,
            date(1983, 9, 14),
            OPERATOR,
            &["data_protection_officer"],
            [
                "Дербес деректерге жауапты",
                "Ответственный за персональные данные",
                "Data protection",
            ],
        ),
        other(
            "auditor",
            ("Есенова", "Лаура", "Тимурқызы"),
            Female,
            date(1987, 1, 25),
            OPERATOR,
            &["auditor"],
            ["Аудитор", "Аудитор", "Auditor"],
        ),
        other(
            "administrator",
            ("Иванов", "Сергей", "Петрович"),
            Male,
            date(1985, 11, 3),
            OPERATOR,
            &["administrator"],
            administrator,
        ),
        other(
            "administrator_second",
            ("Қасымова", "Әсел", "Ерболқызы"),
            Female,
            date(1992, 4, 8),
            OPERATOR,
            &["administrator"],
            administrator,
        ),
    ]
}
