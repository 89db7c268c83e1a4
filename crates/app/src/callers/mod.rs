//! Callers: whoever answers them (an operator of 1414, the contact centre's software, a machine) tells how a request stands,
//! and nothing else.
//!
//! What may be said is the type [`CallerStanding`]: granted and refused are one state there, so no page, program or machine
//! can tell them apart. Each look is kept with its journal row before anything is shown. Read next: `question.rs` for people
//! who have no number at hand, `acting.rs` for what else can be done, `ports/caller_desk.rs` for how often.

mod acting;
mod question;

use domain::{Heard, Iin, Misheard, Number, NumberKind, RequestState, WaitingFor, heard};
use jiff::Timestamp;

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{CallLine, CallerAct, CallerActKind, CallerTurn, StoreError, StoredRequest};
use crate::service::Service;
use crate::staff::{Permit, acts};

pub use acting::{FAULT_WORDS_MAX, SentAgain, SmsOutcome};
pub use question::CallBackAnswer;

/// Longest name under which a software knows an operator.
const OPERATOR_MAX: usize = 64;

/// Who serves a caller.
#[derive(Clone, PartialEq, Eq)]
pub struct CallDesk {
    operator: String,
    line: CallLine,
}

impl CallDesk {
    /// An operator at our desk.
    #[must_use]
    pub fn operator(permit: &Permit<acts::ServeCallers>) -> Self {
        Self { operator: permit.member().iin.digits(), line: CallLine::Desk }
    }

    /// An operator of the contact centre's own software, as that calls him: letters, digits, dots, hyphens; no number that may
    /// be somebody's IIN.
    #[must_use]
    pub fn software(operator: &str) -> Option<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
        let fits = (1..=OPERATOR_MAX).contains(&operator.len()) && operator.chars().all(is_plain);
        let is_iin = operator.bytes().filter(u8::is_ascii_digit).count() >= 12;
        (fits && !is_iin).then(|| Self {
            // Told apart from an operator of our desk, who is known by his IIN.
            operator: format!("software:{operator}"),
            line: CallLine::Software,
        })
    }

    /// A machine that answers telephones.
    #[must_use]
    pub fn machine() -> Self {
        Self { operator: "ivr".to_owned(), line: CallLine::Ivr }
    }

    /// Over what callers are served.
    #[must_use]
    pub fn line(&self) -> CallLine {
        self.line
    }
}

/// How a request stands, as far as a caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallerState {
    /// Registered.
    Accepted,
    /// Being checked.
    Checking,
    /// The consent service has not answered.
    WaitingForConsent,
    /// The data bank has not answered.
    WaitingForDataBank,
    /// The answer lies in the cabinet; which one, nobody is told.
    Answered,
}

impl CallerState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Accepted,
        Self::Checking,
        Self::WaitingForConsent,
        Self::WaitingForDataBank,
        Self::Answered,
    ];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Checking => "checking",
            Self::WaitingForConsent => "waiting_for_consent",
            Self::WaitingForDataBank => "waiting_for_data_bank",
            Self::Answered => "answered",
        }
    }

    fn of(state: RequestState) -> Self {
        match state {
            RequestState::Accepted => Self::Accepted,
            RequestState::Checking(None) => Self::Checking,
            RequestState::Checking(Some(WaitingFor::Consent)) => Self::WaitingForConsent,
            RequestState::Checking(Some(WaitingFor::DataBank)) => Self::WaitingForDataBank,
            RequestState::Granted | RequestState::Refused => Self::Answered,
        }
    }
}

/// Everything a caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerStanding {
    /// The request.
    pub number: Number,
    /// Its state.
    pub state: CallerState,
    /// When its answer is due; none once there is one.
    pub due_at: Option<Timestamp>,
    /// Whether that has passed without one.
    pub is_overdue: bool,
}

impl CallerStanding {
    fn of(stored: &StoredRequest, now: Timestamp) -> Self {
        let state = CallerState::of(stored.state);
        let due_at = (state != CallerState::Answered).then_some(stored.clock.due_at);
        let is_overdue = due_at.is_some_and(|due_at| due_at <= now);
        Self { number: stored.number.clone(), state, due_at, is_overdue }
    }
}

