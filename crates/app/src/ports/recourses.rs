//! Human reviews and complaints as they are kept: what was asked, and one row for each step it took, none of which changes.
//!
//! How it stands is told by its last step alone. A part of the store; each method that writes is one transaction. Read next:
//! `store.rs`, then `../recourse/mod.rs` for the use cases.

use std::fmt;

use async_trait::async_trait;
use domain::{
    AnswerContent, ComplaintGround, Iin, Kato, Language, Number, RecourseBody, RecourseKind,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::records::Channel;
use super::steps::CheckToken;
use super::store::StoreError;
use crate::audit::AuditEvent;

/// In which way the person stands by what he wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecourseConfirmation {
    /// He was signed in; there is no signature over the text.
    Session,
    /// With his digital signature over the text.
    Signature,
}

impl RecourseConfirmation {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Signature => "signature",
        }
    }
}

/// What the person asked, in his words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecourseAsked {
    /// His name as his signature certificate has it.
    pub applicant_name: String,
    /// Where he can be written to; empty where he told none.
    pub address: String,
    /// Language he wrote in.
    pub language: Language,
    /// Which way it came.
    pub channel: Channel,
    /// Grounds of a complaint.
    pub grounds: Vec<ComplaintGround>,
    /// Circumstances and evidence of a complaint; what a review should look at.
    pub words: String,
    /// Whether the term of Article 92 had passed.
    pub is_late: bool,
    /// Why it comes late.
    pub late_reason: String,
    /// How he stands by it.
    pub confirmation: RecourseConfirmation,
}

/// A human review or a complaint, as it was registered.
#[derive(Clone, PartialEq, Eq)]
pub struct Recourse {
    /// Its number.
    pub number: Number,
    /// The request it is about.
    pub request: Number,
    /// Review or complaint.
    pub kind: RecourseKind,
    /// Whose.
    pub applicant: Iin,
    /// Today's department whose answer, or silence, it is about.
    pub provider: Kato,
    /// Key of the form it came by: the same form twice is one.
    pub form_key: String,
    /// When it was registered.
    pub opened_at: Timestamp,
    /// What was asked.
    pub asked: RecourseAsked,
}

impl fmt::Debug for Recourse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Recourse")
            .field("number", &self.number)
            .field("request", &self.request)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// The text he stands by, and what proves that.
#[derive(Clone, PartialEq, Eq)]
pub struct RecourseProof {
    /// The very bytes.
    pub document: Vec<u8>,
    /// The signature over them; empty where the session stands for it.
    pub cms: Vec<u8>,
    /// What the verdict on it rests on, as JSON; empty without a signature.
    pub evidence: String,
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecourseStepKind {
    /// It was registered.
    Opened,
    /// A complaint went on to another body.
    Forwarded,
    /// The last day of the term has begun.
    NearlyDue,
    /// The term has passed: Article 91(2).
    Overdue,
    /// It was answered; the document is not made yet.
    Answered,
    /// The unsealed document is stored.
    Intended,
    /// The sealed document is stored: the end.
    Issued,
}

impl RecourseStepKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Opened,
        Self::Forwarded,
        Self::NearlyDue,
        Self::Overdue,
        Self::Answered,
        Self::Intended,
        Self::Issued,
    ];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Forwarded => "forwarded",
            Self::NearlyDue => "nearly_due",
            Self::Overdue => "overdue",
            Self::Answered => "answered",
            Self::Intended => "intended",
            Self::Issued => "issued",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// The answer, with its number and every printed fact, before it has any bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct PlannedAnswer {
    /// Its facts.
    pub content: AnswerContent,
    /// Token of its QR code.
    pub token: CheckToken,
}

/// Bytes of an answer's document.
#[derive(Clone, PartialEq, Eq)]
pub struct AnswerBytes {
    /// The bytes; empty where a case is read, which has no use for them.
    pub bytes: Vec<u8>,
    /// Their SHA-256, hexadecimal.
    pub digest: String,
}

/// One step.
#[derive(Clone, PartialEq, Eq)]
pub struct RecourseStep {
    /// Of which review or complaint.
    pub recourse: Number,
    /// Its place among the steps, from 0.
    pub place: u32,
    /// What it is.
    pub kind: RecourseStepKind,
    /// When.
    pub at: Timestamp,
    /// Whose turn it is from here on.
    pub body: RecourseBody,
    /// Until when he must answer.
    pub due_at: Timestamp,
    /// Who did it, where an official did.
    pub official: Option<Iin>,
    /// Why it was sent on.
    pub words: String,
    /// What was answered.
    pub answer: Option<PlannedAnswer>,
    /// The document, unsealed or sealed.
    pub document: Option<AnswerBytes>,
}

