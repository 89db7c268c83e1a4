//! What a step forward of a request is made of: the documents planned and stored, the decision, the lease, the transition.
//!
//! Values only. Read next: `store.rs` for what may be done with them.

use domain::{DocumentContent, Evidence, Number, Outcome, RequestState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::notices::Notice;
use super::records::Step;
use crate::audit::AuditEvent;

/// Identifier of a result: random, so that an address tells nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResultId(pub String);

/// Random token of the printed QR code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CheckToken(pub String);

/// What a result answers: one ward, or the request as far as it is refused. Unique within a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WardKey(pub String);

/// Kind of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultKind {
    /// Certificate.
    Certificate,
    /// Reasoned refusal.
    Refusal,
    /// Answer to a review or a complaint; none of a request's results.
    Answer,
}

impl ResultKind {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Refusal => "refusal",
            Self::Answer => "answer",
        }
    }

    /// The kind of a document's content.
    #[must_use]
    pub fn of(content: &DocumentContent) -> Self {
        match content {
            DocumentContent::Certificate(_) => Self::Certificate,
            DocumentContent::Refusal(_) => Self::Refusal,
            DocumentContent::Answer(_) => Self::Answer,
        }
    }
}

/// A document that will be made: all its facts and its number, before it has any bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedResult {
    /// Identifier.
    pub id: ResultId,
    /// What it answers.
    pub ward_key: WardKey,
    /// The ward's key in the data bank; `None` for a refusal.
    pub ward_id: Option<domain::WardId>,
    /// Token of its QR code.
    pub token: CheckToken,
    /// Its facts.
    pub content: DocumentContent,
}

/// A planned or finished document as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResult {
    /// As planned.
    pub planned: PlannedResult,
    /// The request it answers.
    pub request: Number,
    /// SHA-256 (hexadecimal) of the sealed bytes; `None` until it is issued.
    pub digest: Option<String>,
}

/// A decision with all it was made from; enough to make it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredDecision {
    /// Evidence.
    pub evidence: Evidence,
    /// Outcome.
    pub outcome: Outcome,
    /// Version of the rules.
    pub rule_version: String,
    /// Moment of the decision.
    pub decided_at: Timestamp,
}

/// Right to work on one request's job until a moment. The fence grows with each lease, so that a worker who slept
/// through the end of his lease cannot commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The request.
    pub number: Number,
    /// Fencing token.
    pub fence: i64,
    /// How often the job was tried before without ending.
    pub attempts: u32,
}

/// What becomes of the job with a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobNext {
    /// The same worker goes on under the same lease.
    Continue,
    /// The lease ends; anybody may take it from this moment on. Attempts grow by one.
    Again(Timestamp),
    /// Nothing is left to do.
    Done,
}

/// What a transition stores besides the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: the request waits.
    Waiting,
    /// The decision and the documents planned.
    Decided(Box<StoredDecision>, Vec<PlannedResult>),
    /// The unsealed bytes of every planned document.
    Intended(Vec<(ResultId, Vec<u8>)>),
    /// The sealed bytes of every planned document; they replace the unsealed ones.
    Issued(Vec<(ResultId, Vec<u8>)>),
}

impl Effect {
    /// The step a request at `step` comes to; `None` where the effect does not follow from there,
    /// because it was stored already.
    #[must_use]
    pub fn step_after(&self, step: Step) -> Option<Step> {
        match (self, step) {
            (Self::Waiting, Step::Registered | Step::Decided | Step::Intended) => Some(step),
            (Self::Decided(..), Step::Registered) => Some(Step::Decided),
            (Self::Intended(_), Step::Decided) => Some(Step::Intended),
            (Self::Issued(_), Step::Intended) => Some(Step::Issued),
            (Self::Waiting, Step::Issued)
            | (Self::Decided(..), Step::Decided | Step::Intended | Step::Issued)
            | (Self::Intended(_), Step::Registered | Step::Intended | Step::Issued)
            | (Self::Issued(_), Step::Registered | Step::Decided | Step::Issued) => None,
        }
    }
}

/// One step forward of one request, committed whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The lease under which it is made.
    pub lease: Lease,
    /// Version the request must still have.
    pub expected_version: i64,
    /// State after it.
    pub state: RequestState,
    /// When.
    pub at: Timestamp,
    /// What it stores.
    pub effect: Effect,
    /// What becomes of the job.
    pub job: JobNext,
    /// Notices to the applicant.
    pub notices: Vec<Notice>,
    /// Journal entries.
    pub audit: Vec<AuditEvent>,
}
