//! Annulments and notes of the store of the stage, which nobody needs to watch: they change no request.

use app::{
    Annulment, AnnulmentEnd, AnnulmentId, AuditEvent, CaseFiles, RequestCounts, RequestNote,
    ResultId, StoreError, StoredRequest,
};
use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;

use crate::watched_store::WatchedStore;

#[async_trait]
impl CaseFiles for WatchedStore {
    async fn propose_annulment(
        &self,
        annulment: &Annulment,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.store.propose_annulment(annulment, audit).await
    }

    async fn end_annulment(
        &self,
        id: &AnnulmentId,
        end: &AnnulmentEnd,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.store.end_annulment(id, end, audit).await
    }

    async fn annulment(&self, id: &AnnulmentId) -> Result<Option<Annulment>, StoreError> {
        self.store.annulment(id).await
    }

    async fn annulments_of(&self, request: &Number) -> Result<Vec<Annulment>, StoreError> {
        self.store.annulments_of(request).await
    }

    async fn annulled_at(&self, result: &ResultId) -> Result<Option<Timestamp>, StoreError> {
        self.store.annulled_at(result).await
    }

    async fn open_annulments(&self, limit: u32) -> Result<Vec<Annulment>, StoreError> {
        self.store.open_annulments(limit).await
    }

    async fn annulled_of(&self, holder: Iin, limit: u32) -> Result<Vec<Annulment>, StoreError> {
        self.store.annulled_of(holder, limit).await
    }

    async fn put_note(&self, note: &RequestNote, audit: &AuditEvent) -> Result<(), StoreError> {
        self.store.put_note(note, audit).await
    }

    async fn notes_of(&self, request: &Number) -> Result<Vec<RequestNote>, StoreError> {
        self.store.notes_of(request).await
    }

    async fn requests_due(
        &self,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError> {
        self.store.requests_due(due_before, limit).await
    }

    async fn request_counts(&self, since: Timestamp) -> Result<RequestCounts, StoreError> {
        self.store.request_counts(since).await
    }
}