/// Why a caller is told nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No number was understood.
    #[error("no number was understood")]
    Misheard(Misheard),
    /// This one was understood by a guess: it is to be read back to the caller first.
    #[error("the number is a guess")]
    Confirm(Number),
    /// The number of a document: of those nothing is told over the telephone.
    #[error("this is the number of a document and not of a request")]
    DocumentNumber,
    /// There is no request of this number.
    #[error("there is no such request")]
    NotFound,
    /// It was answered so long ago that it is no longer kept.
    #[error("the request is no longer kept")]
    Erased,
    /// The answer does not fit, or there is nothing it could fit: nobody is told which.
    #[error("the answer does not fit")]
    NoFit,
    /// Too often.
    #[error("not before {0}")]
    Wait(Timestamp),
    /// There is no answer yet of which a notice could tell.
    #[error("there is no answer yet")]
    NotReady,
    /// A report without words, or with what looks like a person's number in them.
    #[error("the words of the report are missing, too long, or hold a long number")]
    Words,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CallError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Misheard(misheard) => misheard.code(),
            Self::Confirm(_) => "confirm_number",
            Self::DocumentNumber => "document_number",
            Self::NotFound => "request_not_found",
            Self::Erased => "request_erased",
            Self::NoFit => "answer_does_not_fit",
            Self::Wait(_) => "too_often",
            Self::NotReady => "no_answer_yet",
            Self::Words => "report_words",
            Self::Store(_) => "store_unavailable",
        }
    }

    /// Codes besides those of [`Misheard`] and of the store.
    pub const CODES: [&'static str; 8] = [
        "confirm_number",
        "document_number",
        "request_not_found",
        "request_erased",
        "answer_does_not_fit",
        "too_often",
        "no_answer_yet",
        "report_words",
    ];
}

/// The number of a request in what was typed or transcribed.
fn request_number(heard: Result<Heard, Misheard>) -> Result<Number, CallError> {
    let heard = heard.map_err(CallError::Misheard)?;
    if heard.number().kind() != NumberKind::Request {
        return Err(CallError::DocumentNumber);
    }
    match heard {
        Heard::Sure(number) => Ok(number),
        Heard::Likely(number) => Err(CallError::Confirm(number)),
    }
}

impl Service {
    /// Tells a caller how the request stands whose number he said.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn told_by_number(
        &self,
        desk: &CallDesk,
        said: &str,
    ) -> Result<CallerStanding, CallError> {
        self.told_by_heard(desk, heard(said)).await
    }

    /// The same for a number already understood, as from the tones of a telephone.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn told_by_heard(
        &self,
        desk: &CallDesk,
        heard: Result<Heard, Misheard>,
    ) -> Result<CallerStanding, CallError> {
        let number = request_number(heard)?;
        let stored = self.request_of_call(&number).await?;
        let person = stored.request.applicant;
        self.act(desk, CallerActKind::ByNumber, person, Some(&number)).await?;
        Ok(CallerStanding::of(&stored, self.now()))
    }

    /// Of one that is no longer kept nothing is left to be told of anybody, but that.
    pub(crate) async fn request_of_call(
        &self,
        number: &Number,
    ) -> Result<StoredRequest, CallError> {
        match self.store().request(number).await? {
            Some(stored) => Ok(stored),
            None => match self.erased_request(number).await? {
                Some(_) => Err(CallError::Erased),
                None => Err(CallError::NotFound),
            },
        }
    }

    /// Keeps an act with its journal row.
    async fn act(
        &self,
        desk: &CallDesk,
        kind: CallerActKind,
        person: Iin,
        number: Option<&Number>,
    ) -> Result<(), CallError> {
        let at = self.now();
        let act = CallerAct {
            id: self.parts.ids.token(),
            at,
            operator: desk.operator.clone(),
            line: desk.line,
            kind,
            person,
            number: number.cloned(),
        };
        let action = match kind {
            CallerActKind::ByNumber | CallerActKind::ByQuestion => AuditAction::ToldByPhone,
            CallerActKind::WrongAnswer => AuditAction::CallerNotRecognised,
            CallerActKind::SentAgain => AuditAction::NoticeSentAgain,
        };
        let audit = AuditEvent {
            at,
            actor: Actor::ContactCentre,
            action,
            request: number.cloned(),
            subject: Some(person),
            detail: desk.line.code().to_owned(),
            evidence: String::new(),
        };
        match self.store().note_caller_act(&act, &audit).await? {
            CallerTurn::Kept => Ok(()),
            CallerTurn::Wait(until) => Err(CallError::Wait(until)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn granted_and_refused_are_one_state_to_a_caller() {
        let granted = CallerState::of(RequestState::Granted);
        assert_eq!(granted, CallerState::of(RequestState::Refused));
        for state in RequestState::ALL {
            let told = CallerState::of(state);
            assert_eq!(told == CallerState::Answered, state.is_final());
        }
    }

    #[test]
    fn a_software_names_its_operators_by_no_iin() {
        assert!(CallDesk::software("op-17@cc").is_some());
        for name in ["", "800101300016", "a b", "оператор", "x-8001-0130-0016", &"x".repeat(65)]
        {
            assert!(CallDesk::software(name).is_none(), "{name}");
        }
    }
}
