//! The versions of forms of the store of the stage, which nobody needs to watch: they change nothing under a lease.

use app::{
    AuditEvent, FormDigests, FormEnd, FormId, FormProposal, FormVersions, StoreError, StoredForm,
};
use async_trait::async_trait;
use jiff::Timestamp;

use crate::watched_store::WatchedStore;

#[async_trait]
impl FormVersions for WatchedStore {
    async fn propose_form(
        &self,
        proposal: &FormProposal,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.store.propose_form(proposal, audit).await
    }

    async fn end_form(&self, end: &FormEnd, audit: &AuditEvent) -> Result<bool, StoreError> {
        self.store.end_form(end, audit).await
    }

    async fn form(&self, id: &FormId) -> Result<Option<StoredForm>, StoreError> {
        self.store.form(id).await
    }

    async fn forms(&self, limit: u32) -> Result<Vec<StoredForm>, StoreError> {
        self.store.forms(limit).await
    }

    async fn last_released_form(&self) -> Result<Option<StoredForm>, StoreError> {
        self.store.last_released_form().await
    }

    async fn released_form(&self, number: u32) -> Result<Option<StoredForm>, StoreError> {
        self.store.released_form(number).await
    }

    async fn form_in_force(&self, at: Timestamp) -> Result<Option<u32>, StoreError> {
        self.store.form_in_force(at).await
    }

    async fn form_digests(&self) -> Result<FormDigests, StoreError> {
        self.store.form_digests().await
    }
}
