//! Annulments and notes of an intercepted store.

use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;

use super::intercepted::{Intercepted, Interceptor};
use crate::audit::AuditEvent;
use crate::ports::{
    Annulment, AnnulmentEnd, AnnulmentId, CaseFiles, RequestCounts, RequestNote, ResultId,
    StoreError, StoredRequest,
};

#[async_trait]
impl<I: Interceptor> CaseFiles for Intercepted<I> {
    async fn propose_annulment(
        &self,
        annulment: &Annulment,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.around("propose_annulment", self.store.propose_annulment(annulment, audit)).await
    }

    async fn end_annulment(
        &self,
        id: &AnnulmentId,
        end: &AnnulmentEnd,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.around("end_annulment", self.store.end_annulment(id, end, audit)).await
    }

    async fn annulment(&self, id: &AnnulmentId) -> Result<Option<Annulment>, StoreError> {
        self.around("annulment", self.store.annulment(id)).await
    }

    async fn annulments_of(&self, request: &Number) -> Result<Vec<Annulment>, StoreError> {
        self.around("annulments_of", self.store.annulments_of(request)).await
    }

    async fn annulled_at(&self, result: &ResultId) -> Result<Option<Timestamp>, StoreError> {
        self.around("annulled_at", self.store.annulled_at(result)).await
    }

    async fn open_annulments(&self, limit: u32) -> Result<Vec<Annulment>, StoreError> {
        self.around("open_annulments", self.store.open_annulments(limit)).await
    }

    async fn annulled_of(&self, holder: Iin, limit: u32) -> Result<Vec<Annulment>, StoreError> {
        self.around("annulled_of", self.store.annulled_of(holder, limit)).await
    }

    async fn put_note(&self, note: &RequestNote, audit: &AuditEvent) -> Result<(), StoreError> {
        self.around("put_note", self.store.put_note(note, audit)).await
    }

    async fn notes_of(&self, request: &Number) -> Result<Vec<RequestNote>, StoreError> {
        self.around("notes_of", self.store.notes_of(request)).await
    }

    async fn requests_due(
        &self,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError> {
        self.around("requests_due", self.store.requests_due(due_before, limit)).await
    }

    async fn request_counts(&self, since: Timestamp) -> Result<RequestCounts, StoreError> {
        self.around("request_counts", self.store.request_counts(since)).await
    }
}
