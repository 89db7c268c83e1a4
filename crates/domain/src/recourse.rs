//! What a person may do against an answer, or for want of one: a human review of an automated decision and a complaint; who
//! considers it, in which term, on which grounds, with which outcome.
//!
//! Terms are data of the case from its opening on, like the 30 minutes of the request. Read next: `working_days.rs`;
//! `docs/review-and-complaints.md` says which clauses were found and which were not.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock::{ASTANA_OFFSET, LegalClock, Term, astana_date};
use crate::working_days::{LastDay, WorkingDays};

/// Law on State Services, Article 25: the head of the provider answers a complaint within 5 working days from registration.
pub const HEAD_DAYS: u8 = 5;
/// Law on State Services, Article 25: the authority for assessment and control of quality answers within 15 working days.
pub const QUALITY_DAYS: u8 = 15;
/// Administrative Procedural and Process-Related Code, Article 91(4): a complaint and its case are sent on within 3 working
/// days.
pub const FORWARDING_DAYS: u8 = 3;
/// The same Code, Article 92: a complaint is filed within 3 months from the day the act became known.
const WINDOW_MONTHS: i64 = 3;
/// The last working day of a term begins so long before its end.
const NEARLY_DUE: SignedDuration = SignedDuration::from_hours(24);

/// What a person asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecourseKind {
    /// That a person reviews what a program decided (Digital Code).
    Review,
    /// That somebody above answers for it (Law on State Services, Article 25).
    Complaint,
}

impl RecourseKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Review, Self::Complaint];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Complaint => "complaint",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// Who considers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecourseBody {
    /// An authorised specialist of the department, who reviews.
    Reviewer,
    /// The head of the provider.
    Head,
    /// The authority for assessment and control of the quality of state services.
    QualityControl,
}

impl RecourseBody {
    /// Every body.
    pub const ALL: [Self; 3] = [Self::Reviewer, Self::Head, Self::QualityControl];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Reviewer => "reviewer",
            Self::Head => "head",
            Self::QualityControl => "quality_control",
        }
    }

    /// The body of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// Whether it answers in the place of another that did not in its term.
    #[must_use]
    pub fn is_above(self, other: Self) -> bool {
        match self {
            Self::Reviewer => false,
            Self::Head => other == Self::Reviewer,
            Self::QualityControl => other != Self::QualityControl,
        }
    }

    /// What is addressed to it; in the place of another it considers the other's, too.
    #[must_use]
    pub fn kind(self) -> RecourseKind {
        match self {
            Self::Reviewer => RecourseKind::Review,
            Self::Head | Self::QualityControl => RecourseKind::Complaint,
        }
    }
}

/// On what ground a complaint is made (what the state names as grounds, and one for everything else).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComplaintGround {
    /// The refusal has no ground.
    UnjustifiedRefusal,
    /// The term passed without an answer.
    TermViolated,
    /// The certificate is wrong or incomplete, or the service was given badly.
    ImproperService,
    /// More was demanded than the list allows.
    RedundantDocuments,
    /// Nothing was done where something had to be.
    Inaction,
    /// Anything else about the request.
    Other,
}

impl ComplaintGround {
    /// Every ground.
    pub const ALL: [Self; 6] = [
        Self::UnjustifiedRefusal,
        Self::TermViolated,
        Self::ImproperService,
        Self::RedundantDocuments,
        Self::Inaction,
        Self::Other,
    ];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::UnjustifiedRefusal => "unjustified_refusal",
            Self::TermViolated => "term_violated",
            Self::ImproperService => "improper_service",
            Self::RedundantDocuments => "redundant_documents",
            Self::Inaction => "inaction",
            Self::Other => "other",
        }
    }

    /// The ground of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecourseOutcome {
    /// Review: the decision was right.
    Upheld,
    /// Review: the record is entered or repaired by now, so that the same request would be granted.
    RecordRepaired,
    /// Complaint: well-founded as a whole.
    Satisfied,
    /// Complaint: well-founded in part.
    PartlySatisfied,
    /// Complaint: not well-founded.
    Rejected,
}

impl RecourseOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [
        Self::Upheld,
        Self::RecordRepaired,
        Self::Satisfied,
        Self::PartlySatisfied,
        Self::Rejected,
    ];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::RecordRepaired => "record_repaired",
            Self::Satisfied => "satisfied",
            Self::PartlySatisfied => "partly_satisfied",
            Self::Rejected => "rejected",
        }
    }

    /// The outcome of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// Whose outcome it is.
    #[must_use]
    pub fn kind(self) -> RecourseKind {
        match self {
            Self::Upheld | Self::RecordRepaired => RecourseKind::Review,
            Self::Satisfied | Self::PartlySatisfied | Self::Rejected => RecourseKind::Complaint,
        }
    }
}

/// Until when a body must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecourseTerm {
    /// Last moment of a timely answer: the end of the last working day in Astana.
    pub due_at: Timestamp,
    /// Whether the official calendar of every year counted through is known.
    pub is_certain: bool,
}

/// The term of a body that has it since a moment. That of a review the law was not found to say: the operator sets it.
#[must_use]
pub fn recourse_term(
    body: RecourseBody,
    since: Timestamp,
    review_days: u8,
    calendar: &WorkingDays,
) -> RecourseTerm {
    let days = match body {
        RecourseBody::Reviewer => review_days,
        RecourseBody::Head => HEAD_DAYS,
        RecourseBody::QualityControl => QUALITY_DAYS,
    };
    end_of(calendar.after(astana_date(since), days))
}

