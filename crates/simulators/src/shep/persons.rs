//! The state register of natural persons behind the gateway: the people of the data bank by their numbers, in capitals, as
//! `docs/shep/gbdfl.xsd` has them; each of them otherwise where it was told so. Read next: `asking.rs`.

use std::collections::HashMap;

use domain::{Iin, NamePart, PersonName};
use jiff::civil::Date;

use super::bank::{People, escaped};
use super::uuid;

/// Its service at the gateway.
pub const PERSONS_SERVICE: &str = "GBDFL_UniversalServiceSync";
/// Namespace of its types.
const PERSONS: &str = "http://message.persistence.interactive.nat";
const FOUND: &str = "00000";
const NOBODY: &str = "00007";
const ALIVE: &str = "0";
const DIED: &str = "3";
/// The surname of everybody who is renamed.
const NEW_SURNAME: &str = "ЖАҢАТЕГІ";
/// When what it tells was changed last.
const CHANGED: &str = "2020-01-01T00:00:00+06:00";

/// How the register has a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registered {
    /// As the data bank has him.
    #[default]
    Alike,
    /// Dead.
    Died,
    /// Under another surname: «Жаңатегі».
    Renamed,
    /// Born on the next day.
    BornElsewhen,
    /// Not at all.
    Nobody,
    /// Not at all, and here he is.
    NobodyAndHere,
    /// Found, and nothing told of him.
    FoundAndNothing,
    /// With a life status nobody agreed on.
    UnknownLife,
    /// With a result nobody agreed on.
    UnknownResult,
    /// Under another's number.
    SomebodyElse,
    /// Twice.
    Twice,
    /// Without a birth date.
    Unborn,
}

/// A question that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    /// About whom.
    pub iin: Iin,
    /// The consent that was shown: token and key.
    pub proof: Option<(String, String)>,
}

/// What the register was told about persons, and what it was asked.
#[derive(Default)]
pub(super) struct Persons {
    told: HashMap<Iin, Registered>,
    looked_up: Vec<LookedUp>,
}

impl Persons {
    pub(super) fn set(&mut self, iin: Iin, registered: Registered) {
        self.told.insert(iin, registered);
    }

    pub(super) fn note(&mut self, question: &LookedUp) {
        self.looked_up.push(question.clone());
    }

    pub(super) fn looked_up(&self) -> Vec<LookedUp> {
        self.looked_up.clone()
    }

    /// Data of the answer about a person; about somebody else where it mixes them up.
    pub(super) fn answer(&self, iin: Iin, people: &People, is_mixed_up: bool) -> String {
        let told = |iin: Iin| self.told.get(&iin).copied().unwrap_or_default();
        let is_other = is_mixed_up || told(iin) == Registered::SomebodyElse;
        let other = || people.keys().copied().find(|one| *one != iin);
        let iin = if is_other { other().unwrap_or(iin) } else { iin };
        let told = told(iin);
        let persons = people.get(&iin).map(|(name, born)| persons(told, iin, name, *born));
        match (told, persons) {
            (Registered::Nobody, _) | (_, None) => data(NOBODY, ""),
            (Registered::FoundAndNothing, _) => data(FOUND, ""),
            (Registered::NobodyAndHere, Some(persons)) => data(NOBODY, &persons),
            (Registered::UnknownResult, Some(persons)) => data("10000", &persons),
            (_, Some(persons)) => data(FOUND, &persons),
        }
    }
}

fn data(result: &str, persons: &str) -> String {
    let head = [
        text("messageId", &uuid()),
        text("messageDate", CHANGED),
        text("requestId", &uuid()),
        value("sender", "GBDFL"),
        value("receiver", "RECEIVER"),
        element("messageResult", &named(result)),
    ];
    format!(
        "<data xmlns:cs=\"{PERSONS}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:type=\"cs:Response\">{}{persons}</data>",
        head.concat()
    )
}

fn persons(told: Registered, iin: Iin, name: &PersonName, born: Date) -> String {
    let born = match told {
        Registered::BornElsewhen => born.tomorrow().unwrap_or(born),
        _ => born,
    };
    let surname = match told {
        Registered::Renamed => NEW_SURNAME.to_owned(),
        _ => capitals(&name.surname),
    };
    let life = match told {
        Registered::Died => DIED,
        Registered::UnknownLife => "9",
        _ => ALIVE,
    };
    let patronymic = name.patronymic.as_ref().map(|part| text("patronymic", &capitals(part)));
    let birth_date = match told {
        Registered::Unborn => String::new(),
        _ => text("birthDate", &format!("{born}+06:00")),
    };
    let person = [
        text("iin", &iin.digits()),
        text("surname", &surname),
        text("name", &capitals(&name.given)),
        patronymic.unwrap_or_default(),
        birth_date,
        value("gender", "1"),
        value("nationality", "005"),
        value("citizenship", "398"),
        value("lifeStatus", life),
        // Far more than anybody here may know.
        element("birthPlace", &value("country", "398")),
        element("regAddress", &(value("country", "398") + &text("street", "АБАЙ КӨШЕСІ"))),
        element("documents", &element("document", &text("number", "000000000"))),
    ];
    let person = element("person", &person.concat());
    let times = if told == Registered::Twice { 2 } else { 1 };
    element("persons", &person.repeat(times))
}

fn capitals(part: &NamePart) -> String {
    part.as_str().to_uppercase()
}

/// A value of one of its dictionaries.
fn value(name: &str, code: &str) -> String {
    element(name, &(named(code) + &text("changeDate", CHANGED)))
}

fn named(code: &str) -> String {
    [text("code", code), text("nameRu", "значение"), text("nameKz", "мәні")].concat()
}

fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

fn text(name: &str, value: &str) -> String {
    element(name, &escaped(value))
}
