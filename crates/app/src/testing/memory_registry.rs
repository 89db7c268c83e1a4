//! The departments' registry in memory: every version of every record, in the order they came.

use async_trait::async_trait;
use domain::{GuardianRecord, Iin};
use jiff::Timestamp;

use super::MemoryStore;
use crate::StoreError;
use crate::import::{ImportBatch, ImportSummary, RegistryRow};
use crate::ports::Registry;

#[derive(Clone, Default)]
pub(super) struct RegistryState {
    records: Vec<Record>,
    imported_at: Vec<Timestamp>,
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
        for row in &batch.rows {
            self.take_in(row, &mut summary);
        }
        self.imported_at.push(batch.entered_at);
        summary
    }

    fn take_in(&mut self, row: &RegistryRow, summary: &mut ImportSummary) {
        let key = row.record_key();
        self.recorded += 1;
        let version = (self.recorded, row.clone());
        let known = self.records.iter_mut().find(|record| record.key == key);
        let Some(record) = known else {
            summary.new += 1;
            self.records.push(Record { key, versions: vec![version] });
            return;
        };
        let present = record.versions.last().map(|(_, present)| present);
        if present == Some(row) {
            summary.unchanged += 1;
            return;
        }
        let ran = present.is_some_and(|present| present.ward.placement.end.is_none());
        summary.changed += 1;
        summary.ended += u64::from(ran && row.ward.placement.end.is_some());
        record.versions.push(version);
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
        self.write(|state| Ok(state.registry.import(batch)))
    }

    async fn last_import_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|state| state.registry.imported_at.iter().max().copied())
    }
}
