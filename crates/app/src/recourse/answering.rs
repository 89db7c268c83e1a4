//! Answering a case, or sending a complaint on. The decision it is about stays as it is.
//!
//! Read next: `making.rs`, which makes and seals the document.

use domain::{
    AnswerContent, Number, NumberKind, RULE_VERSION, RecourseBody, RecourseKind, RecourseOutcome,
};
use jiff::Timestamp;

use super::seat::RecourseSeat;
use super::{NUMBER_DRAWS, check_url, next_step, says_something, words_of};
use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    CheckToken, PlannedAnswer, RecourseCase, RecourseStep, RecourseStepKind, StoreError,
    recourse_step_digest,
};
use crate::service::Service;

/// Why nothing was answered.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// There is no such case at this desk.
    #[error("there is no such case")]
    NotFound,
    /// It is answered or was sent on meanwhile.
    #[error("it is answered or was sent on")]
    Closed,
    /// No such outcome of such a case.
    #[error("no such outcome")]
    NoSuchOutcome,
    /// No reasons are given.
    #[error("no reasons are given")]
    NoReasons,
    /// The reasons have a character that cannot be printed.
    #[error("the reasons cannot be printed")]
    Unprintable,
    /// The same request would still be refused.
    #[error("the record is not repaired")]
    NotRepaired,
    /// It cannot be sent there.
    #[error("it cannot be sent there")]
    NoSuchBody,
    /// The store.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AnswerError {
    fn from(error: StoreError) -> Self {
        match error {
            // A step came between: whoever looks again sees it.
            StoreError::Stale => Self::Closed,
            error => Self::Store(error),
        }
    }
}

impl AnswerError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "recourse_not_found",
            Self::Closed => "recourse_closed",
            Self::NoSuchOutcome => "recourse_no_outcome",
            Self::NoReasons => "recourse_no_reasons",
            Self::Unprintable => "recourse_unprintable",
            Self::NotRepaired => "recourse_not_repaired",
            Self::NoSuchBody => "recourse_no_such_body",
            Self::Store(_) => "store_unavailable",
        }
    }
}

impl Service {
    /// Answers a case with reasons.
    ///
    /// # Errors
    /// [`AnswerError`]; then nothing was answered.
    pub async fn answer_recourse(
        &self,
        seat: &RecourseSeat,
        number: &Number,
        outcome: RecourseOutcome,
        reasons: &str,
    ) -> Result<(), AnswerError> {
        let case = self.case_to_answer(seat, number).await?;
        if outcome.kind() != case.recourse.kind {
            return Err(AnswerError::NoSuchOutcome);
        }
        let reasons = words_of(reasons);
        if !says_something(&reasons) {
            return Err(AnswerError::NoReasons);
        }
        if !self.parts.renderer.can_print(&reasons) || !self.parts.renderer.can_print(&seat.name) {
            return Err(AnswerError::Unprintable);
        }
        if outcome == RecourseOutcome::RecordRepaired {
            self.require_repaired(&case).await?;
        }
        for _ in 0..NUMBER_DRAWS {
            // An alarm may have come between: then there is still something to answer.
            let case = self.case_to_answer(seat, number).await?;
            let step = self.answered(seat, &case, outcome, &reasons).await?;
            match self.add_step(seat.actor, AuditAction::RecourseAnswered, &case, &step).await {
                Err(StoreError::NumberTaken | StoreError::Stale) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => return Ok(()),
            }
        }
        Err(StoreError::Stale.into())
    }

    /// The person is told that the record is there, with the way to ask again, before the review says so.
    async fn require_repaired(&self, case: &RecourseCase) -> Result<(), AnswerError> {
        let request = self.store().request(&case.recourse.request).await?;
        let request = request.ok_or(AnswerError::NotFound)?;
        if !self.would_be_granted(&request).await? {
            return Err(AnswerError::NotRepaired);
        }
        self.tell(&request.number).await?;
        Ok(())
    }

