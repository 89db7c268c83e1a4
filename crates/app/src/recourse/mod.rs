//! What a person may do against an answer, or for want of one: a human review of an automated refusal, and a complaint.
//!
//! Neither changes a decision: it stays as it was made. A review ends with the decision upheld, or with the record repaired,
//! and then the person asks again with one click, which makes a new automatic decision. Every step is one transaction that only
//! adds rows; documents of answers are stored before they are sealed, as those of requests are.
//!
//! Read next: `opening.rs`, then `seat.rs` and `answering.rs` for the officials, `making.rs` for the watchdog's part;
//! `domain::recourse` for terms.

mod answering;
mod complaint;
mod making;
mod opening;
mod seat;

use domain::{
    AnswerContent, DocumentContent, Iin, Language, Number, RecourseBody, RecourseKind,
    RecourseTerm, RequestState, WorkingDays, complaint_window, recourse_term,
};
use jiff::Timestamp;

pub use answering::AnswerError;
pub use complaint::{ComplaintDocument, ComplaintError, ComplaintOrder};
pub use seat::{CaseFile, RecourseSeat, SeatAct, SeatError, WaitingRecourses};

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    AnswerKey, Notice, NoticeKind, Recourse, RecourseCase, RecourseStep, RecourseStepKind,
    StoreError, StoredNotice, StoredRequest,
};
use crate::service::Service;

/// Reviews and complaints shown of one person.
const PAGE: u32 = 100;
/// Longest text of a person or an official, in characters.
pub const RECOURSE_WORDS_MAX: usize = 3_000;
/// Draws of a number that may be taken.
const NUMBER_DRAWS: u32 = 5;

/// What a person can do about one of his requests, and has done.
#[derive(Clone, PartialEq, Eq)]
pub struct RecourseView {
    /// Whether a review of a refusal, of the whole or of a part, can be asked for.
    pub can_ask_review: bool,
    /// Until when a complaint is in time.
    pub window: RecourseTerm,
    /// Whether it would come late.
    pub is_late: bool,
    /// Reviews and complaints about it, in the order they were registered.
    pub cases: Vec<RecourseCase>,
}

impl Service {
    pub(crate) fn calendar(&self) -> &WorkingDays {
        &self.settings().working_days
    }

    /// The first year into which a term that begins today may run and whose calendar is not known.
    #[must_use]
    pub fn missing_calendar_year(&self) -> Option<i16> {
        let today = domain::astana_date(self.now());
        let last = self.calendar().after(today, domain::QUALITY_DAYS).date;
        (today.year()..=last.year()).find(|year| !self.calendar().knows(*year))
    }

