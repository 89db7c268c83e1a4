//! The store: everything that must survive. No transaction object crosses this port; each method is one transaction.
//!
//! Time comes in as an argument; the store reads no clock.

use async_trait::async_trait;
use domain::{
    ConsentRecord, DocumentContent, ElectronicRequest, Evidence, Iin, LegalClock, Number, Outcome,
    RequestState,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::{AuditEvent, AuditRow};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row is at another version: somebody was faster. Read again.
    #[error("the request changed in the meantime")]
    Stale,
    /// The lease ran out and was given to another worker. Stop working on it.
    #[error("the lease was lost")]
    LeaseLost,
    /// The one-time document was used already.
    #[error("it was used already")]
    AlreadyUsed,
    /// A number or key drawn at random exists. Draw again.
    #[error("the number exists already")]
    NumberTaken,
    /// The store cannot be reached, is full, or answered with a fault. Try again later.
    #[error("the store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stored row cannot be understood: an operator must look.
    #[error("a stored row cannot be read: {0}")]
    Corrupt(&'static str),
}

/// A one-time document for signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInChallenge {
    /// Random token; stands in the document too.
    pub id: String,
    /// The bytes to be signed.
    pub document: Vec<u8>,
    /// From then on it is worthless.
    pub expires_at: Timestamp,
}

/// SHA-256 (hexadecimal) of the session cookie; the cookie itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionToken(pub String);

/// A signed-in person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Hash of its cookie.
    pub token: SessionToken,
    /// Who.
    pub iin: Iin,
    /// His name as the certificate has it.
    pub name: String,
    /// When he signed in.
    pub signed_in_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A request before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Random challenge; stands in the document too.
    pub challenge: String,
    /// What it asks.
    pub request: ElectronicRequest,
    /// The consents with the texts shown.
    pub consents: Vec<ConsentRecord>,
    /// The exact bytes to be signed.
    pub document: Vec<u8>,
    /// When it was prepared.
    pub prepared_at: Timestamp,
    /// From then on it cannot be submitted.
    pub expires_at: Timestamp,
    /// The request it became, once submitted.
    pub became: Option<Number>,
}

/// Chosen by the client, so that repeating a submission cannot make a second request. Scoped to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

/// Which way a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The citizen portal's pages.
    Portal,
    /// The API.
    Api,
}

impl Channel {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Api => "api",
        }
    }

    /// The channel of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Portal, Self::Api].into_iter().find(|channel| channel.code() == code)
    }
}

/// A verified, signed request about to be registered.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its number, drawn by the caller.
    pub number: Number,
    /// What it asks.
    pub request: ElectronicRequest,
    /// The applicant's name as his certificate has it.
    pub applicant_name: String,
    /// Accepted and due.
    pub clock: LegalClock,
    /// Way it came.
    pub channel: Channel,
    /// Challenge of the draft it uses up.
    pub challenge: String,
    /// The bytes that were signed.
    pub document: Vec<u8>,
    /// The signature, as it came.
    pub cms: Vec<u8>,
    /// What the verdict on the signature rests on, as JSON.
    pub signature_evidence: String,
    /// Both consents with the texts shown.
    pub consents: Vec<ConsentRecord>,
    /// The client's key.
    pub key: IdempotencyKey,
    /// SHA-256 (hexadecimal) of what was submitted under the key.
    pub body_digest: String,
    /// Journal entry.
    pub audit: AuditEvent,
}

/// What became of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// A new request, and a job for it.
    New,
    /// The key was used with the same body: the request it led to.
    Same(Number),
    /// The key was used with another body.
    OtherBody,
    /// The draft was submitted already: the request it became.
    DraftUsed(Number),
    /// The person has a request that is not answered yet.
    Open(Number),
}

/// How far the work on a request has come; the public [`RequestState`] is derived from the same transitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Registered, not decided.
    Registered,
    /// Decided; numbers are given.
    Decided,
    /// The unsealed documents are stored.
    Intended,
    /// The sealed documents are stored; ended.
    Issued,
}

impl Step {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Decided => "decided",
            Self::Intended => "intended",
            Self::Issued => "issued",
        }
    }

    /// The step of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Registered, Self::Decided, Self::Intended, Self::Issued]
            .into_iter()
            .find(|step| step.code() == code)
    }
}

/// A request as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRequest {
    /// Its number.
    pub number: Number,
    /// What it asks.
    pub request: ElectronicRequest,
    /// The applicant's name as his certificate has it.
    pub applicant_name: String,
    /// Accepted and due.
    pub clock: LegalClock,
    /// Way it came.
    pub channel: Channel,
    /// State shown to people.
    pub state: RequestState,
    /// Step of the work.
    pub step: Step,
    /// Grows by one with each transition.
    pub version: i64,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

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
}