    /// Sends a complaint on to the body it should have gone to; its term begins anew there.
    ///
    /// # Errors
    /// [`AnswerError`]; then it stays where it is.
    pub async fn forward_complaint(
        &self,
        seat: &RecourseSeat,
        number: &Number,
        to: RecourseBody,
        words: &str,
    ) -> Result<(), AnswerError> {
        let case = self.case_to_answer(seat, number).await?;
        let is_complaint = case.recourse.kind == RecourseKind::Complaint;
        // What a body above may answer for being late is not its to send on: the term would begin anew.
        let is_turn = case.body() == seat.body;
        if !is_complaint || !is_turn || to == seat.body || !self.takes_complaints(to) {
            return Err(AnswerError::NoSuchBody);
        }
        let words = words_of(words);
        if !says_something(&words) {
            return Err(AnswerError::NoReasons);
        }
        let now = self.now();
        let step = RecourseStep {
            body: to,
            due_at: self.term_of(to, now),
            official: Some(seat.official),
            words,
            ..next_step(&case, RecourseStepKind::Forwarded, now)
        };
        let action = AuditAction::RecourseForwarded;
        self.add_step(seat.actor, action, &case, &step).await.map_err(Into::into)
    }

    async fn case_to_answer(
        &self,
        seat: &RecourseSeat,
        number: &Number,
    ) -> Result<RecourseCase, AnswerError> {
        if self.seated(seat, number).await?.is_none() {
            return Err(AnswerError::NotFound);
        }
        self.to_answer(seat, number).await?.ok_or(AnswerError::Closed)
    }

    /// A body above that answers in the place of another has its own term, from the end of the one that passed.
    fn answering_term(&self, seat: &RecourseSeat, case: &RecourseCase) -> Timestamp {
        let due_at = case.due_at();
        if case.body() == seat.body { due_at } else { self.term_of(seat.body, due_at) }
    }

    /// The answer as a step: it is the answer of whoever gave it, also where another's turn had passed.
    async fn answered(
        &self,
        seat: &RecourseSeat,
        case: &RecourseCase,
        outcome: RecourseOutcome,
        reasons: &str,
    ) -> Result<RecourseStep, StoreError> {
        let (now, recourse) = (self.now(), &case.recourse);
        let token = CheckToken(self.parts.ids.token());
        let settings = self.settings();
        let of_department = self.providers().of(&recourse.provider);
        let provider = match seat.body {
            RecourseBody::QualityControl => settings.quality_control.as_ref(),
            RecourseBody::Reviewer | RecourseBody::Head => None,
        };
        let content = AnswerContent {
            number: self.draw_number(NumberKind::Answer),
            recourse_number: recourse.number.clone(),
            request_number: recourse.request.clone(),
            body: seat.body,
            registered_at: recourse.opened_at,
            answered_at: now,
            applicant_name: recourse.asked.applicant_name.clone(),
            applicant_iin: recourse.applicant,
            outcome,
            reasons: reasons.to_owned(),
            official_name: seat.name.clone(),
            provider: provider.unwrap_or(of_department).clone(),
            check_url: check_url(&settings.public_url, recourse.asked.language, &token.0),
            rule_version: RULE_VERSION.to_owned(),
            form_version: Some(self.form_in_force(now).await?),
        };
        Ok(RecourseStep {
            body: seat.body,
            due_at: self.answering_term(seat, case),
            official: Some(seat.official),
            answer: Some(PlannedAnswer { content, token }),
            ..next_step(case, RecourseStepKind::Answered, now)
        })
    }

    /// Adds a step with its journal row, which has its digest.
    pub(super) async fn add_step(
        &self,
        actor: Actor,
        action: AuditAction,
        case: &RecourseCase,
        step: &RecourseStep,
    ) -> Result<(), StoreError> {
        let detail = format!("{} {}", case.recourse.number, step.body.code());
        let event = self.recourse_event((actor, action), &case.recourse, detail);
        let evidence = recourse_step_digest(step)?;
        let audit = AuditEvent { at: step.at, evidence, ..event };
        self.store().add_recourse_step(step, &audit).await
    }
}
