//! The record desk with points round its writes; as a registry it is the one below.

use std::collections::HashMap;
use std::sync::Arc;

use app::{
    AuditEvent, ImportBatch, ImportOutcome, ImportPreview, KeyedPage, LookWords, PresentRecord,
    RecordDesk, RecordLook, RecordQuery, RecordVersion, Registry, RepairAnswer, RepairMark,
    RepairRequest, StoreError,
};
use async_trait::async_trait;
use domain::{GuardianRecord, Iin, Kato, Number};
use jiff::Timestamp;

use super::points::Points;

pub(super) struct FaultyDesk(pub(super) Arc<dyn RecordDesk>, pub(super) Points);

#[async_trait]
impl Registry for FaultyDesk {
    async fn guardian_record(&self, iin: Iin) -> Result<Option<GuardianRecord>, StoreError> {
        self.0.guardian_record(iin).await
    }

    async fn history_of(&self, guardian: Iin) -> Result<Vec<RecordVersion>, StoreError> {
        self.0.history_of(guardian).await
    }

    async fn preview_import(&self, batch: &ImportBatch) -> Result<ImportPreview, StoreError> {
        self.0.preview_import(batch).await
    }

    async fn apply_import(&self, batch: &ImportBatch) -> Result<ImportOutcome, StoreError> {
        self.1.stop_at("before", "apply_import").await;
        let applied = self.0.apply_import(batch).await;
        self.1.stop_at("after", "apply_import").await;
        applied
    }

    async fn import_digests(&self) -> Result<Vec<(i64, String)>, StoreError> {
        self.0.import_digests().await
    }

    async fn misplaced_records(&self) -> Result<u64, StoreError> {
        self.0.misplaced_records().await
    }

    async fn last_import_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.0.last_import_at().await
    }
}

#[async_trait]
impl RecordDesk for FaultyDesk {
    async fn keepers(&self) -> Result<Vec<Kato>, StoreError> {
        self.0.keepers().await
    }

    async fn write_missing_keys(&self, after: &str, limit: u32) -> Result<KeyedPage, StoreError> {
        self.1.stop_at("before", "write_missing_keys").await;
        let done = self.0.write_missing_keys(after, limit).await;
        self.1.stop_at("after", "write_missing_keys").await;
        done
    }

    async fn find_records(
        &self,
        query: &RecordQuery,
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError> {
        self.0.find_records(query, limit).await
    }

    async fn records_kept_by(
        &self,
        keepers: &[Kato],
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError> {
        self.0.records_kept_by(keepers, after, limit).await
    }

    async fn related_records(
        &self,
        records: &[PresentRecord],
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError> {
        self.0.related_records(records, limit).await
    }

    async fn guardian_of_record(&self, key: &str) -> Result<Option<Iin>, StoreError> {
        self.0.guardian_of_record(key).await
    }

    async fn note_look(&self, look: &RecordLook, subjects: &[Iin]) -> Result<(), StoreError> {
        self.1.stop_at("before", "note_look").await;
        let done = self.0.note_look(look, subjects).await;
        self.1.stop_at("after", "note_look").await;
        done
    }

    async fn look_words(&self, ids: &[String]) -> Result<HashMap<String, LookWords>, StoreError> {
        self.0.look_words(ids).await
    }

    async fn open_repair(
        &self,
        repair: &RepairRequest,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.1.stop_at("before", "open_repair").await;
        let done = self.0.open_repair(repair, audit).await;
        self.1.stop_at("after", "open_repair").await;
        done
    }

    async fn repair_of(&self, number: &Number) -> Result<Option<RepairRequest>, StoreError> {
        self.0.repair_of(number).await
    }

    async fn repairs_at(
        &self,
        providers: &[Kato],
        limit: u32,
    ) -> Result<Vec<RepairRequest>, StoreError> {
        self.0.repairs_at(providers, limit).await
    }

    async fn answer_repair(
        &self,
        number: &Number,
        answer: &RepairAnswer,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.1.stop_at("before", "answer_repair").await;
        let done = self.0.answer_repair(number, answer, audit).await;
        self.1.stop_at("after", "answer_repair").await;
        done
    }

    async fn repair_mark(&self) -> Result<RepairMark, StoreError> {
        self.0.repair_mark().await
    }

    async fn put_repair_mark(&self, mark: &RepairMark) -> Result<(), StoreError> {
        self.1.stop_at("before", "put_repair_mark").await;
        let done = self.0.put_repair_mark(mark).await;
        self.1.stop_at("after", "put_repair_mark").await;
        done
    }

    async fn last_import(&self) -> Result<i64, StoreError> {
        self.0.last_import().await
    }

    async fn refused_in_import(
        &self,
        import: i64,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError> {
        self.0.refused_in_import(import, after, limit).await
    }

    async fn refused_since(
        &self,
        moment: Timestamp,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError> {
        self.0.refused_since(moment, after, limit).await
    }

    async fn tell_repaired(
        &self,
        number: &Number,
        at: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.1.stop_at("before", "tell_repaired").await;
        let done = self.0.tell_repaired(number, at, audit).await;
        self.1.stop_at("after", "tell_repaired").await;
        done
    }

    async fn repairs_told(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        self.0.repairs_told(applicant, limit).await
    }
}
