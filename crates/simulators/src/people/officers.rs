//! Officers of education departments: two of one department, and one of another.
//!
//! `DIR/officers.json` is this, serialised.

use domain::{Iin, Kato, PersonName};
use jiff::civil::date;
use serde::{Deserialize, Serialize};

use super::PeopleError;
use super::demo::Text;
use super::numbers::Numbers;
use super::numbers::Sex::{Female, Male};

/// Serials of officers' numbers start here, above those of the other demo people.
const FIRST_SERIAL: u32 = 9_700;

/// Somebody who works on a department's records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoOfficer {
    /// Name of his key file; stable.
    pub slug: String,
    /// Who he is, in words.
    pub about: Text,
    /// Name, also of the certificate.
    pub name: PersonName,
    /// IIN, also of the certificate.
    pub iin: Iin,
    /// The department's territory.
    pub provider: Kato,
}

/// All of them.
pub(super) fn officers(numbers: &mut Numbers) -> Result<Vec<DemoOfficer>, PeopleError> {
    let astana = [
        "Астана, білім басқармасы",
        "Астана, управление образования",
        "Astana, education administration",
    ];
    let almaty = [
        "Алматы, білім басқармасы",
        "Алматы, управление образования",
        "Almaty, education administration",
    ];
    let sketches = [
        (
            "officer_astana",
            ("Сейітқали", "Айжан", "Болатқызы"),
            Female,
            date(1984, 3, 17),
            "710000000",
            astana,
        ),
        (
            "officer_astana_second",
            ("Мұқанов", "Ерлан", "Қайратұлы"),
            Male,
            date(1977, 8, 2),
            "710000000",
            astana,
        ),
        (
            "officer_almaty",
            ("Ли", "Виктория", "Олеговна"),
            Female,
            date(1990, 12, 5),
            "750000000",
            almaty,
        ),
    ];
    let mut officers = Vec::new();
    for (serial, (slug, (surname, given, patronymic), sex, born, kato, about)) in
        (FIRST_SERIAL..).zip(sketches)
    {
        let [kk, ru, en] = about.map(str::to_owned);
        officers.push(DemoOfficer {
            slug: slug.to_owned(),
            about: Text { kk, ru, en },
            name: PersonName::parse(surname, given, patronymic)?,
            iin: numbers.issue(born, sex, serial)?,
            provider: Kato::parse(kato)?,
        });
    }
    Ok(officers)
}
