//! What a row that is written changes of a *person*, beyond its own record. A guardian has one name and one address, and the
//! registry has them in each of his records; what is recorded last is what everybody reads. So a row of another placement,
//! of another department even, can change them. A ward's are read from each record for itself: what is corrected in one stays
//! as it was in the others, and whoever corrects it is told so.
//!
//! Knows no SQL. Read next: `import_plan.rs`, `conflicts.rs`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;

use domain::{Iin, Kato, WardId};

use crate::import::{PersonChange, RegistryRow, RowEffect, RowField};
use crate::import_plan::{differences, read_row};
use crate::keepers::Keepers;
use crate::ports::{Fields, StoreError};
use crate::record_keys::is_same_act;

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
    /// As wards, by their keys: not every ward has an IIN.
    pub wards: BTreeSet<WardId>,
}

impl PeopleAsked {
    /// Numbers of guardians, then keys of wards.
    #[must_use]
    pub fn names(&self) -> [Vec<String>; 2] {
        let guardians = self.guardians.iter().map(|iin| iin.digits()).collect();
        [guardians, self.wards.iter().map(|WardId(id)| id.clone()).collect()]
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

/// Of each guardian the row recorded last, of each ward all, the last first.
#[derive(Debug, Default)]
pub struct KnownPeople {
    guardians: HashMap<String, PersonRow>,
    wards: HashMap<String, Vec<PersonRow>>,
}

impl KnownPeople {
    /// Of rows in any order, with the name ([`PeopleAsked::names`]) by which each was found: of guardians, and of wards.
    #[must_use]
    pub fn of(
        guardians: impl IntoIterator<Item = (String, PersonRow)>,
        wards: impl IntoIterator<Item = (String, PersonRow)>,
    ) -> Self {
        Self { guardians: latest(guardians), wards: all_of(wards) }
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

fn all_of(rows: impl IntoIterator<Item = (String, PersonRow)>) -> HashMap<String, Vec<PersonRow>> {
    let mut all: HashMap<String, Vec<PersonRow>> = HashMap::new();
    for (person, row) in rows {
        all.entry(person).or_default().push(row);
    }
    for rows in all.values_mut() {
        rows.sort_by_key(|row| std::cmp::Reverse((row.import, row.place)));
    }
    all
}

/// Whose facts a row is compared with, and by whose eyes.
pub(crate) struct Comparison<'a> {
    pub(crate) known: &'a KnownPeople,
    pub(crate) keepers: &'a Keepers,
    pub(crate) entered_by: &'a Kato,
    pub(crate) batch: &'a [RegistryRow],
    /// Keys of the whole batch's records, once somebody needs them.
    pub(crate) keys: &'a OnceLock<HashSet<String>>,
}

/// What a row says beyond its own record.
#[derive(Default)]
pub(crate) struct Beyond {
    /// Of its persons.
    pub(crate) people: Vec<PersonChange>,
    /// Whether it is a second record of a placement that is known already.
    pub(crate) repeats: bool,
}

impl Comparison<'_> {
    /// What a row with this key and effect says beyond its record.
    pub(crate) fn beyond(
        &self,
        row: &RegistryRow,
        key: &str,
        effect: &RowEffect,
    ) -> Result<Beyond, StoreError> {
        let mut beyond = Beyond::default();
        let guardian = self.known.guardians.get(&row.guardian.iin.digits());
        if let Some(known) = guardian.filter(|known| known.record != key) {
            let mut change = self.change(known, &read_row(&known.payload)?, row, &OF_GUARDIAN);
            if let (None, RowEffect::Changed { fields, .. }) = (&change.known_by, effect) {
                change.fields.retain(|field| !fields.contains(field));
            }
            beyond.people.push(change);
        }
        let WardId(ward) = &row.ward.ward.id;
        let others = self.known.wards.get(ward).into_iter().flatten();
        let others = others.filter(|known| known.record != key);
        let others: Vec<_> =
            others.map(|known| Ok((known, read_row(&known.payload)?))).collect::<Result<_, _>>()?;
        beyond.repeats =
            *effect == RowEffect::New && others.iter().any(|(_, one)| repeats(row, one));
        // Of a record that ends nothing is printed any more.
        let ends = *effect != RowEffect::New && row.ward.placement.end.is_some();
        if let Some((known, present)) = self.stays_otherwise(&others, effect).filter(|_| !ends) {
            let change = self.change(known, present, row, &OF_WARD);
            beyond.people.push(PersonChange { is_ward: true, ..change });
        }
        beyond.people.retain(|change| !change.fields.is_empty());
        Ok(beyond)
    }

    /// The ward's record that a row is compared with: the one recorded last of those that run, and that the batch does not
    /// bring itself, in which one ward is the same everywhere. Beside a new record it may be one that ended.
    fn stays_otherwise<'b>(
        &self,
        others: &'b [(&'b PersonRow, RegistryRow)],
        effect: &RowEffect,
    ) -> Option<(&'b PersonRow, &'b RegistryRow)> {
        let runs = |present: &RegistryRow| present.ward.placement.end.is_none();
        let mut running = others.iter().filter(|(_, present)| runs(present));
        let found = match effect {
            RowEffect::New => running.next().or_else(|| others.first()),
            RowEffect::Changed { .. } => {
                running.find(|(known, _)| !self.is_in_batch(&known.record))
            }
        };
        found.map(|(known, present)| (*known, present))
    }

    fn is_in_batch(&self, key: &str) -> bool {
        let keys = || self.batch.iter().map(RegistryRow::record_key).collect();
        self.keys.get_or_init(keys).contains(key)
    }

    fn change(
        &self,
        known: &PersonRow,
        present: &RegistryRow,
        row: &RegistryRow,
        whose: &[RowField],
    ) -> PersonChange {
        let mut fields = differences(present, row);
        // A file need not repeat the number of a birth record to be about the same child.
        let is_silent = row.ward_birth_act.is_none() || present.ward_birth_act.is_none();
        fields.retain(|field| {
            whose.contains(field) && !(is_silent && *field == RowField::WardBirthAct)
        });
        let known_by = self.keepers.other(self.entered_by, &present.ward.placement.provider);
        let (record, version) = (known.record.clone(), known.version);
        PersonChange { fields, is_ward: false, known_by, record, version }
    }
}

/// Whether both are one placement, the act's number written otherwise, and both run.
fn repeats(row: &RegistryRow, present: &RegistryRow) -> bool {
    let placements = [&row.ward.placement, &present.ward.placement];
    row.guardian.iin == present.guardian.iin
        && placements.iter().all(|placement| placement.end.is_none())
        && is_same_act(&row.ward.placement.act, &present.ward.placement.act)
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
