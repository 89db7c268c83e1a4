//! The record desk's port, each method the function of its theme.

use std::collections::HashMap;

use app::{
    AuditEvent, KeyedPage, LookWords, PresentRecord, RecordDesk, RecordLook, RecordQuery,
    RepairAnswer, RepairMark, RepairRequest, StoreError,
};
use async_trait::async_trait;
use domain::{Iin, Kato, Number};
use jiff::Timestamp;

use crate::{SqliteStore, record_desk, repairs};

#[async_trait]
impl RecordDesk for SqliteStore {
    async fn keepers(&self) -> Result<Vec<Kato>, StoreError> {
        record_desk::keepers(self).await
    }

    async fn write_missing_keys(&self, after: &str, limit: u32) -> Result<KeyedPage, StoreError> {
        record_desk::write_missing_keys(self, after, limit).await
    }

    async fn find_records(
        &self,
        query: &RecordQuery,
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError> {
        record_desk::find_records(self, query, limit).await
    }

    async fn records_kept_by(
        &self,
        keepers: &[Kato],
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError> {
        record_desk::records_kept_by(self, keepers, after, limit).await
    }

    async fn related_records(
        &self,
        records: &[PresentRecord],
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError> {
        record_desk::related_records(self, records, limit).await
    }

    async fn guardian_of_record(&self, key: &str) -> Result<Option<Iin>, StoreError> {
        record_desk::guardian_of_record(self, key).await
    }

    async fn note_look(&self, look: &RecordLook, subjects: &[Iin]) -> Result<(), StoreError> {
        record_desk::note_look(self, look, subjects).await
    }

    async fn look_words(&self, ids: &[String]) -> Result<HashMap<String, LookWords>, StoreError> {
        record_desk::look_words(self, ids).await
    }

    async fn open_repair(
        &self,
        repair: &RepairRequest,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        repairs::open_repair(self, repair, audit).await
    }

    async fn repair_of(&self, number: &Number) -> Result<Option<RepairRequest>, StoreError> {
        repairs::repair_of(self, number).await
    }

    async fn repairs_at(
        &self,
        providers: &[Kato],
        limit: u32,
    ) -> Result<Vec<RepairRequest>, StoreError> {
        repairs::repairs_at(self, providers, limit).await
    }

    async fn answer_repair(
        &self,
        number: &Number,
        answer: &RepairAnswer,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        repairs::answer_repair(self, number, answer, audit).await
    }

    async fn repair_mark(&self) -> Result<RepairMark, StoreError> {
        repairs::repair_mark(self).await
    }

    async fn put_repair_mark(&self, mark: &RepairMark) -> Result<(), StoreError> {
        repairs::put_repair_mark(self, mark).await
    }

    async fn last_import(&self) -> Result<i64, StoreError> {
        repairs::last_import(self).await
    }

    async fn refused_in_import(
        &self,
        import: i64,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError> {
        repairs::refused_in_import(self, import, after, limit).await
    }

    async fn refused_since(
        &self,
        moment: Timestamp,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError> {
        repairs::refused_since(self, moment, after, limit).await
    }

    async fn tell_repaired(
        &self,
        number: &Number,
        at: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        repairs::tell_repaired(self, number, at, audit).await
    }

    async fn repairs_told(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        repairs::repairs_told(self, applicant, limit).await
    }
}
