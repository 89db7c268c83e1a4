//! The departments' registry in memory: every version of every record, in the order they came.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::{GuardianRecord, Iin};
use jiff::Timestamp;

use super::MemoryStore;
use crate::StoreError;
use crate::import::{
    ImportBatch, ImportOutcome, ImportPreview, ImportRefusal, RecordVersion, RegistryRow,
};
use crate::import_people::{KnownPeople, PeopleAsked, PersonRow};
use crate::import_plan::{ImportPlan, NewVersion};
use crate::ports::{PresentRecord, Registry};

#[derive(Clone, Default)]
pub(super) struct RegistryState {
    records: Vec<Record>,
    imports: Vec<(ImportBatch, String)>,
    recorded: u64,
}

#[derive(Clone)]
struct Record {
    key: String,
    /// The last is the present one.
    versions: Vec<Version>,
}

#[derive(Clone)]
struct Version {
    /// Its place among all versions ever recorded.
    recorded: u64,
    /// Place of its import.
    import: usize,
    row: RegistryRow,
}

impl RegistryState {
    fn compared<'a>(&self, batch: &'a ImportBatch) -> Result<ImportPlan<'a>, StoreError> {
        let present = |record: &Record| {
            let last = record.versions.last()?;
            let payload = serde_json::to_string(&last.row).unwrap();
            Some((record.key.clone(), (i64::try_from(record.versions.len()).unwrap(), payload)))
        };
        let present = self.records.iter().filter_map(present).collect();
        let mut plan = ImportPlan::of(batch);
        while let Some(keys) = plan.next_keys() {
            plan.compare(keys, &present)?;
            let asked = plan.people();
            plan.settle(&self.known(&asked))?;
        }
        Ok(plan)
    }

    fn known(&self, asked: &PeopleAsked) -> KnownPeople {
        let [guardians, wards] = asked.names().map(BTreeSet::from_iter);
        let rows = |name: fn(&RegistryRow) -> String, asked: BTreeSet<String>| {
            let row = move |record: &Record| {
                let last = record.versions.last()?;
                let name = Some(name(&last.row)).filter(|name| asked.contains(name))?;
                let row = PersonRow {
                    record: record.key.clone(),
                    version: i64::try_from(record.versions.len()).unwrap(),
                    import: i64::try_from(last.recorded).unwrap(),
                    place: 0,
                    payload: serde_json::to_string(&last.row).unwrap(),
                };
                Some((name, row))
            };
            self.records.iter().filter_map(row).collect::<Vec<_>>()
        };
        KnownPeople::of(
            rows(|row| row.guardian.iin.digits(), guardians),
            rows(|row| row.ward.ward.id.0.clone(), wards),
        )
    }

    fn import(&mut self, batch: &ImportBatch) -> Result<ImportOutcome, StoreError> {
        let plan = self.compared(batch)?;
        if let Some(refusal) = plan.refusal()? {
            return Ok(ImportOutcome::Refused(refusal));
        }
        for version in plan.pages() {
            version?.into_iter().for_each(|version| self.write(version));
        }
        self.imports.push((ImportBatch { rows: vec![], ..batch.clone() }, plan.digest()?));
        Ok(ImportOutcome::TakenIn(plan.summary()))
    }

    fn write(&mut self, version: NewVersion) {
        self.recorded += 1;
        let row = serde_json::from_str(&version.payload).unwrap();
        let written = Version { recorded: self.recorded, import: self.imports.len(), row };
        match self.records.iter_mut().find(|record| record.key == version.key) {
            Some(record) => record.versions.push(written),
            None => self.records.push(Record { key: version.key, versions: vec![written] }),
        }
    }

    pub(super) fn present(&self, key: &str) -> Option<RegistryRow> {
        let record = self.records.iter().find(|record| record.key == key)?;
        record.versions.last().map(|version| version.row.clone())
    }

    fn history(&self, guardian: Iin) -> Vec<RecordVersion> {
        let told = |record: &Record, index: usize, version: &Version| {
            let (batch, _) = &self.imports[version.import];
            RecordVersion {
                record: record.key.clone(),
                version: u32::try_from(index + 1).unwrap(),
                import: i64::try_from(version.import + 1).unwrap(),
                entered_by: batch.entered_by.clone(),
                recorded_at: batch.entered_at,
                origin: batch.origin.clone(),
                file_digest: batch.file_digest.clone(),
                row: version.row.clone(),
            }
        };
        let of_guardian = |record: &&Record| record.versions[0].row.guardian.iin == guardian;
        let versions = |record: &Record| -> Vec<RecordVersion> {
            let versions = record.versions.iter().enumerate();
            versions.map(|(index, version)| told(record, index, version)).collect()
        };
        self.records.iter().filter(of_guardian).flat_map(versions).collect()
    }

    /// The present records, in the order they became known.
    pub(super) fn all_present(&self) -> impl Iterator<Item = PresentRecord> + '_ {
        self.records.iter().filter_map(|record| {
            let row = record.versions.last()?.row.clone();
            Some(PresentRecord { key: record.key.clone(), row })
        })
    }

    /// Number of the last import.
    pub(super) fn last_import(&self) -> i64 {
        i64::try_from(self.imports.len()).unwrap_or(i64::MAX)
    }

    /// About whom an import wrote.
    pub(super) fn guardians_of(&self, import: i64) -> Vec<Iin> {
        let wrote = |record: &&Record| {
            let of_it = |one: &Version| i64::try_from(one.import + 1) == Ok(import);
            record.versions.iter().any(of_it)
        };
        self.records.iter().filter(wrote).map(|one| one.versions[0].row.guardian.iin).collect()
    }

    fn guardian(&self, iin: Iin) -> Option<GuardianRecord> {
        let present: Vec<&Version> = self
            .records
            .iter()
            .filter_map(|record| record.versions.last())
            .filter(|version| version.row.guardian.iin == iin)
            .collect();
        let latest = &present.iter().max_by_key(|version| version.recorded)?.row;
        Some(GuardianRecord {
            by_register: Vec::new(),
            guardian: latest.guardian.clone(),
            accounting: latest.accounting,
            wards: present.iter().map(|version| version.row.ward.clone()).collect(),
        })
    }
}