impl ResultKind {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Refusal => "refusal",
        }
    }

    /// The kind of a document's content.
    #[must_use]
    pub fn of(content: &DocumentContent) -> Self {
        match content {
            DocumentContent::Certificate(_) => Self::Certificate,
            DocumentContent::Refusal(_) => Self::Refusal,
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
    /// Journal entries.
    pub audit: Vec<AuditEvent>,
}

/// Keeps requests, their evidence and results, jobs, sessions and the journal.
#[async_trait]
pub trait Store: Send + Sync {
    /// Keeps a challenge until it is used or expires.
    async fn put_challenge(&self, challenge: &SignInChallenge) -> Result<(), StoreError>;

    /// A challenge that was not used.
    async fn challenge(&self, id: &str) -> Result<Option<SignInChallenge>, StoreError>;

    /// Uses a challenge up and opens a session.
    ///
    /// # Errors
    /// [`StoreError::AlreadyUsed`] where the challenge is gone: then nothing is opened.
    async fn open_session(
        &self,
        challenge_id: &str,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError>;

    /// The session of a cookie's hash, if it has not ended at `now`.
    async fn session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError>;

    /// Ends a session; ending it twice is no error.
    async fn close_session(&self, token: &SessionToken) -> Result<(), StoreError>;

    /// Removes challenges, sessions and unsubmitted drafts that expired before `now`.
    async fn remove_expired(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Keeps a draft.
    async fn put_draft(&self, draft: &Draft) -> Result<(), StoreError>;

    /// A draft, submitted or not.
    async fn draft(&self, challenge: &str) -> Result<Option<Draft>, StoreError>;

    /// The number and body digest a key of this person led to.
    async fn idempotent(
        &self,
        applicant: Iin,
        key: &IdempotencyKey,
    ) -> Result<Option<(Number, String)>, StoreError>;

    /// Registers: key, draft, request, signed bytes, consents, job and journal entry in one transaction.
    /// Parallel calls with the same key, draft or person yield exactly one [`Registered::New`].
    ///
    /// # Errors
    /// [`StoreError::NumberTaken`] where the number exists.
    async fn register(&self, registration: &Registration) -> Result<Registered, StoreError>;

    /// A request.
    async fn request(&self, number: &Number) -> Result<Option<StoredRequest>, StoreError>;

    /// A person's requests, newest first, at most `limit` accepted before `before`.
    async fn requests_of(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError>;

    /// Both consents of a request with the texts shown.
    async fn consents_of(&self, number: &Number) -> Result<Vec<ConsentRecord>, StoreError>;

    /// Commits a transition.
    ///
    /// # Errors
    /// [`StoreError::Stale`] or [`StoreError::LeaseLost`]; then nothing was stored.
    /// [`StoreError::NumberTaken`] where a planned document's number or token exists.
    async fn commit(&self, transition: &Transition) -> Result<(), StoreError>;

    /// Leases the job whose turn came longest ago, if any is due at `now` and not leased beyond it.
    async fn lease_job(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, StoreError>;

    /// Gives a job back without a transition, to be taken from `run_at` on. Attempts grow by one.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    async fn postpone_job(&self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError>;

    /// Results of a request, in the order they were planned.
    async fn results_of(&self, number: &Number) -> Result<Vec<StoredResult>, StoreError>;

    /// A result.
    async fn result(&self, id: &ResultId) -> Result<Option<StoredResult>, StoreError>;

    /// An issued result by the number of its document.
    async fn result_by_number(&self, number: &Number) -> Result<Option<StoredResult>, StoreError>;

    /// An issued result by the token of its QR code.
    async fn result_by_token(&self, token: &CheckToken)
    -> Result<Option<StoredResult>, StoreError>;

    /// An issued result by the SHA-256 (hexadecimal) of its sealed bytes.
    async fn result_by_digest(&self, digest: &str) -> Result<Option<StoredResult>, StoreError>;

    /// The unsealed bytes of a result between intent and seal.
    async fn unsealed(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError>;

    /// The sealed bytes of an issued result: always the same.
    async fn document(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError>;

    /// The decision of a request with its evidence.
    async fn decision(&self, number: &Number) -> Result<Option<StoredDecision>, StoreError>;

    /// Writes a journal entry that belongs to no transition.
    async fn append_audit(&self, event: &AuditEvent) -> Result<(), StoreError>;

    /// Journal rows from a sequence on, at most `limit`.
    async fn audit_from(&self, sequence: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError>;

    /// Journal rows about one request, oldest first.
    async fn audit_of(&self, number: &Number) -> Result<Vec<AuditRow>, StoreError>;

    /// Whether the store answers and can write.
    async fn ping(&self) -> Result<(), StoreError>;
}
