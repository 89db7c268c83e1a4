//! What those who answer callers (1414 and other help desks) do, kept: whose request was looked up, which answers to
//! call-back questions were wrong, which notices were sent again, which faults were reported.
//!
//! How often something may be done is said here, by [`CallerAct::must_wait`]; a store brings what it has within its
//! transaction and writes down only what may be. Read next: `../callers/mod.rs`.

use std::fmt;

use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::{SignedDuration, Timestamp};

use super::records::Hidden;
use super::store::StoreError;
use crate::audit::AuditEvent;

/// Wrong answers for one person taken from one operator within [`WRONG_SPAN`].
pub const WRONG_MAX: usize = 3;
/// The time they are counted in, and wrong answers of an operator for everybody.
pub const WRONG_SPAN: SignedDuration = SignedDuration::from_hours(1);
/// Wrong answers for one person within [`DAY`], whoever asked.
pub const WRONG_OF_PERSON_MAX: usize = 6;
/// Wrong answers taken from one operator within [`WRONG_SPAN`], for whomever.
pub const WRONG_OF_OPERATOR_MAX: usize = 30;
/// Times the notice of one request is sent again within [`DAY`].
pub const SENT_AGAIN_MAX: usize = 3;
/// Between two of them.
pub const SENT_AGAIN_PAUSE: SignedDuration = SignedDuration::from_mins(10);
/// A day.
pub const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Over what a caller was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallLine {
    /// An operator at our desk.
    Desk,
    /// The contact centre's own software.
    Software,
    /// A machine that answers telephones.
    Ivr,
}

impl CallLine {
    /// Every line.
    pub const ALL: [Self; 3] = [Self::Desk, Self::Software, Self::Ivr];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Desk => "1414_desk",
            Self::Software => "1414_software",
            Self::Ivr => "1414_ivr",
        }
    }

    /// The line of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|line| line.code() == code)
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerActKind {
    /// A request was looked up by its number.
    ByNumber,
    /// By IIN, and the caller answered rightly.
    ByQuestion,
    /// The caller's answer was wrong, or there was nothing to ask about: nobody can tell which.
    WrongAnswer,
    /// The person was told again that his answer is ready.
    SentAgain,
}

impl CallerActKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::ByNumber, Self::ByQuestion, Self::WrongAnswer, Self::SentAgain];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ByNumber => "by_number",
            Self::ByQuestion => "by_question",
            Self::WrongAnswer => "wrong_answer",
            Self::SentAgain => "sent_again",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Something done for a caller.
#[derive(Clone, PartialEq, Eq)]
pub struct CallerAct {
    /// Random identifier.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who served: IIN of an operator, or what the software calls him. The person is never told it.
    pub operator: String,
    /// Over what.
    pub line: CallLine,
    /// What.
    pub kind: CallerActKind,
    /// About whose data.
    pub person: Iin,
    /// Which request; none where the answer was wrong.
    pub number: Option<Number>,
}

impl fmt::Debug for CallerAct {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CallerAct")
            .field("at", &self.at)
            .field("operator", &Hidden)
            .field("line", &self.line)
            .field("kind", &self.kind)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// An act before, as a store counts it: one about the same person, or of the same operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierAct {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: CallerActKind,
    /// Whether it was about the same person.
    pub is_same_person: bool,
    /// Whether it was the same operator.
    pub is_same_operator: bool,
    /// Which request.
    pub number: Option<Number>,
}

impl CallerAct {
    /// Acts before this moment count no more.
    #[must_use]
    pub fn counts_since(&self) -> Timestamp {
        self.at.checked_sub(DAY).unwrap_or(Timestamp::MIN)
    }

    /// Until when this may not be done, given what was done before; `None` where it may. An answer is judged alike whether it
    /// is right or wrong, so that nobody learns which it would have been.
    #[must_use]
    pub fn must_wait(&self, earlier: &[EarlierAct]) -> Option<Timestamp> {
        let until = match self.kind {
            CallerActKind::ByNumber => None,
            CallerActKind::ByQuestion | CallerActKind::WrongAnswer => wait_for_answer(earlier),
            CallerActKind::SentAgain => self.wait_for_sending(earlier),
        };
        until.filter(|until| *until > self.at)
    }

    fn wait_for_sending(&self, earlier: &[EarlierAct]) -> Option<Timestamp> {
        let sent = moments(earlier, |one| {
            one.kind == CallerActKind::SentAgain && one.number == self.number
        });
        full(&sent, SENT_AGAIN_MAX, DAY).max(full(&sent, 1, SENT_AGAIN_PAUSE))
    }
}

fn wait_for_answer(earlier: &[EarlierAct]) -> Option<Timestamp> {
    let wrong = |fits: fn(&EarlierAct) -> bool| {
        moments(earlier, |one| one.kind == CallerActKind::WrongAnswer && fits(one))
    };
    let of_both = wrong(|one| one.is_same_person && one.is_same_operator);
    let of_person = wrong(|one| one.is_same_person);
    let of_operator = wrong(|one| one.is_same_operator);
    full(&of_both, WRONG_MAX, WRONG_SPAN).max(full(&of_person, WRONG_OF_PERSON_MAX, DAY)).max(full(
        &of_operator,
        WRONG_OF_OPERATOR_MAX,
        WRONG_SPAN,
    ))
}

