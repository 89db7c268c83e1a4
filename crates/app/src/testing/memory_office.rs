//! Officers in memory: their sessions and proposals.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::Kato;
use jiff::Timestamp;

use super::MemoryStore;
use crate::StoreError;
use crate::audit::AuditEvent;
use crate::import::{ImportBatch, ImportSummary, RegistryRow};
use crate::ports::{
    ClosedBy, NewProposal, OfficeStore, OfficerSession, Passkey, Proposal, ProposalEnd, ProposalId,
    ProposalPreview, ProposalState, SessionToken,
};

#[derive(Clone, Default)]
pub(super) struct OfficeState {
    pub(super) sessions: Vec<OfficerSession>,
    pub(super) passkeys: Vec<Passkey>,
    proposals: Vec<Kept>,
}

#[derive(Clone)]
struct Kept {
    proposal: Proposal,
    content: Option<Vec<u8>>,
    kept_until: Timestamp,
}

impl OfficeState {
    pub(super) fn remove_expired(&mut self, now: Timestamp) {
        self.sessions.retain(|session| session.expires_at > now);
        self.proposals.retain(|kept| kept.kept_until > now);
        self.passkeys.retain(|kept| kept.kept_until > now);
    }

    /// The open proposal.
    fn open(&mut self, id: &ProposalId) -> Option<&mut Kept> {
        let is_it = |kept: &&mut Kept| kept.proposal.id == *id;
        let kept = self.proposals.iter_mut().find(is_it)?;
        (kept.proposal.state == ProposalState::Open).then_some(kept)
    }

    fn close(&mut self, id: &ProposalId, end: &ProposalEnd) -> bool {
        let Some(kept) = self.open(id) else { return false };
        kept.content = None;
        kept.proposal.state = end.state;
        kept.proposal.closed = Some(end.by.clone());
        true
    }

    pub(super) fn take_in(&mut self, batch: &ImportBatch, summary: ImportSummary) -> bool {
        let (Some(id), Some(officer)) = (&batch.terms.proposal, batch.origin.officer) else {
            return batch.terms.proposal.is_none();
        };
        let Some(kept) = self.open(id) else { return false };
        let proposal = &mut kept.proposal;
        let is_his = proposal.provider == batch.entered_by && proposal.officer == officer;
        if !is_his || proposal.file_digest != batch.file_digest {
            return false;
        }
        let digest = batch.terms.previewed.clone().unwrap_or_default();
        proposal.preview = Some(ProposalPreview::Readable { summary, digest });
        let by = ClosedBy {
            officer: batch.origin.confirmed_by.unwrap_or(officer),
            at: batch.entered_at,
            remark: None,
        };
        self.close(id, &ProposalEnd { state: ProposalState::TakenIn, by })
    }
}

#[async_trait]
impl OfficeStore for MemoryStore {
    async fn open_officer_session(
        &self,
        challenge_id: &str,
        session: &OfficerSession,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(|state| {
            state.challenges.remove(challenge_id).ok_or(StoreError::AlreadyUsed)?;
            state.office.sessions.push(session.clone());
            state.append(std::slice::from_ref(audit));
            Ok(())
        })
    }

    async fn officer_session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<OfficerSession>, StoreError> {
        self.read(|state| {
            let mut sessions = state.office.sessions.iter();
            sessions.find(|one| one.token == *token && one.expires_at > now).cloned()
        })
    }

    async fn prolong_officer_session(
        &self,
        token: &SessionToken,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|state| {
            for one in state.office.sessions.iter_mut().filter(|one| one.token == *token) {
                one.expires_at = one.expires_at.max(expires_at).min(one.ends_at);
            }
            Ok(())
        })
    }

    async fn close_officer_session(&self, token: &SessionToken) -> Result<(), StoreError> {
        self.write(|state| {
            state.office.sessions.retain(|one| one.token != *token);
            Ok(())
        })
    }

    async fn present_records(
        &self,
        keys: &[String],
    ) -> Result<HashMap<String, RegistryRow>, StoreError> {
        self.read(|state| {
            let row = |key: &String| Some((key.clone(), state.registry.present(key)?));
            keys.iter().filter_map(row).collect()
        })
    }

    async fn put_proposal(&self, new: &NewProposal) -> Result<(), StoreError> {
        let new = new.clone();
        self.write(|state| {
            state.office.proposals.push(Kept {
                content: Some(new.content),
                kept_until: new.kept_until,
                proposal: Proposal {
                    id: new.id,
                    provider: new.provider,
                    officer: new.officer,
                    kind: new.kind,
                    file_name: new.file_name,
                    file_digest: new.file_digest,
                    reason: new.reason,
                    proposed_at: new.proposed_at,
                    asked_at: None,
                    preview: None,
                    state: ProposalState::Open,
                    closed: None,
                },
            });
            Ok(())
        })
    }

    async fn proposal(
        &self,
        id: &ProposalId,
        provider: &Kato,
    ) -> Result<Option<Proposal>, StoreError> {
        let is_it = |one: &&Proposal| one.id == *id && one.provider == *provider;
        self.read(|state| {
            state.office.proposals.iter().map(|kept| &kept.proposal).find(is_it).cloned()
        })
    }

    async fn proposal_content(&self, id: &ProposalId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|state| {
            let kept = state.office.proposals.iter().find(|kept| kept.proposal.id == *id);
            kept.and_then(|kept| kept.content.clone())
        })
    }

    async fn proposals_of(&self, provider: &Kato, limit: u32) -> Result<Vec<Proposal>, StoreError> {
        self.read(|state| {
            let all = state.office.proposals.iter().map(|kept| &kept.proposal);
            let mut his: Vec<Proposal> =
                all.filter(|one| one.provider == *provider).cloned().collect();
            his.sort_by_key(|one| {
                let is_closed = one.state != ProposalState::Open;
                (is_closed, std::cmp::Reverse(one.proposed_at), one.id.clone())
            });
            his.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            his
        })
    }

    async fn note_preview(
        &self,
        id: &ProposalId,
        preview: &ProposalPreview,
    ) -> Result<bool, StoreError> {
        self.write(|state| {
            let Some(kept) = state.office.open(id) else { return Ok(false) };
            kept.proposal.preview = Some(preview.clone());
            Ok(true)
        })
    }

    async fn ask_second_person(
        &self,
        id: &ProposalId,
        reason: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(|state| {
            let open = state.office.open(id).filter(|kept| kept.proposal.asked_at.is_none());
            let Some(kept) = open else { return Ok(false) };
            kept.proposal.reason = Some(reason.to_owned());
            kept.proposal.asked_at = Some(at);
            Ok(true)
        })
    }

    async fn close_proposal(&self, id: &ProposalId, end: &ProposalEnd) -> Result<bool, StoreError> {
        self.write(|state| Ok(state.office.close(id, end)))
    }
}
