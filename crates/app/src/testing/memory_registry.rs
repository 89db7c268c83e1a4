//! The departments' registry in memory: every version of every record, in the order they came.

use async_trait::async_trait;
use domain::{GuardianRecord, Iin};
use jiff::Timestamp;

use super::MemoryStore;
use crate::StoreError;
use crate::import::{ImportBatch, ImportSummary, RegistryRow};
use crate::import_plan::{ImportPlan, NewVersion};
use crate::ports::Registry;

#[derive(Clone, Default)]
pub(super) struct RegistryState {
    records: Vec<Record>,
    imported_at: Vec<Timestamp>,
    digests: Vec<String>,
    recorded: u64,
}

#[derive(Clone)]
struct Record {
    key: String,
    /// Each with its place among all versions ever recorded; the last is the present one.
    versions: Vec<(u64, RegistryRow)>,
}

impl RegistryState {
    fn import(&mut self, batch: &ImportBatch) -> ImportSummary {
        let mut summary = ImportSummary::default();
        let mut versions = Vec::new();
        for (place, row) in (0..).zip(&batch.rows) {
            if let Some(version) = self.take_in(row, &mut summary) {
                let version = i64::try_from(version).unwrap_or(i64::MAX);
                let (key, guardian) = (row.record_key(), row.guardian.iin);
                let payload = serde_json::to_string(row).unwrap();
                versions.push(NewVersion { key, guardian, version, place, payload });
            }
        }
        self.digests.push(ImportPlan { summary, versions }.digest(batch));
        self.imported_at.push(batch.entered_at);
        summary
    }

    /// The version the row became, where it says anything new.
    fn take_in(&mut self, row: &RegistryRow, summary: &mut ImportSummary) -> Option<usize> {
        let key = row.record_key();
        self.recorded += 1;
        let version = (self.recorded, row.clone());
        let known = self.records.iter_mut().find(|record| record.key == key);
        let Some(record) = known else {
            summary.new += 1;
            self.records.push(Record { key, versions: vec![version] });
            return Some(1);
        };
        let present = record.versions.last().map(|(_, present)| present);
        if present == Some(row) {
            summary.unchanged += 1;
            return None;
        }
        let ran = present.is_some_and(|present| present.ward.placement.end.is_none());
        summary.changed += 1;
        summary.ended += u64::from(ran && row.ward.placement.end.is_some());
        record.versions.push(version);
        Some(record.versions.len())
    }

    fn guardian(&self, iin: Iin) -> Option<GuardianRecord> {
        let present: Vec<&(u64, RegistryRow)> = self
            .records
            .iter()
            .filter_map(|record| record.versions.last())
            .filter(|(_, row)| row.guardian.iin == iin)
            .collect();
        let (_, latest) = present.iter().max_by_key(|(recorded, _)| recorded)?;
        Some(GuardianRecord {
            guardian: latest.guardian.clone(),
            accounting: latest.accounting,
            wards: present.iter().map(|(_, row)| row.ward.clone()).collect(),
        })
    }
}

#[async_trait]
impl Registry for MemoryStore {
    async fn guardian_record(&self, iin: Iin) -> Result<Option<GuardianRecord>, StoreError> {
        self.read(|state| state.registry.guardian(iin))
    }

    async fn preview_import(&self, batch: &ImportBatch) -> Result<ImportSummary, StoreError> {
        self.read(|state| state.registry.clone().import(batch))
    }

    async fn apply_import(&self, batch: &ImportBatch) -> Result<ImportSummary, StoreError> {
        self.write(|state| {
            let summary = state.registry.import(batch);
            let import = i64::try_from(state.registry.digests.len()).unwrap_or(i64::MAX);
            let digest = state.registry.digests.last().cloned().unwrap_or_default();
            state.append(&[batch.audit(import, digest)]);
            Ok(summary)
        })
    }

    async fn import_digests(&self) -> Result<Vec<(i64, String)>, StoreError> {
        self.read(|state| (1..).zip(state.registry.digests.iter().cloned()).collect())
    }

    async fn misplaced_records(&self) -> Result<u64, StoreError> {
        self.read(|_| 0)
    }

    async fn last_import_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|state| state.registry.imported_at.iter().max().copied())
    }
}
