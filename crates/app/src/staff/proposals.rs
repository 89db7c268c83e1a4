//! Proposals: an officer hands in a file or the form of one record, sees what it would change, and takes it in; ends and
//! corrections are taken in by a second person.
//!
//! Whoever confirms binds himself to the digest of what he saw. Read next: `looking.rs` for how it is read and shown.

use domain::{Answer, Iin, Kato};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::Staff;
use super::readings::Reading;
use crate::import::{ImportOrigin, ImportOutcome, ImportRefusal, ImportSummary, ImportTerms};
use crate::ports::{
    ClosedBy, NewProposal, Officer, Proposal, ProposalEnd, ProposalId, ProposalKind,
    ProposalPreview, ProposalState, StoreError, Workplace,
};

/// How long a proposal is kept, open or closed: its bytes are personal data.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Open proposals of one department.
const OPEN_MAX: usize = 30;
/// Proposals listed.
const LISTED: u32 = 100;
/// Longest reason and remark.
pub const REASON_CHARS_MAX: usize = 500;

/// What is proposed.
#[derive(Debug)]
pub struct ProposalOrder {
    /// Made of what.
    pub kind: ProposalKind,
    /// Name of the file.
    pub file_name: String,
    /// The bytes.
    pub content: Vec<u8>,
    /// Why, where that was typed already.
    pub reason: Option<String>,
}

/// Why something was not done with a proposal. Nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum ProposalError {
    /// No such proposal, or another department's.
    #[error("there is no such proposal")]
    Unknown,
    /// It is closed.
    #[error("the proposal is closed already")]
    Closed,
    /// Only the proposer may do this.
    #[error("only who proposed it may do this")]
    NotProposer,
    /// Only another may do this: ends and corrections are not for one pair of eyes.
    #[error("only another officer may do this")]
    OwnProposal,
    /// Confirming what another proposed needs a digital signature, and he came in by a passkey.
    #[error("a digital signature is needed to confirm")]
    SignatureNeeded,
    /// A reason is missing, or too long.
    #[error("a reason is missing or too long")]
    ReasonMissing,
    /// What was shown is not what would be written now.
    #[error("the registry has changed since the preview")]
    Changed,
    /// Another department keeps some of the records.
    #[error("another department keeps some of the records")]
    OthersRecords,
    /// It is not read, or cannot be.
    #[error("the proposal is not read")]
    NotRead,
    /// The department has too many open ones.
    #[error("the department has too many open proposals")]
    TooMany,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ProposalError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "proposal_unknown",
            Self::Closed => "proposal_closed",
            Self::NotProposer => "proposal_not_proposer",
            Self::OwnProposal => "proposal_own",
            Self::SignatureNeeded => "signature_needed",
            Self::ReasonMissing => "proposal_reason",
            Self::Changed => "proposal_changed",
            Self::OthersRecords => "proposal_others_records",
            Self::NotRead => "proposal_not_read",
            Self::TooMany => "proposal_too_many",
            Self::Store(_) => "store_unavailable",
        }
    }
}

impl Staff {
    /// Keeps what an officer hands in.
    ///
    /// # Errors
    /// [`ProposalError::TooMany`], and the store's.
    pub async fn propose(
        &self,
        officer: &Officer,
        order: ProposalOrder,
    ) -> Result<ProposalId, ProposalError> {
        let all = self.proposals(officer).await?;
        if all.iter().filter(|one| one.state == ProposalState::Open).count() >= OPEN_MAX {
            return Err(ProposalError::TooMany);
        }
        let id = ProposalId(self.parts.ids.token());
        let proposal = NewProposal {
            id: id.clone(),
            provider: officer.provider.clone(),
            officer: officer.iin,
            kind: order.kind,
            file_name: order.file_name,
            file_digest: hex::encode(Sha256::digest(&order.content)),
            content: order.content,
            reason: order.reason,
            proposed_at: self.now(),
            kept_until: self.after(KEPT),
        };
        self.parts.office.put_proposal(&proposal).await?;
        Ok(id)
    }

