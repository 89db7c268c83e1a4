//! What an import does to the registry, as pure functions: its rows are compared with the present ones, and what it
//! brought is vouched for by a digest. A store only reads the present rows and writes what comes of it.
//!
//! Knows no SQL. Read next: `registry.rs` of either store.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use domain::{GuardianRecord, Iin, Kato};
use jiff::Timestamp;
use serde::Serialize;

use crate::evidence::stored_json;
use crate::import::{
    ImportBatch, ImportPreview, ImportRefusal, ImportSummary, OthersRecords, RecordVersion,
    RegistryRow, RowChange, RowEffect, RowField,
};
use crate::import_digests::{ImportColumns, VersionColumns};
use crate::import_people::{Comparison, KnownPeople, PeopleAsked, add_to};
use crate::ports::{Fields, KeyedRecord, StoreError};
use crate::record_keys::RecordKeys;

/// Rows compared, and written, with one call of the database.
const ROWS_AT_ONCE: usize = 1_000;

/// What an import does: filled by comparing its rows, some at a time, with the present ones.
///
/// Holds no row twice: a file of a whole region is larger than a node may use memory.
pub struct ImportPlan<'a> {
    batch: &'a ImportBatch,
    compared: usize,
    /// Changes whose persons were compared too.
    settled: usize,
    summary: ImportSummary,
    changes: Vec<RowChange>,
    versions: Vec<NextVersion>,
    /// Keys of all its records, once they are needed.
    keys: OnceLock<HashSet<String>>,
}

/// A version to be written of the row at a place.
struct NextVersion {
    place: usize,
    key: String,
    version: i64,
}

/// A version of a record as it is written.
#[derive(Serialize)]
pub struct NewVersion {
    /// Key of the record.
    pub key: String,
    /// Whose record it is.
    pub guardian: Iin,
    /// From 1.
    pub version: i64,
    /// Place of the row in its file, from 0.
    pub place: i64,
    /// The row as JSON.
    pub payload: String,
}

impl<'a> ImportPlan<'a> {
    /// Before anything is compared.
    #[must_use]
    pub fn of(batch: &'a ImportBatch) -> Self {
        let (changes, versions) = (Vec::new(), Vec::new());
        let summary = ImportSummary::default();
        let keys = OnceLock::new();
        Self { batch, compared: 0, settled: 0, summary, changes, versions, keys }
    }

    /// Keys of the records to be compared next, in the order of their rows; `None` where all are.
    #[must_use]
    pub fn next_keys(&self) -> Option<Vec<String>> {
        let rows = self.batch.rows.get(self.compared..).unwrap_or_default();
        let keys = rows.iter().take(ROWS_AT_ONCE).map(RegistryRow::record_key);
        (!rows.is_empty()).then(|| keys.collect())
    }

    /// Compares those rows with the present ones, given by their keys with their versions, as they are stored.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a present row nobody can read.
    pub fn compare(
        &mut self,
        keys: Vec<String>,
        present: &HashMap<String, (i64, String)>,
    ) -> Result<(), StoreError> {
        for key in keys {
            let place = self.compared;
            let row = self.batch.rows.get(place).ok_or(StoreError::Corrupt("imports.rows"))?;
            let known = present.get(&key);
            if let Some((effect, entered)) = effect(known, row)? {
                let version = known.map_or(1, |(version, _)| version + 1);
                self.versions.push(NextVersion { place, key, version });
                let kept_by = self.batch.terms.keepers.other(&self.batch.entered_by, &entered);
                self.changes.push(RowChange {
                    place,
                    effect,
                    kept_by,
                    people: Vec::new(),
                    repeats: false,
                });
            } else {
                self.summary.unchanged += 1;
            }
            self.compared += 1;
        }
        Ok(())
    }

    /// The persons of the rows compared last that say anything new; [`Self::settle`] is told what is known of them.
    #[must_use]
    pub fn people(&self) -> PeopleAsked {
        let mut asked = PeopleAsked::default();
        for change in self.changes.get(self.settled..).unwrap_or_default() {
            let Some(row) = self.batch.rows.get(change.place) else { continue };
            asked.guardians.insert(row.guardian.iin);
            asked.wards.insert(row.ward.ward.id.clone());
        }
        asked
    }

    /// Compares those rows with what is known of their persons, and counts them.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a present row nobody can read.
    pub fn settle(&mut self, known: &KnownPeople) -> Result<(), StoreError> {
        let ImportBatch { entered_by, terms, .. } = self.batch;
        let (keepers, batch, keys) = (&terms.keepers, &self.batch.rows[..], &self.keys);
        let comparison = Comparison { known, keepers, entered_by, batch, keys };
        let versions = self.versions.iter().skip(self.settled);
        for (change, version) in self.changes.iter_mut().skip(self.settled).zip(versions) {
            let row = self.batch.rows.get(change.place);
            let row = row.ok_or(StoreError::Corrupt("imports.rows"))?;
            let beyond = comparison.beyond(row, &version.key, &change.effect)?;
            (change.people, change.repeats) = (beyond.people, beyond.repeats);
            count(change, &mut self.summary);
        }
        self.settled = self.changes.len();
        Ok(())
    }