/// Newest first.
fn moments(earlier: &[EarlierAct], fits: impl Fn(&EarlierAct) -> bool) -> Vec<Timestamp> {
    let mut moments: Vec<Timestamp> =
        earlier.iter().filter(|one| fits(one)).map(|one| one.at).collect();
    moments.sort_unstable_by(|one, other| other.cmp(one));
    moments
}

/// When fewer than so many will lie within the span.
fn full(newest_first: &[Timestamp], most: usize, span: SignedDuration) -> Option<Timestamp> {
    newest_first.get(most.checked_sub(1)?)?.checked_add(span).ok()
}

/// What became of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerTurn {
    /// It is kept.
    Kept,
    /// Too often: nothing was kept, and nothing may be done before this moment.
    Wait(Timestamp),
}

/// What a reported fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultReportKind {
    /// Signing in.
    SignIn,
    /// Signing with NCALayer or a telephone.
    Signing,
    /// The form of a request.
    Request,
    /// The answer, its time.
    Answer,
    /// A document: downloading, opening.
    Document,
    /// The check by third parties.
    Check,
    /// A message that did not come.
    Message,
    /// Anything else.
    Other,
}

impl FaultReportKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::SignIn,
        Self::Signing,
        Self::Request,
        Self::Answer,
        Self::Document,
        Self::Check,
        Self::Message,
        Self::Other,
    ];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Signing => "signing",
            Self::Request => "request",
            Self::Answer => "answer",
            Self::Document => "document",
            Self::Check => "check",
            Self::Message => "message",
            Self::Other => "other",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A fault that a caller told of. It holds no personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct FaultReport {
    /// Random identifier.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who wrote it down, as in [`CallerAct::operator`].
    pub operator: String,
    /// Over what.
    pub line: CallLine,
    /// About what.
    pub kind: FaultReportKind,
    /// In the operator's words.
    pub words: String,
}

/// Keeps what is done for callers.
#[async_trait]
pub trait CallerDesk: Send + Sync {
    /// Keeps an act with its journal entry, where [`CallerAct::must_wait`] lets it be. Of parallel calls about one person or of
    /// one operator each sees what the one before wrote.
    async fn note_caller_act(
        &self,
        act: &CallerAct,
        audit: &AuditEvent,
    ) -> Result<CallerTurn, StoreError>;

    /// When requests of a person were told of again, newest first.
    async fn notices_sent_again(
        &self,
        person: Iin,
        limit: u32,
    ) -> Result<Vec<(Number, Timestamp)>, StoreError>;

    /// Keeps a report, with its journal entry.
    async fn put_fault_report(
        &self,
        report: &FaultReport,
        audit: &AuditEvent,
    ) -> Result<(), StoreError>;

    /// Reports since a moment, newest first.
    async fn fault_reports(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<FaultReport>, StoreError>;

    /// How many there are of each kind since a moment; a kind without any is left out.
    async fn fault_counts(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(FaultReportKind, u64)>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::{iin, moment};

    fn act(kind: CallerActKind, seconds: i64) -> CallerAct {
        CallerAct {
            id: String::new(),
            at: moment(seconds),
            operator: "o".to_owned(),
            line: CallLine::Desk,
            kind,
            person: iin(1),
            number: None,
        }
    }

    fn wrong(seconds: i64, is_same_person: bool, is_same_operator: bool) -> EarlierAct {
        let (at, kind) = (moment(seconds), CallerActKind::WrongAnswer);
        EarlierAct { at, kind, is_same_person, is_same_operator, number: None }
    }

    #[test]
    fn three_wrong_answers_about_one_person_stop_an_operator_for_an_hour_and_six_everybody_for_a_day()
     {
        let answer = |seconds| act(CallerActKind::ByQuestion, seconds);
        let both: Vec<_> = (0..3).map(|at| wrong(at, true, true)).collect();
        assert_eq!(answer(10).must_wait(&both[..2]), None);
        assert_eq!(answer(10).must_wait(&both), Some(moment(3_600)));
        assert_eq!(act(CallerActKind::WrongAnswer, 10).must_wait(&both), Some(moment(3_600)));
        assert_eq!(answer(3_600).must_wait(&both), None);
        let person: Vec<_> = (0..6).map(|at| wrong(at, true, at == 0)).collect();
        assert_eq!(answer(10).must_wait(&person), Some(moment(86_400)));
        let operator: Vec<_> = (0..30).map(|at| wrong(at, false, true)).collect();
        assert_eq!(answer(40).must_wait(&operator), Some(moment(3_600)));
        assert_eq!(act(CallerActKind::ByNumber, 40).must_wait(&operator), None);
    }

    #[test]
    fn a_notice_is_sent_again_after_a_pause_and_three_times_a_day() {
        let sent =
            |seconds| EarlierAct { kind: CallerActKind::SentAgain, ..wrong(seconds, true, true) };
        let again = |seconds| act(CallerActKind::SentAgain, seconds);
        assert_eq!(again(10).must_wait(&[sent(0)]), Some(moment(600)));
        assert_eq!(again(600).must_wait(&[sent(0)]), None);
        let day = [sent(0), sent(600), sent(1_200)];
        assert_eq!(again(5_000).must_wait(&day), Some(moment(86_400)));
    }
}