    /// What a person can do about one of his requests, and has done; `None` where it is not his.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recourse_view(
        &self,
        applicant: Iin,
        request: &Number,
    ) -> Result<Option<RecourseView>, StoreError> {
        let Some(stored) = self.own_request(applicant, request).await? else { return Ok(None) };
        let cases = self.store().recourses_of(request).await?;
        let window = self.window(&stored);
        let has_review = cases.iter().any(|one| one.recourse.kind == RecourseKind::Review);
        Ok(Some(RecourseView {
            can_ask_review: !has_review && self.has_refusal(&stored).await?,
            window,
            is_late: self.now() > window.due_at,
            cases,
        }))
    }

    /// A person's own review or complaint.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn own_recourse(
        &self,
        applicant: Iin,
        number: &Number,
    ) -> Result<Option<RecourseCase>, StoreError> {
        let case = self.store().recourse(number).await?;
        Ok(case.filter(|case| case.recourse.applicant == applicant))
    }

    /// One for an API client, which acts for nobody in particular, as with requests.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recourse_for_client(
        &self,
        number: &Number,
    ) -> Result<Option<RecourseCase>, StoreError> {
        self.store().recourse(number).await
    }

    /// All about one request, for an API client; `None` where there is no such request.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recourses_for_client(
        &self,
        request: &Number,
    ) -> Result<Option<Vec<RecourseCase>>, StoreError> {
        if self.store().request(request).await?.is_none() {
            return Ok(None);
        }
        self.store().recourses_of(request).await.map(Some)
    }

    /// A person's reviews and complaints, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recourses_by(&self, applicant: Iin) -> Result<Vec<RecourseCase>, StoreError> {
        self.store().recourses_by(applicant, PAGE).await
    }

    /// The sealed answer to a person's own review or complaint; byte-identical each time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn download_answer(
        &self,
        applicant: Iin,
        number: &Number,
    ) -> Result<Option<SealedAnswer>, StoreError> {
        let Some(case) = self.own_recourse(applicant, number).await? else { return Ok(None) };
        let issued = case.step(RecourseStepKind::Issued).and_then(|step| step.document.as_ref());
        let (Some(answer), Some(digest)) = (case.answer(), issued.map(|one| &one.digest)) else {
            return Ok(None);
        };
        let bytes = self.store().answer_bytes(number, RecourseStepKind::Issued).await?;
        let bytes = bytes.ok_or(StoreError::Corrupt("an issued answer has no bytes"))?;
        let detail = answer.content.number.to_string();
        let event = self.recourse_event(
            (Actor::Applicant, AuditAction::Downloaded),
            &case.recourse,
            detail,
        );
        self.store().append_audit(&event).await?;
        Ok(Some(SealedAnswer { content: answer.content.clone(), digest: digest.clone(), bytes }))
    }

    /// The case of an issued answer, for whoever checks it.
    pub(crate) async fn checked_answer(
        &self,
        key: &AnswerKey,
    ) -> Result<Option<(Recourse, AnswerContent)>, StoreError> {
        let case = self.store().answered_recourse(key).await?;
        Ok(case.and_then(|case| {
            let content = case.answer()?.content.clone();
            Some((case.recourse, content))
        }))
    }

    /// The term of a body that has it from now on.
    pub(crate) fn term_of(&self, body: RecourseBody, since: Timestamp) -> Timestamp {
        recourse_term(body, since, self.settings().review_days, self.calendar()).due_at
    }

    /// A person's own request.
    async fn own_request(
        &self,
        applicant: Iin,
        request: &Number,
    ) -> Result<Option<StoredRequest>, StoreError> {
        let stored = self.store().request(request).await?;
        Ok(stored.filter(|stored| stored.request.applicant == applicant))
    }

    /// Whether the whole of it was refused, or wards that were named beside others.
    async fn has_refusal(&self, stored: &StoredRequest) -> Result<bool, StoreError> {
        match stored.state {
            RequestState::Refused => Ok(true),
            RequestState::Accepted | RequestState::Checking(_) => Ok(false),
            RequestState::Granted => {
                let results = self.store().results_of(&stored.number).await?;
                let is_refusal = |content: &DocumentContent| match content {
                    DocumentContent::Refusal(_) => true,
                    DocumentContent::Certificate(_) | DocumentContent::Answer(_) => false,
                };
                Ok(results.iter().any(|one| is_refusal(&one.planned.content)))
            }
        }
    }

    /// Known is an answer from the moment it lies in the cabinet, and that there is none from the end of the term on.
    fn window(&self, stored: &StoredRequest) -> RecourseTerm {
        let silent_since = stored.clock.due_at.min(self.now());
        complaint_window(stored.ended_at.unwrap_or(silent_since), self.calendar())
    }

    /// What a person is told of his reviews and complaints, as notices.
    pub(crate) async fn recourse_notices(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError> {
        let cases = self.store().recourses_by(applicant, limit).await?;
        let of_case = |case: RecourseCase| {
            let number = case.recourse.request;
            case.steps.into_iter().filter_map(move |step| {
                let notice = Notice { kind: told(step.kind)?, at: step.at };
                Some(StoredNotice { number: number.clone(), notice })
            })
        };
        Ok(cases.into_iter().flat_map(of_case).collect())
    }

    /// A journal row about a review or complaint; its number goes in front of the detail.
    pub(crate) fn recourse_event(
        &self,
        (actor, action): (Actor, AuditAction),
        recourse: &Recourse,
        detail: String,
    ) -> AuditEvent {
        AuditEvent {
            at: self.now(),
            actor,
            action,
            request: Some(recourse.request.clone()),
            subject: Some(recourse.applicant),
            detail,
            evidence: String::new(),
        }
    }
}

/// A sealed answer.
pub struct SealedAnswer {
    /// Its facts.
    pub content: AnswerContent,
    /// SHA-256 (hexadecimal) of its bytes.
    pub digest: String,
    /// The PDF.
    pub bytes: Vec<u8>,
}

fn told(kind: RecourseStepKind) -> Option<NoticeKind> {
    match kind {
        RecourseStepKind::Forwarded => Some(NoticeKind::RecourseForwarded),
        RecourseStepKind::Overdue => Some(NoticeKind::RecourseOverdue),
        RecourseStepKind::Issued => Some(NoticeKind::RecourseAnswered),
        RecourseStepKind::Opened
        | RecourseStepKind::NearlyDue
        | RecourseStepKind::Answered
        | RecourseStepKind::Intended => None,
    }
}

/// The step behind the last of a case, which changes neither body nor term.
pub(crate) fn next_step(
    case: &RecourseCase,
    kind: RecourseStepKind,
    at: Timestamp,
) -> RecourseStep {
    RecourseStep {
        recourse: case.recourse.number.clone(),
        place: u32::try_from(case.steps.len()).unwrap_or(u32::MAX),
        kind,
        at,
        body: case.body(),
        due_at: case.due_at(),
        official: None,
        words: String::new(),
        answer: None,
        document: None,
    }
}

/// The first lines a person wrote, cleaned.
pub(crate) fn words_of(text: &str) -> String {
    domain::clean_text(text).chars().take(RECOURSE_WORDS_MAX).collect()
}

/// Whether a text says anything.
pub(crate) fn says_something(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Whose language a document's check address leads to.
pub(crate) fn check_url(public_url: &str, language: Language, token: &str) -> String {
    format!("{public_url}/{}/c/{token}", language.code())
}