/// Until when a complaint that went to the wrong body is sent on.
#[must_use]
pub fn forwarding_term(since: Timestamp, calendar: &WorkingDays) -> RecourseTerm {
    end_of(calendar.after(astana_date(since), FORWARDING_DAYS))
}

/// Until when a complaint about what became known at a moment is in time. One that comes later is accepted all the same
/// (Article 92): whether its term is restored, who considers it decides by the reason given.
#[must_use]
pub fn complaint_window(known_at: Timestamp, calendar: &WorkingDays) -> RecourseTerm {
    let known_on = astana_date(known_at);
    let day = known_on.checked_add(Span::new().months(WINDOW_MONTHS)).unwrap_or(known_on);
    // Civil Code, Article 175: a term that ends on a day off ends on the next working day.
    end_of(calendar.first_from(day))
}

/// Article 91(2): from the end of the term the body is deemed to have refused.
#[must_use]
pub fn is_deemed_refused(opened_at: Timestamp, due_at: Timestamp, now: Timestamp) -> bool {
    LegalClock { accepted_at: opened_at, due_at }.term_at(now) == Term::Exceeded
}

/// Whether the last day of a term has begun.
#[must_use]
pub fn is_nearly_due(due_at: Timestamp, now: Timestamp) -> bool {
    due_at.duration_since(now) <= NEARLY_DUE
}

fn end_of(last: LastDay) -> RecourseTerm {
    RecourseTerm { due_at: last_moment(last.date), is_certain: last.is_certain }
}

fn last_moment(day: Date) -> Timestamp {
    let end = day.to_datetime(Time::constant(23, 59, 59, 999_000_000));
    ASTANA_OFFSET.to_timestamp(end).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn each_body_has_its_own_term_to_the_end_of_a_working_day_in_astana() {
        let calendar = WorkingDays::default();
        // Monday in Kazakhstan.
        let since = at("2026-11-23T10:00:00Z");
        for (body, end) in [
            (RecourseBody::Reviewer, "2026-12-02T18:59:59.999Z"),
            (RecourseBody::Head, "2026-11-30T18:59:59.999Z"),
            (RecourseBody::QualityControl, "2026-12-14T18:59:59.999Z"),
        ] {
            assert_eq!(recourse_term(body, since, 7, &calendar).due_at, at(end), "{body:?}");
        }
        assert_eq!(forwarding_term(since, &calendar).due_at, at("2026-11-26T18:59:59.999Z"));
    }

    #[test]
    fn what_comes_in_the_evening_is_of_the_next_day_in_astana() {
        let calendar = WorkingDays::default();
        let evening = recourse_term(RecourseBody::Head, at("2026-11-23T19:30:00Z"), 5, &calendar);
        assert_eq!(evening.due_at, at("2026-12-01T18:59:59.999Z"));
    }

    #[test]
    fn the_window_is_three_months_and_ends_on_a_working_day() {
        let calendar = WorkingDays::default();
        let window = complaint_window(at("2026-08-22T10:00:00Z"), &calendar);
        assert_eq!(window.due_at, at("2026-11-23T18:59:59.999Z"), "22 November is a Sunday");
        let short_month = complaint_window(at("2026-11-30T10:00:00Z"), &calendar);
        assert_eq!(short_month.due_at, at("2027-03-01T18:59:59.999Z"), "28 February is a Sunday");
    }

    #[test]
    fn past_the_term_the_body_is_deemed_to_have_refused() {
        let (opened, due) = (at("2026-11-23T10:00:00Z"), at("2026-11-30T18:59:59.999Z"));
        assert!(!is_deemed_refused(opened, due, due));
        assert!(is_deemed_refused(opened, due, at("2026-11-30T19:00:00Z")));
        assert!(!is_nearly_due(due, at("2026-11-29T18:59:59Z")));
        assert!(is_nearly_due(due, at("2026-11-29T19:00:00Z")));
    }

    #[test]
    fn who_is_above_whom_is_an_order() {
        use RecourseBody::{Head, QualityControl, Reviewer};
        let above: Vec<_> = RecourseBody::ALL
            .into_iter()
            .flat_map(|one| RecourseBody::ALL.map(|other| (one, other)))
            .filter(|(one, other)| one.is_above(*other))
            .collect();
        assert_eq!(above, [(Head, Reviewer), (QualityControl, Reviewer), (QualityControl, Head)]);
    }

    #[test]
    fn words_lead_back_to_what_they_name() {
        assert!(RecourseKind::ALL.iter().all(|one| RecourseKind::parse(one.code()) == Some(*one)));
        assert!(RecourseBody::ALL.iter().all(|one| RecourseBody::parse(one.code()) == Some(*one)));
        assert!(
            ComplaintGround::ALL.iter().all(|one| ComplaintGround::parse(one.code()) == Some(*one))
        );
        assert!(
            RecourseOutcome::ALL.iter().all(|one| RecourseOutcome::parse(one.code()) == Some(*one))
        );
    }

    proptest! {
        #[test]
        fn a_term_ends_behind_its_beginning_and_a_longer_one_not_before(minutes in 0_i64..2_000_000, days in 1_u8..30) {
            let calendar = WorkingDays::default();
            let since = at("2025-01-01T00:00:00Z").checked_add(SignedDuration::from_mins(minutes)).unwrap();
            let of = |body, days| recourse_term(body, since, days, &calendar).due_at;
            prop_assert!(of(RecourseBody::Reviewer, days) > since);
            prop_assert!(of(RecourseBody::Reviewer, days) < of(RecourseBody::Reviewer, days + 1));
            prop_assert!(of(RecourseBody::Head, days) < of(RecourseBody::QualityControl, days));
            prop_assert!(complaint_window(since, &calendar).due_at > of(RecourseBody::QualityControl, days));
        }
    }
}
