//! What the state register of natural persons (ГБД ФЛ) knows of a person, and what follows from it for a record of the
//! data bank: an optional second source about the same people.
//!
//! The register never adds or takes away a guardianship; item 9.1 of the list speaks of the data bank alone. It tells
//! present names and who has died. Where both cannot be right, nobody decides: the request waits for the repair.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{GuardianRecord, Iin, PersonName, current_appointments};

/// Whether a person lives, as far as the register knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifeStatus {
    /// Lives.
    Alive,
    /// Has died.
    Died,
}

/// A person of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredPerson {
    /// IIN.
    pub iin: Iin,
    /// Present full name.
    pub name: PersonName,
    /// Birth date.
    pub birth_date: Date,
    /// Whether he lives.
    pub life: LifeStatus,
}

/// What a record says by the register and not by the data bank: kept as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterChange {
    /// About whom.
    pub person: Iin,
    /// What.
    pub fact: RegisterFact,
}

/// A fact of the register that the data bank had otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterFact {
    /// Another name; the data bank's is kept here.
    Name(PersonName),
    /// A death the data bank did not know of.
    Died,
}

/// Why data bank and register cannot both be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterDisagreement {
    /// Who signs today has died by the register.
    GuardianDied,
    /// A birth date differs, and with it perhaps the role.
    BirthDate,
}

impl RegisterDisagreement {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::GuardianDied => "guardian_died_by_register",
            Self::BirthDate => "birth_date_differs_from_register",
        }
    }
}

/// Whom the register is asked about: who would be named on a certificate of this day. Nobody where there would be none.
#[must_use]
pub fn persons_to_ask(record: &GuardianRecord, day: Date) -> Vec<Iin> {
    let current = current_appointments(record, day);
    let guardian = (!current.is_empty()).then_some(record.guardian.iin);
    guardian.into_iter().chain(current.into_iter().filter_map(|one| one.ward_iin)).collect()
}

/// The record as it stands with the register's word about the people in it. Whom the register does not know stays as
/// recorded.
///
/// # Errors
/// [`RegisterDisagreement`].
pub fn with_register(
    mut record: GuardianRecord,
    register: &HashMap<Iin, RegisteredPerson>,
    day: Date,
) -> Result<GuardianRecord, RegisterDisagreement> {
    let mut changes = Vec::new();
    let guardian = &mut record.guardian;
    if let Some(person) = register.get(&guardian.iin) {
        if person.life == LifeStatus::Died {
            return Err(RegisterDisagreement::GuardianDied);
        }
        same_birth_date(person, guardian.birth_date)?;
        changes.extend(renamed(&mut guardian.name, person));
    }
    for ward in record.wards.iter_mut().map(|one| &mut one.ward) {
        let Some(person) = ward.iin.and_then(|iin| register.get(&iin)) else { continue };
        same_birth_date(person, ward.birth_date)?;
        changes.extend(renamed(&mut ward.name, person));
        let is_news = person.life == LifeStatus::Died && ward.died_on.is_none_or(|on| day < on);
        if is_news {
            // The register tells no day; by this one he has died.
            ward.died_on = Some(day);
            changes.push(RegisterChange { person: person.iin, fact: RegisterFact::Died });
        }
    }
    for change in changes {
        // Several acts on one ward tell of the same person.
        if !record.by_register.contains(&change) {
            record.by_register.push(change);
        }
    }
    Ok(record)
}

fn same_birth_date(person: &RegisteredPerson, recorded: Date) -> Result<(), RegisterDisagreement> {
    if person.birth_date == recorded { Ok(()) } else { Err(RegisterDisagreement::BirthDate) }
}

fn renamed(name: &mut PersonName, person: &RegisteredPerson) -> Option<RegisterChange> {
    // The register writes names in capitals: that is no other name.
    if name.full().to_lowercase() == person.name.full().to_lowercase() {
        return None;
    }
    let recorded = std::mem::replace(name, person.name.clone());
    Some(RegisterChange { person: person.iin, fact: RegisterFact::Name(recorded) })
}