/// A review or complaint with its steps.
#[derive(Clone, PartialEq, Eq)]
pub struct RecourseCase {
    /// As it was registered.
    pub recourse: Recourse,
    /// Its steps in their order; never empty.
    pub steps: Vec<RecourseStep>,
}

impl RecourseCase {
    /// The last step.
    #[must_use]
    pub fn last(&self) -> Option<&RecourseStep> {
        self.steps.last()
    }

    /// Whose turn it is, or who answered.
    #[must_use]
    pub fn body(&self) -> RecourseBody {
        self.last().map_or(RecourseBody::Head, |step| step.body)
    }

    /// Until when it must be answered.
    #[must_use]
    pub fn due_at(&self) -> Timestamp {
        self.last().map_or(Timestamp::MAX, |step| step.due_at)
    }

    /// When it came to the body whose turn it is.
    #[must_use]
    pub fn arrived_at(&self) -> Timestamp {
        self.arrival().map_or(self.recourse.opened_at, |step| step.at)
    }

    /// Until when the body had to answer that it came to. A body above that answers in its place has a later term of its own.
    #[must_use]
    pub fn first_due_at(&self) -> Timestamp {
        self.arrival().map_or(Timestamp::MAX, |step| step.due_at)
    }

    fn arrival(&self) -> Option<&RecourseStep> {
        let arrivals = [RecourseStepKind::Opened, RecourseStepKind::Forwarded];
        self.steps.iter().rev().find(|step| arrivals.contains(&step.kind))
    }

    /// The answer, from the moment it was given.
    #[must_use]
    pub fn answer(&self) -> Option<&PlannedAnswer> {
        self.steps.iter().find_map(|step| step.answer.as_ref())
    }

    /// The step of a kind, the last where there are several.
    #[must_use]
    pub fn step(&self, kind: RecourseStepKind) -> Option<&RecourseStep> {
        self.steps.iter().rev().find(|step| step.kind == kind)
    }

    /// Whether a step of this kind was made since the body has it whose turn it is.
    #[must_use]
    pub fn has_since_arrival(&self, kind: RecourseStepKind) -> bool {
        let arrivals = [RecourseStepKind::Opened, RecourseStepKind::Forwarded];
        let since = self.steps.iter().rev().take_while(|step| !arrivals.contains(&step.kind));
        since.into_iter().any(|step| step.kind == kind)
    }
}

/// What became of an opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecourseOpened {
    /// Registered now.
    New,
    /// The same form, or another review of the same request: this one.
    Before(Number),
}

/// By what an issued answer is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerKey {
    /// By its number.
    Number(Number),
    /// By the token of its QR code.
    Token(CheckToken),
    /// By the SHA-256 (hexadecimal) of its sealed bytes.
    Digest(String),
}

/// Reviews and complaints.
#[async_trait]
pub trait Recourses: Send + Sync {
    /// Registers one with its first step and its journal entry. Of parallel calls with the same form, and of parallel reviews
    /// of the same request, one is [`RecourseOpened::New`].
    ///
    /// # Errors
    /// [`StoreError::NumberTaken`] where the number exists.
    async fn open_recourse(
        &self,
        recourse: &Recourse,
        proof: &RecourseProof,
        opened: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<RecourseOpened, StoreError>;

    /// Adds a step behind the last, with its journal entry.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where its place is taken: somebody was faster. [`StoreError::NumberTaken`] where the answer's
    /// number or token exists.
    async fn add_recourse_step(
        &self,
        step: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<(), StoreError>;

    /// One, by its number.
    async fn recourse(&self, number: &Number) -> Result<Option<RecourseCase>, StoreError>;

    /// All about one request, in the order they were registered.
    async fn recourses_of(&self, request: &Number) -> Result<Vec<RecourseCase>, StoreError>;

    /// A person's, the newest first.
    async fn recourses_by(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError>;

    /// Those whose turn is at one of these bodies, of these departments or of all; what has no document yet comes first, by
    /// its term.
    async fn recourses_at(
        &self,
        body: RecourseBody,
        departments: Option<&[Kato]>,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError>;

    /// Codes of the departments that any is about, as they were registered, in their order.
    async fn recourse_departments(&self) -> Result<Vec<Kato>, StoreError>;

    /// Those whose document is not made, by their terms, behind one.
    async fn open_recourses(
        &self,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError>;

    /// The text and what proves it.
    async fn recourse_proof(&self, number: &Number) -> Result<Option<RecourseProof>, StoreError>;

    /// The bytes stored with the step of a kind.
    async fn answer_bytes(
        &self,
        number: &Number,
        kind: RecourseStepKind,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// The case of an issued answer.
    async fn answered_recourse(&self, key: &AnswerKey) -> Result<Option<RecourseCase>, StoreError>;
}