    /// How many rows of which kind.
    #[must_use]
    pub fn summary(&self) -> ImportSummary {
        self.summary
    }

    /// Why it must not be written, if it must not. That it is not what was confirmed comes first: whoever confirmed it must
    /// see how it stands now before he is told what is wrong with it.
    ///
    /// # Errors
    /// [`StoreError`] for a row that has no JSON.
    pub fn refusal(&self) -> Result<Option<ImportRefusal>, StoreError> {
        let terms = &self.batch.terms;
        if let Some(shown) = &terms.previewed
            && *shown != self.changes_digest()?
        {
            return Ok(Some(ImportRefusal::AnotherThanPreviewed));
        }
        let others = others_records(&self.changes);
        if terms.others == OthersRecords::Refused && !others.is_empty() {
            return Ok(Some(ImportRefusal::OthersRecords(others)));
        }
        Ok(self.batch.origin.refuses_corrections().filter(|_| self.summary.changed > 0))
    }

    /// What it would change, for whoever confirms it.
    ///
    /// # Errors
    /// [`StoreError`] for a row that has no JSON.
    pub fn preview(self) -> Result<ImportPreview, StoreError> {
        let digest = self.changes_digest()?;
        Ok(ImportPreview { summary: self.summary, changes: self.changes, digest })
    }

    /// Of everything that would be written, whoever writes it and when.
    fn changes_digest(&self) -> Result<String, StoreError> {
        let mut fields = Fields::default().text(self.batch.entered_by.as_str());
        for page in self.pages() {
            for one in page? {
                fields = fields.text(&one.key).integer(one.version).text(&one.payload);
            }
        }
        let changes = self.changes.iter();
        let fields = changes.fold(fields, |fields, one| {
            let fields = add_to(fields, one.place, &one.people);
            if one.repeats { fields.text("repeats") } else { fields }
        });
        Ok(fields.digest())
    }

    /// The keys by which a page of what is to be written is found; they are written first.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a version of another plan.
    pub fn keys_of(&self, versions: &[NewVersion]) -> Result<Vec<KeyedRecord>, StoreError> {
        let keyed = |one: &NewVersion| {
            let place = usize::try_from(one.place).ok();
            let row = place.and_then(|place| self.batch.rows.get(place));
            let keys = RecordKeys::of(row.ok_or(StoreError::Corrupt("imports.rows"))?);
            Ok(KeyedRecord { key: one.key.clone(), version: one.version, keys })
        };
        versions.iter().map(keyed).collect()
    }

    /// What is to be written, in the order of the file, as much of it at a time as goes into one call.
    pub fn pages(&self) -> impl Iterator<Item = Result<Vec<NewVersion>, StoreError>> + '_ {
        let written = |one: &NextVersion| {
            let row = self.batch.rows.get(one.place).ok_or(StoreError::Corrupt("imports.rows"))?;
            Ok(NewVersion {
                key: one.key.clone(),
                guardian: row.guardian.iin,
                version: one.version,
                place: i64::try_from(one.place).unwrap_or(i64::MAX),
                payload: stored_json(row)?,
            })
        };
        self.versions.chunks(ROWS_AT_ONCE).map(move |page| page.iter().map(written).collect())
    }

    /// The digest of the import's journal row.
    ///
    /// # Errors
    /// [`StoreError`] for a row that has no JSON.
    pub fn digest(&self) -> Result<String, StoreError> {
        let recorded_at = self.batch.entered_at.as_millisecond();
        let mut fields = self.columns().start();
        for page in self.pages() {
            for one in page? {
                let (version, place) = (one.version, one.place);
                let (key, payload) = (&one.key, &one.payload);
                let version = VersionColumns { key, version, place, recorded_at, payload };
                fields = version.add_to(fields);
            }
        }
        Ok(fields.digest())
    }

    fn columns(&self) -> ImportColumns {
        let origin = &self.batch.origin;
        ImportColumns {
            id: 0,
            file_digest: self.batch.file_digest.clone(),
            entered_by: self.batch.entered_by.as_str().to_owned(),
            entered_at: self.batch.entered_at.as_millisecond(),
            counts: self.summary.counts(),
            officer: origin.officer.map(|iin| iin.digits()),
            confirmed_by: origin.confirmed_by.map(|iin| iin.digits()),
            reason: origin.reason.clone(),
        }
    }
}