    /// The proposals of an officer's department, the open ones first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn proposals(&self, officer: &Officer) -> Result<Vec<Proposal>, StoreError> {
        self.parts.office.proposals_of(&officer.provider, LISTED).await
    }

    /// A colleague's name; nothing where he is on the list no more or that cannot be read.
    pub async fn name_of(&self, officer: &Officer, colleague: Iin) -> Option<String> {
        if colleague == officer.iin {
            return Some(officer.name.clone());
        }
        self.name_at(colleague, &officer.provider).await
    }

    /// The name of somebody of a department; nothing where he is on the list no more or that cannot be read.
    pub async fn name_at(&self, colleague: Iin, provider: &Kato) -> Option<String> {
        let workplace = Workplace::Department(provider.clone());
        match self.parts.people.member(colleague, &workplace).await {
            Answer::Known(colleague) => Some(colleague.name),
            Answer::Absent | Answer::Unavailable => None,
        }
    }

    /// Asks a second person to confirm ends and corrections.
    ///
    /// # Errors
    /// [`ProposalError`].
    pub async fn ask_second_person(
        &self,
        officer: &Officer,
        id: &ProposalId,
        reason: &str,
    ) -> Result<(), ProposalError> {
        let proposal = self.found_open(officer, id).await?;
        if proposal.officer != officer.iin {
            return Err(ProposalError::NotProposer);
        }
        let reason = said(reason).ok_or(ProposalError::ReasonMissing)?;
        match proposal.preview {
            Some(ProposalPreview::Readable { summary, .. }) if summary.changed > 0 => {}
            _ => return Err(ProposalError::NotRead),
        }
        let asked = self.parts.office.ask_second_person(id, &reason, self.now()).await?;
        if asked { Ok(()) } else { Err(ProposalError::Closed) }
    }

    /// Takes a proposal in, exactly as it was shown. The proposer does so himself where everything is new; otherwise
    /// another officer does, whom he asked.
    ///
    /// # Errors
    /// [`ProposalError`]; then nothing was written.
    pub async fn take_in(
        &self,
        officer: &Officer,
        id: &ProposalId,
        shown: &str,
    ) -> Result<ImportSummary, ProposalError> {
        let proposal = self.found_open(officer, id).await?;
        let is_own = proposal.officer == officer.iin;
        if is_own && proposal.asked_at.is_some() {
            return Err(ProposalError::OwnProposal);
        }
        if !is_own && proposal.asked_at.is_none() {
            return Err(ProposalError::NotProposer);
        }
        if !is_own && !officer.is_signed {
            return Err(ProposalError::SignatureNeeded);
        }
        let reading = self.readings.at_hand(id).ok_or(ProposalError::NotRead)?;
        let Reading::Readable(readable) = &*reading else { return Err(ProposalError::NotRead) };
        let mut previewed = readable.previewed.write().await;
        previewed.batch.entered_at = self.now();
        previewed.batch.origin = ImportOrigin {
            officer: Some(proposal.officer),
            confirmed_by: (!is_own).then_some(officer.iin),
            reason: proposal.reason.clone(),
        };
        previewed.batch.terms = ImportTerms {
            previewed: Some(shown.to_owned()),
            proposal: Some(id.clone()),
            keepers: self.keepers.clone(),
            ..ImportTerms::default()
        };
        match self.parts.registry.apply_import(&previewed.batch).await? {
            ImportOutcome::TakenIn(summary) => {
                self.readings.forget(id);
                Ok(summary)
            }
            ImportOutcome::Refused(refusal) => {
                if refusal == ImportRefusal::AnotherThanPreviewed {
                    let preview = self.parts.registry.preview_import(&previewed.batch).await?;
                    previewed.preview = preview;
                    drop(previewed);
                    self.note(id, &reading).await?;
                }
                Err(refusal.into())
            }
        }
    }

    /// Closes an open proposal without taking it in: the proposer withdraws his own, and another officer, whom he asked,
    /// turns it down with a remark. What would change nothing is overtaken.
    ///
    /// # Errors
    /// [`ProposalError`].
    pub async fn close(
        &self,
        officer: &Officer,
        id: &ProposalId,
        remark: &str,
    ) -> Result<(), ProposalError> {
        let proposal = self.found_open(officer, id).await?;
        let is_own = proposal.officer == officer.iin;
        let state = match &proposal.preview {
            Some(ProposalPreview::Readable { summary, .. }) if is_own && says_nothing(summary) => {
                ProposalState::Overtaken
            }
            _ if is_own => ProposalState::Withdrawn,
            _ if proposal.asked_at.is_none() => return Err(ProposalError::NotProposer),
            _ => ProposalState::Rejected,
        };
        let remark = said(remark);
        if state == ProposalState::Rejected && remark.is_none() {
            return Err(ProposalError::ReasonMissing);
        }
        let by = ClosedBy { officer: officer.iin, at: self.now(), remark };
        let closed = self.parts.office.close_proposal(id, &ProposalEnd { state, by }).await?;
        self.readings.forget(id);
        if closed { Ok(()) } else { Err(ProposalError::Closed) }
    }

    pub(super) async fn found(
        &self,
        officer: &Officer,
        id: &ProposalId,
    ) -> Result<Proposal, ProposalError> {
        let found = self.parts.office.proposal(id, &officer.provider).await?;
        found.ok_or(ProposalError::Unknown)
    }

    pub(super) async fn found_open(
        &self,
        officer: &Officer,
        id: &ProposalId,
    ) -> Result<Proposal, ProposalError> {
        let proposal = self.found(officer, id).await?;
        let is_open = proposal.state == ProposalState::Open;
        if is_open { Ok(proposal) } else { Err(ProposalError::Closed) }
    }
}

impl From<ImportRefusal> for ProposalError {
    fn from(refusal: ImportRefusal) -> Self {
        match refusal {
            ImportRefusal::OthersRecords(_) => Self::OthersRecords,
            ImportRefusal::AnotherThanPreviewed => Self::Changed,
            ImportRefusal::SecondPersonMissing | ImportRefusal::ReasonMissing => Self::OwnProposal,
            ImportRefusal::ProposalClosed => Self::Closed,
        }
    }
}

/// Whether the registry says all of it already.
fn says_nothing(summary: &ImportSummary) -> bool {
    summary.new == 0 && summary.changed == 0
}

/// What somebody typed, where he typed something that can be kept.
pub(crate) fn said(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = !text.is_empty() && text.chars().count() <= REASON_CHARS_MAX;
    (fits && !text.contains(char::is_control)).then_some(text)
}
