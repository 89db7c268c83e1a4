//! What an import does to the registry, as pure functions: its rows are compared with the present ones, and what it
//! brought is vouched for by a digest. A store only reads the present rows and writes what comes of it.
//!
//! Knows no SQL. Read next: `registry.rs` of either store.

use std::collections::HashMap;

use domain::{GuardianRecord, Iin};
use serde::Serialize;

use crate::evidence::stored_json;
use crate::import::{ImportBatch, ImportSummary, RegistryRow};
use crate::ports::{Fields, StoreError};

/// What an import writes.
pub struct ImportPlan {
    /// What it changes.
    pub summary: ImportSummary,
    /// One for each row that says anything new, in the order of the file.
    pub versions: Vec<NewVersion>,
}

/// A version of a record to be written.
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

/// What a row of a file means for its record.
enum Change {
    New,
    Changed { version: i64, ends: bool },
    None,
}

impl Change {
    /// Compares values and not texts, so that a program that writes its JSON otherwise makes no versions.
    fn of(present: Option<&(i64, String)>, row: &RegistryRow) -> Result<Self, StoreError> {
        let Some((version, payload)) = present else { return Ok(Self::New) };
        let known = read_row(payload)?;
        if known == *row {
            return Ok(Self::None);
        }
        let ends = known.ward.placement.end.is_none() && row.ward.placement.end.is_some();
        Ok(Self::Changed { version: *version, ends })
    }

    fn count_in(&self, summary: &mut ImportSummary) {
        match self {
            Self::New => summary.new += 1,
            Self::Changed { ends, .. } => {
                summary.changed += 1;
                summary.ended += u64::from(*ends);
            }
            Self::None => summary.unchanged += 1,
        }
    }

    fn next_version(&self) -> Option<i64> {
        match self {
            Self::New => Some(1),
            Self::Changed { version, .. } => Some(version + 1),
            Self::None => None,
        }
    }
}

impl ImportBatch {
    /// Keys of its records, in the order of its rows.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.rows.iter().map(RegistryRow::record_key).collect()
    }

    /// What it does to the present rows, given by their keys with their versions, as they are stored.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a present row nobody can read.
    pub fn plan(&self, present: &HashMap<String, (i64, String)>) -> Result<ImportPlan, StoreError> {
        let mut plan = ImportPlan { summary: ImportSummary::default(), versions: Vec::new() };
        for ((place, key), row) in (0..).zip(self.keys()).zip(&self.rows) {
            let change = Change::of(present.get(&key), row)?;
            change.count_in(&mut plan.summary);
            if let Some(version) = change.next_version() {
                let (guardian, payload) = (row.guardian.iin, stored_json(row)?);
                plan.versions.push(NewVersion { key, guardian, version, place, payload });
            }
        }
        Ok(plan)
    }
}

impl ImportPlan {
    /// The digest of the import's journal row.
    #[must_use]
    pub fn digest(&self, batch: &ImportBatch) -> String {
        let (entered_by, entered_at) =
            (batch.entered_by.as_str(), batch.entered_at.as_millisecond());
        let start = fields(&batch.file_digest, entered_by, entered_at, self.summary.counts());
        let add = |fields: Fields, one: &NewVersion| {
            let version = VersionColumns {
                key: &one.key,
                version: one.version,
                place: one.place,
                recorded_at: entered_at,
                payload: &one.payload,
            };
            version.add_to(fields)
        };
        self.versions.iter().fold(start, add).digest()
    }
}

/// An import as it stands in the columns.
pub struct ImportColumns {
    /// Its number.
    pub id: i64,
    /// SHA-256 of the file, hexadecimal.
    pub file_digest: String,
    /// The department.
    pub entered_by: String,
    /// Epoch milliseconds.
    pub entered_at: i64,
    /// New, changed, ended, unchanged.
    pub counts: [i64; 4],
}

/// The start of an import's digest; then come its versions in the order of the file.
fn fields(file_digest: &str, entered_by: &str, entered_at: i64, counts: [i64; 4]) -> Fields {
    let start = Fields::default().text(file_digest).text(entered_by).integer(entered_at);
    counts.into_iter().fold(start, Fields::integer)
}

/// A version as it stands in the columns.
pub struct VersionColumns<'a> {
    /// Key of the record.
    pub key: &'a str,
    /// From 1.
    pub version: i64,
    /// Place in the file.
    pub place: i64,
    /// Epoch milliseconds.
    pub recorded_at: i64,
    /// The row as JSON.
    pub payload: &'a str,
}

impl VersionColumns<'_> {
    fn add_to(&self, fields: Fields) -> Fields {
        let fields = fields.text(self.key).integer(self.version).integer(self.place);
        fields.integer(self.recorded_at).text(self.payload)
    }
}

/// Digests of all imports, from one reading of all versions.
pub struct ImportDigests {
    digests: Vec<(i64, Fields)>,
    present: usize,
}

impl ImportDigests {
    /// For imports in the order of their numbers.
    #[must_use]
    pub fn of(imports: impl Iterator<Item = ImportColumns>) -> Self {
        let start = |one: ImportColumns| {
            (one.id, fields(&one.file_digest, &one.entered_by, one.entered_at, one.counts))
        };
        Self { digests: imports.map(start).collect(), present: 0 }
    }

    /// Adds a version; they come in the order of their imports and places. One whose import is not known adds to none.
    pub fn add(&mut self, import: i64, version: &VersionColumns<'_>) {
        while self.digests.get(self.present).is_some_and(|(id, _)| *id < import) {
            self.present += 1;
        }
        let present = self.digests.get_mut(self.present);
        if let Some((_, fields)) = present.filter(|(id, _)| *id == import) {
            *fields = version.add_to(std::mem::take(fields));
        }
    }

    /// The digest of each import.
    #[must_use]
    pub fn finish(self) -> Vec<(i64, String)> {
        self.digests.into_iter().map(|(id, fields)| (id, fields.digest())).collect()
    }
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
    Ok(latest.map(|(_, guardian, accounting)| GuardianRecord { guardian, accounting, wards }))
}

/// The error names the column only; serde's own text would repeat the value.
fn read_row(payload: &str) -> Result<RegistryRow, StoreError> {
    serde_json::from_str(payload).map_err(|_| StoreError::Corrupt("registry_versions.payload"))
}
