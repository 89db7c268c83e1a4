//! Questions to persons about their consent, kept so that any node and any page knows how they stand.
//!
//! A part of the store; each method is one transaction. Read next: `../consent/asking.rs`.

use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::{SignedDuration, Timestamp};

use super::access_control::KeptProof;
use super::store::StoreError;
use crate::audit::AuditEvent;

/// Most questions to one person within [`ASKINGS_SPAN`]: each is a message on his telephone.
pub const ASKINGS_MAX: usize = 5;
/// The time they are counted in.
pub const ASKINGS_SPAN: SignedDuration = SignedDuration::from_hours(1);

/// What a person answered, or that he did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentOutcome {
    /// He gave the consent.
    Given,
    /// He refused it.
    Refused,
    /// No answer came in the time he had.
    NoAnswer,
    /// He may never have been asked: the control did not answer.
    Unavailable,
}

impl ConsentOutcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Given, Self::Refused, Self::NoAnswer, Self::Unavailable];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Refused => "refused",
            Self::NoAnswer => "no_answer",
            Self::Unavailable => "unavailable",
        }
    }

    /// The outcome of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// What was heard while the answer is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Heard {
    /// Nothing yet.
    #[default]
    Nothing,
    /// The control answered that the person has not answered.
    Pending,
    /// The control did not answer.
    Silent,
}

impl Heard {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Pending => "pending",
            Self::Silent => "silent",
        }
    }

    /// Of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Nothing, Self::Pending, Self::Silent].into_iter().find(|one| one.code() == code)
    }
}

/// A question to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentAsking {
    /// Random identifier.
    pub id: String,
    /// Challenge of the draft it is about.
    pub challenge: String,
    /// Who is asked.
    pub iin: Iin,
    /// When it began.
    pub asked_at: Timestamp,
    /// An answer that is not there by then is none.
    pub until: Timestamp,
    /// When the control may be asked next.
    pub run_at: Timestamp,
    /// How often it was asked.
    pub exchanges: u32,
    /// What was heard last.
    pub heard: Heard,
    /// Whether the person was sent a message, as far as the control ever told: it stays so when the control falls silent.
    pub is_sent: bool,
    /// The answer, and when it came.
    pub answer: Option<(ConsentOutcome, Timestamp)>,
    /// What the control gave, as long as it is kept.
    pub proof: Option<KeptProof>,
    /// When it is forgotten.
    pub forget_at: Timestamp,
}

impl ConsentAsking {
    /// When the person may be asked, judging by when he was asked before; `None` for now.
    #[must_use]
    pub fn must_wait(&self, earlier: &[Timestamp]) -> Option<Timestamp> {
        let since = self.asked_at.checked_sub(ASKINGS_SPAN).unwrap_or(Timestamp::MIN);
        let mut counted: Vec<Timestamp> =
            earlier.iter().copied().filter(|at| *at > since).collect();
        counted.sort_unstable();
        let place = counted.len().checked_sub(ASKINGS_MAX)?;
        counted.get(place)?.checked_add(ASKINGS_SPAN).ok()
    }

    /// How it stands at a moment; `None` while the answer is waited for. Whether silence is the person's or the
    /// control's, what was heard last tells.
    #[must_use]
    pub fn outcome_at(&self, now: Timestamp) -> Option<ConsentOutcome> {
        match (self.answer, self.heard) {
            (Some((outcome, _)), _) => Some(outcome),
            (None, _) if now < self.until => None,
            (None, Heard::Pending) => Some(ConsentOutcome::NoAnswer),
            (None, Heard::Nothing | Heard::Silent) => Some(ConsentOutcome::Unavailable),
        }
    }
}

/// What became of a wish to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskingTurn {
    /// It begins now.
    Begun,
    /// One about the same draft is under way: nothing was written.
    Running(Box<ConsentAsking>),
    /// The person was asked often enough: none was begun.
    Wait(Timestamp),
}

/// Questions about consent. The control asks *persons*, and its answer names no draft: so the open questions to one person are
/// one question to him. What is heard of one is heard of all, and they are taken, noted and answered together; one that is
/// begun beside another goes on where that stands.
#[async_trait]
pub trait ConsentAskings: Send + Sync {
    /// Begins a question, where none about the same draft is open at its beginning and the person was not asked
    /// [`ASKINGS_MAX`] times in [`ASKINGS_SPAN`]. One about the same draft whose time is over then is closed, also where
    /// none is begun. Of parallel calls for one person each sees what the one before wrote.
    async fn begin_asking(
        &self,
        asking: &ConsentAsking,
        audit: &AuditEvent,
    ) -> Result<AskingTurn, StoreError>;

    /// The newest question about a draft.
    async fn asking(&self, challenge: &str) -> Result<Option<ConsentAsking>, StoreError>;

    /// The newest question about the draft a request was made of.
    async fn asking_of(&self, number: &Number) -> Result<Option<ConsentAsking>, StoreError>;

    /// The challenge of the draft a request was made of; it outlives the questions about it.
    async fn challenge_of(&self, number: &Number) -> Result<Option<String>, StoreError>;

    /// Takes a question over until a moment, to ask the control: of parallel calls one is `true`.
    async fn take_asking(
        &self,
        id: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Notes down what was heard of an unanswered question, and when the control may be asked next. Where the person's answer
    /// is waited for, he was sent a message, and that stays noted.
    async fn note_asking(
        &self,
        id: &str,
        heard: Heard,
        run_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Notes the answer down, with its journal entry; `false` where it has one: then nothing is written.
    async fn answer_asking(
        &self,
        id: &str,
        answer: (ConsentOutcome, Timestamp),
        proof: Option<&KeptProof>,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError>;

    /// Forgets what the control gave for a request: nobody is to be asked with it any more.
    async fn forget_proofs(&self, number: &Number) -> Result<(), StoreError>;
}
