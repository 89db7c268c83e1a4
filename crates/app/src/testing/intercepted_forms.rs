//! The versions of forms of an intercepted store.

use async_trait::async_trait;
use jiff::Timestamp;

use super::intercepted::{Intercepted, Interceptor};
use crate::audit::AuditEvent;
use crate::ports::{
    FormDigests, FormEnd, FormId, FormProposal, FormVersions, StoreError, StoredForm,
};

#[async_trait]
impl<I: Interceptor> FormVersions for Intercepted<I> {
    async fn propose_form(
        &self,
        proposal: &FormProposal,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.around("propose_form", self.store.propose_form(proposal, audit)).await
    }

    async fn end_form(&self, end: &FormEnd, audit: &AuditEvent) -> Result<bool, StoreError> {
        self.around("end_form", self.store.end_form(end, audit)).await
    }

    async fn form(&self, id: &FormId) -> Result<Option<StoredForm>, StoreError> {
        self.around("form", self.store.form(id)).await
    }

    async fn forms(&self, limit: u32) -> Result<Vec<StoredForm>, StoreError> {
        self.around("forms", self.store.forms(limit)).await
    }

    async fn last_released_form(&self) -> Result<Option<StoredForm>, StoreError> {
        self.around("last_released_form", self.store.last_released_form()).await
    }

    async fn released_form(&self, number: u32) -> Result<Option<StoredForm>, StoreError> {
        self.around("released_form", self.store.released_form(number)).await
    }

    async fn form_in_force(&self, at: Timestamp) -> Result<Option<u32>, StoreError> {
        self.around("form_in_force", self.store.form_in_force(at)).await
    }

    async fn form_digests(&self) -> Result<FormDigests, StoreError> {
        self.around("form_digests", self.store.form_digests()).await
    }
}
