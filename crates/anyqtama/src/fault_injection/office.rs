//! What officers have written down, with points round its writes.

use std::collections::HashMap;
use std::sync::Arc;

use app::{
    AuditEvent, NewProposal, OfficeStore, OfficerSession, Passkey, PasskeyId, PasskeyStore,
    PasskeyUse, Proposal, ProposalEnd, ProposalId, ProposalPreview, RegistryRow, SessionToken,
    StoreError, Workplace,
};
use async_trait::async_trait;
use domain::{Iin, Kato};
use jiff::Timestamp;

use super::points::Points;

pub(super) struct FaultyOffice(pub(super) Arc<dyn OfficeStore>, pub(super) Points);

impl FaultyOffice {
    async fn round<T>(&self, call: &str, done: impl Future<Output = T>) -> T {
        self.1.stop_at("before", call).await;
        let done = done.await;
        self.1.stop_at("after", call).await;
        done
    }
}

#[async_trait]
impl OfficeStore for FaultyOffice {
    async fn open_officer_session(
        &self,
        challenge_id: &str,
        session: &OfficerSession,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let opening = self.0.open_officer_session(challenge_id, session, audit);
        self.round("open_officer_session", opening).await
    }

    async fn officer_session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<OfficerSession>, StoreError> {
        self.0.officer_session(token, now).await
    }

    async fn prolong_officer_session(
        &self,
        token: &SessionToken,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let prolonging = self.0.prolong_officer_session(token, expires_at);
        self.round("prolong_officer_session", prolonging).await
    }

    async fn close_officer_session(&self, token: &SessionToken) -> Result<(), StoreError> {
        self.round("close_officer_session", self.0.close_officer_session(token)).await
    }

    async fn present_records(
        &self,
        keys: &[String],
    ) -> Result<HashMap<String, RegistryRow>, StoreError> {
        self.0.present_records(keys).await
    }

    async fn put_proposal(&self, proposal: &NewProposal) -> Result<(), StoreError> {
        self.round("put_proposal", self.0.put_proposal(proposal)).await
    }

    async fn proposal(
        &self,
        id: &ProposalId,
        provider: &Kato,
    ) -> Result<Option<Proposal>, StoreError> {
        self.0.proposal(id, provider).await
    }

    async fn proposal_content(&self, id: &ProposalId) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.proposal_content(id).await
    }

    async fn proposals_of(&self, provider: &Kato, limit: u32) -> Result<Vec<Proposal>, StoreError> {
        self.0.proposals_of(provider, limit).await
    }

    async fn note_preview(
        &self,
        id: &ProposalId,
        preview: &ProposalPreview,
    ) -> Result<bool, StoreError> {
        self.round("note_preview", self.0.note_preview(id, preview)).await
    }

    async fn ask_second_person(
        &self,
        id: &ProposalId,
        reason: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.round("ask_second_person", self.0.ask_second_person(id, reason, at)).await
    }

    async fn close_proposal(&self, id: &ProposalId, end: &ProposalEnd) -> Result<bool, StoreError> {
        self.round("close_proposal", self.0.close_proposal(id, end)).await
    }
}

/// Without points: whoever is cut off begins his ceremony anew.
#[async_trait]
impl PasskeyStore for FaultyOffice {
    async fn add_passkey(
        &self,
        challenge_id: &str,
        passkey: &Passkey,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.0.add_passkey(challenge_id, passkey, audit).await
    }

    async fn passkeys_of(
        &self,
        iin: Iin,
        workplace: &Workplace,
    ) -> Result<Vec<Passkey>, StoreError> {
        self.0.passkeys_of(iin, workplace).await
    }

    async fn passkey(&self, credential_id: &str) -> Result<Option<Passkey>, StoreError> {
        self.0.passkey(credential_id).await
    }

    async fn remove_passkey(
        &self,
        id: &PasskeyId,
        owner: (Iin, &Workplace),
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.0.remove_passkey(id, owner, audit).await
    }

    async fn open_session_by_passkey(
        &self,
        challenge_id: &str,
        using: &PasskeyUse,
        session: &OfficerSession,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.0.open_session_by_passkey(challenge_id, using, session, audit).await
    }
}