#[async_trait]
impl Registry for MemoryStore {
    async fn guardian_record(&self, iin: Iin) -> Result<Option<GuardianRecord>, StoreError> {
        self.read(|state| state.registry.guardian(iin))
    }

    async fn history_of(&self, guardian: Iin) -> Result<Vec<RecordVersion>, StoreError> {
        self.read(|state| state.registry.history(guardian))
    }

    async fn preview_import(&self, batch: &ImportBatch) -> Result<ImportPreview, StoreError> {
        self.read(|state| state.registry.compared(batch)?.preview())?
    }

    async fn apply_import(&self, batch: &ImportBatch) -> Result<ImportOutcome, StoreError> {
        self.write(|state| {
            let compared = state.registry.compared(batch)?;
            let (refusal, summary) = (compared.refusal()?, compared.summary());
            if refusal.is_none() && !state.office.take_in(batch, summary) {
                return Ok(ImportOutcome::Refused(ImportRefusal::ProposalClosed));
            }
            let outcome = state.registry.import(batch)?;
            if let ImportOutcome::TakenIn(_) = outcome {
                let import = i64::try_from(state.registry.imports.len()).unwrap_or(i64::MAX);
                let digest = state.registry.imports.last().map(|(_, digest)| digest.clone());
                state.append(&[batch.audit(import, digest.unwrap_or_default())]);
            }
            Ok(outcome)
        })
    }

    async fn import_digests(&self) -> Result<Vec<(i64, String)>, StoreError> {
        let digests = |(_, digest): &(ImportBatch, String)| digest.clone();
        self.read(|state| (1..).zip(state.registry.imports.iter().map(digests)).collect())
    }

    async fn misplaced_records(&self) -> Result<u64, StoreError> {
        self.read(|_| 0)
    }

    async fn last_import_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|state| state.registry.imports.iter().map(|(batch, _)| batch.entered_at).max())
    }
}
