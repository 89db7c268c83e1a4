//! What a row that is written changes of a *person*, beyond its own record. A person has one name and one address, and the
//! registry has them in each of his records; what is recorded last is what everybody reads. So a row of another placement,
//! of another department even, can change them.
//!
//! Knows no SQL. Read next: `import_plan.rs`.

use std::collections::{BTreeSet, HashMap};

use domain::{Iin, Kato};

use crate::import::{PersonChange, RegistryRow, RowEffect, RowField};
use crate::import_plan::{differences, read_row};
use crate::keepers::Keepers;
use crate::ports::{Fields, StoreError};

/// Facts of a guardian: in whichever of his records they are written last, they are his.
const OF_GUARDIAN: [RowField; 4] = [
    RowField::GuardianName,
    RowField::GuardianBirthDate,
    RowField::GuardianAddress,
    RowField::AccountingStatus,
];
/// Facts of a ward, who may have several placements.
const OF_WARD: [RowField; 5] = [
    RowField::WardName,
    RowField::WardBirthDate,
    RowField::WardBirthAct,
    RowField::WardFullCapacity,
    RowField::WardDeath,
];

/// Persons whose present facts are asked for, each once.
#[derive(Debug, Default)]
pub struct PeopleAsked {
    /// As guardians.
    pub guardians: BTreeSet<Iin>,
    /// As wards.
    pub wards: BTreeSet<Iin>,
}

impl PeopleAsked {
    /// Their numbers, guardians first.
    #[must_use]
    pub fn digits(&self) -> [Vec<String>; 2] {
        [&self.guardians, &self.wards].map(|all| all.iter().map(|iin| iin.digits()).collect())
    }
}

/// The present version of a record, found for one of its persons.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// Key of the record.
    pub record: String,
    /// Its present version.
    pub version: i64,
    /// Number of the import that brought it.
    pub import: i64,
    /// Its place there.
    pub place: i64,
    /// The row as JSON.
    pub payload: String,
}

/// Of each person the row recorded last.
#[derive(Debug, Default)]
pub struct KnownPeople {
    guardians: HashMap<String, PersonRow>,
    wards: HashMap<String, PersonRow>,
}

impl KnownPeople {
    /// Of rows in any order, with the number of the person for whom each was found: of guardians, and of wards.
    #[must_use]
    pub fn of(
        guardians: impl IntoIterator<Item = (String, PersonRow)>,
        wards: impl IntoIterator<Item = (String, PersonRow)>,
    ) -> Self {
        Self { guardians: latest(guardians), wards: latest(wards) }
    }
}

fn latest(rows: impl IntoIterator<Item = (String, PersonRow)>) -> HashMap<String, PersonRow> {
    let mut latest: HashMap<String, PersonRow> = HashMap::new();
    for (person, row) in rows {
        let is_older = |known: &PersonRow| (known.import, known.place) >= (row.import, row.place);
        if !latest.get(&person).is_some_and(is_older) {
            latest.insert(person, row);
        }
    }
    latest
}

/// Whose facts a row is compared with, and by whose eyes.
pub(crate) struct Comparison<'a> {
    pub(crate) known: &'a KnownPeople,
    pub(crate) keepers: &'a Keepers,
    pub(crate) entered_by: &'a Kato,
}

impl Comparison<'_> {
    /// What a row with this key and effect changes of its persons. The ward is compared only where the record is new: a
    /// version of a known record tells of its ward in that record alone, and what differs there is told as what it is.
    pub(crate) fn changes(
        &self,
        row: &RegistryRow,
        key: &str,
        effect: &RowEffect,
    ) -> Result<Vec<PersonChange>, StoreError> {
        let guardian = self.known.guardians.get(&row.guardian.iin.digits());
        let ward = row.ward.ward.iin.filter(|_| *effect == RowEffect::New);
        let ward = ward.and_then(|iin| self.known.wards.get(&iin.digits()));
        let mut changes = Vec::new();
        for (known, whose) in [(guardian, &OF_GUARDIAN[..]), (ward, &OF_WARD[..])] {
            let Some(known) = known.filter(|known| known.record != key) else { continue };
            let mut change = self.change(known, row, whose)?;
            if let (None, RowEffect::Changed { fields, .. }) = (&change.known_by, effect) {
                change.fields.retain(|field| !fields.contains(field));
            }
            changes.extend(Some(change).filter(|change| !change.fields.is_empty()));
        }
        Ok(changes)
    }

    fn change(
        &self,
        known: &PersonRow,
        row: &RegistryRow,
        whose: &[RowField],
    ) -> Result<PersonChange, StoreError> {
        let present = read_row(&known.payload)?;
        let mut fields = differences(&present, row);
        // A file need not repeat the number of a birth record to be about the same child.
        let is_silent = row.ward_birth_act.is_none() || present.ward_birth_act.is_none();
        fields.retain(|field| {
            whose.contains(field) && !(is_silent && *field == RowField::WardBirthAct)
        });
        let known_by = self.keepers.other(self.entered_by, &present.ward.placement.provider);
        let (record, version) = (known.record.clone(), known.version);
        Ok(PersonChange { fields, known_by, record, version })
    }
}

/// What is shown of the persons is confirmed like what is written.
pub(crate) fn add_to(fields: Fields, place: usize, people: &[PersonChange]) -> Fields {
    people.iter().fold(fields, |fields, one| {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        let fields = fields.integer(place).text(&one.record).integer(one.version);
        let known_by = one.known_by.as_ref().map_or("", Kato::as_str);
        one.fields.iter().fold(fields.text(known_by), |fields, field| fields.text(field.code()))
    })
}