/// What a row does to its record, and under which department's code that is entered; `None` where it says nothing new. Compares values and not
/// texts, so that a program that writes its JSON otherwise makes no versions.
fn effect(
    known: Option<&(i64, String)>,
    row: &RegistryRow,
) -> Result<Option<(RowEffect, Kato)>, StoreError> {
    let Some((_, payload)) = known else {
        return Ok(Some((RowEffect::New, row.ward.placement.provider.clone())));
    };
    let known = read_row(payload)?;
    if known == *row {
        return Ok(None);
    }
    let ends = known.ward.placement.end.is_none() && row.ward.placement.end.is_some();
    let fields = differences(&known, row);
    Ok(Some((RowEffect::Changed { fields, ends }, known.ward.placement.provider)))
}

/// Places of the rows about records that another department keeps.
fn others_records(changes: &[RowChange]) -> Vec<usize> {
    changes.iter().filter(|change| change.kept_by.is_some()).map(|change| change.place).collect()
}

fn count(change: &RowChange, summary: &mut ImportSummary) {
    let ends = matches!(change.effect, RowEffect::Changed { ends: true, .. });
    summary.new += u64::from(!change.is_correction());
    summary.changed += u64::from(change.is_correction());
    summary.ended += u64::from(ends);
}

/// What differs between two versions of a record.
#[must_use]
pub fn differences(known: &RegistryRow, row: &RegistryRow) -> Vec<RowField> {
    use RowField as F;
    let (guardian, ward) = ((&known.guardian, &row.guardian), (&known.ward.ward, &row.ward.ward));
    let placement = (&known.ward.placement, &row.ward.placement);
    let end = (placement.0.end.as_ref(), placement.1.end.as_ref());
    [
        (F::GuardianName, guardian.0.name != guardian.1.name),
        (F::GuardianBirthDate, guardian.0.birth_date != guardian.1.birth_date),
        (F::GuardianAddress, guardian.0.address != guardian.1.address),
        (F::AccountingStatus, known.accounting != row.accounting),
        (F::WardName, ward.0.name != ward.1.name),
        (F::WardBirthDate, ward.0.birth_date != ward.1.birth_date),
        (F::WardBirthAct, known.ward_birth_act != row.ward_birth_act),
        (F::WardFullCapacity, ward.0.full_capacity != ward.1.full_capacity),
        (F::WardDeath, ward.0.died_on != ward.1.died_on),
        (F::Form, placement.0.form != placement.1.form),
        (F::ActIssuer, placement.0.act.issuer != placement.1.act.issuer),
        (F::StartDate, placement.0.start != placement.1.start),
        (F::EndDate, end.0.map(|end| end.on) != end.1.map(|end| end.on)),
        (F::EndReason, end.0.map(|end| &end.reason) != end.1.map(|end| &end.reason)),
        (F::PropertyInventory, placement.0.inventory != placement.1.inventory),
        (F::Provider, placement.0.provider != placement.1.provider),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}

/// The record of a person out of the present rows of his records, in the order they became known, each with its import
/// and place: the person's own facts are from the row recorded last.
///
/// # Errors
/// [`StoreError::Corrupt`] for a row nobody can read.
pub fn guardian_of_rows(rows: &[(String, i64, i64)]) -> Result<Option<GuardianRecord>, StoreError> {
    let mut latest = None;
    let mut wards = Vec::with_capacity(rows.len());
    for (payload, import, place) in rows {
        let RegistryRow { guardian, accounting, ward, ward_birth_act: _ } = read_row(payload)?;
        wards.push(ward);
        if latest.as_ref().is_none_or(|(when, _, _)| *when < (import, place)) {
            latest = Some(((import, place), guardian, accounting));
        }
    }
    Ok(latest.map(|(_, guardian, accounting)| GuardianRecord {
        guardian,
        accounting,
        wards,
        by_register: Vec::new(),
    }))
}

/// The record of a person as it was known at a moment, out of all versions of his records ([`crate::Registry::history_of`]).
#[must_use]
pub fn guardian_as_of(history: &[RecordVersion], moment: Timestamp) -> Option<GuardianRecord> {
    let mut known: Vec<&RecordVersion> = Vec::new();
    for version in history.iter().filter(|version| version.recorded_at <= moment) {
        match known.last_mut() {
            Some(last) if last.record == version.record => *last = version,
            _ => known.push(version),
        }
    }
    // One file says the same of a person in all its rows, so that any row of the last import will do.
    let latest = known.iter().max_by_key(|version| version.import)?;
    Some(GuardianRecord {
        by_register: Vec::new(),
        guardian: latest.row.guardian.clone(),
        accounting: latest.row.accounting,
        wards: known.iter().map(|version| version.row.ward.clone()).collect(),
    })
}

/// A row as it is stored. The error names the column only; serde's own text would repeat the value.
///
/// # Errors
/// [`StoreError::Corrupt`] for a row nobody can read.
pub fn read_row(payload: &str) -> Result<RegistryRow, StoreError> {
    serde_json::from_str(payload).map_err(|_| StoreError::Corrupt("registry_versions.payload"))
}
