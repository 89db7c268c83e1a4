//! Officials at reviews and complaints: which they see, and one case with everything the decision used, after they said what
//! for.
//!
//! A reviewer and a head see their department's, the authority for quality the whole republic's. Past the term of a review the
//! head and the authority see it, too. What is another's is not there. Read next: `answering.rs`.

use domain::{Iin, Kato, Number, RecourseBody, RecourseKind, forwarding_term, is_deemed_refused};
use jiff::Timestamp;

use crate::asked_again::AskedAgain;
use crate::audit::{Actor, AuditRow};
use crate::cabinet::ResultView;
use crate::ports::{
    LookWay, RecordLook, RecourseCase, RecourseProof, RecourseStepKind, StoreError, StoredRequest,
    Workplace,
};
use crate::records::{LookError, purpose_of};
use crate::replay::Replayed;
use crate::service::Service;
use crate::staff::{Act, Permit, Territory, acts};

/// Cases on a list.
const LIST_MAX: u32 = 200;

/// An official at the desk of a body.
#[derive(Clone, PartialEq, Eq)]
pub struct RecourseSeat {
    pub(super) official: Iin,
    pub(super) actor: Actor,
    pub(super) name: String,
    pub(super) body: RecourseBody,
    pub(super) workplace: Workplace,
    /// `None` where the whole republic is his.
    pub(super) department: Option<Kato>,
}

/// Everything about one case.
pub struct CaseFile {
    /// The case.
    pub case: RecourseCase,
    /// What proves that the person stands by it.
    pub proof: RecourseProof,
    /// The request it is about.
    pub request: StoredRequest,
    /// What was answered.
    pub results: Vec<ResultView>,
    /// The decision, made again from what is stored with it.
    pub replayed: Replayed,
    /// The request's whole story, the oldest row first.
    pub story: Vec<AuditRow>,
    /// Whether the official can answer it: others only see that it is late.
    pub can_answer: bool,
    /// Until when a complaint is to be sent on, where it went to the wrong body.
    pub forward_until: Timestamp,
    /// What the same request would come to now.
    pub asked_again: AskedAgain,
}

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub enum SeatError {
    /// No purpose was told.
    #[error("no purpose is told")]
    NoPurpose,
    /// There is no such case at this desk.
    #[error("there is no such case")]
    NotFound,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SeatError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoPurpose => "no_purpose",
            Self::NotFound => "recourse_not_found",
            Self::Store(_) => "store_unavailable",
        }
    }
}

/// An act that seats somebody at the desk of a body.
pub trait SeatAct: Act {
    /// The body.
    const BODY: RecourseBody;
}

impl SeatAct for acts::ReviewRefusals {
    const BODY: RecourseBody = RecourseBody::Reviewer;
}

impl SeatAct for acts::AnswerComplaints {
    const BODY: RecourseBody = RecourseBody::Head;
}

impl SeatAct for acts::AnswerQualityComplaints {
    const BODY: RecourseBody = RecourseBody::QualityControl;
}

impl RecourseSeat {
    /// The seat of somebody who may sit there.
    #[must_use]
    pub fn of<A: SeatAct>(permit: &Permit<A>) -> Self {
        let member = permit.member();
        Self {
            official: member.iin,
            actor: permit.actor(),
            name: member.name.clone(),
            body: A::BODY,
            workplace: member.workplace.clone(),
            department: match permit.territory() {
                Territory::Republic => None,
                Territory::Of(kato) => Some(kato),
            },
        }
    }

    /// The body the official sits for.
    #[must_use]
    pub fn body(&self) -> RecourseBody {
        self.body
    }

    fn departments(&self) -> Option<&[Kato]> {
        self.department.as_ref().map(std::slice::from_ref)
    }

    /// Whether it is his to answer.
    fn answers(&self, case: &RecourseCase) -> bool {
        let own = self.department.as_ref().is_none_or(|kato| *kato == case.recourse.provider);
        own && case.body() == self.body && case.answer().is_none()
    }
}

impl Service {
    /// Cases of a kind at an official's desk: what waits first, by its term.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recourses_at(
        &self,
        seat: &RecourseSeat,
        kind: RecourseKind,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        let (store, departments) = (self.store(), seat.departments());
        let mut cases = Vec::new();
        for body in RecourseBody::ALL.into_iter().filter(|body| body.kind() == kind) {
            if body == seat.body {
                cases.extend(store.recourses_at(body, departments, LIST_MAX).await?);
            } else if sees_late(seat.body, body) {
                let of_body = store.recourses_at(body, departments, LIST_MAX).await?;
                cases.extend(of_body.into_iter().filter(|case| self.is_late(case)));
            }
        }
        Ok(cases)
    }

    /// How many of them wait for an answer. A number shows nobody, so it is no look.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waiting_recourses(
        &self,
        seat: &RecourseSeat,
        kind: RecourseKind,
    ) -> Result<usize, StoreError> {
        let cases = self.recourses_at(seat, kind).await?;
        Ok(cases.iter().filter(|case| case.answer().is_none()).count())
    }

    /// Whether the term has passed without an answer.
    #[must_use]
    pub fn is_late(&self, case: &RecourseCase) -> bool {
        let now = case.answer().map_or_else(|| self.now(), |one| one.content.answered_at);
        is_deemed_refused(case.recourse.opened_at, case.due_at(), now)
    }

    /// A case at an official's desk; as if it did not exist where it is another's.
    pub(super) async fn seated(
        &self,
        seat: &RecourseSeat,
        number: &Number,
    ) -> Result<Option<RecourseCase>, StoreError> {
        let Some(case) = self.store().recourse(number).await? else { return Ok(None) };
        let own = seat.department.as_ref().is_none_or(|kato| *kato == case.recourse.provider);
        // Whoever sent it on still sees what became of it.
        let had_it = case.steps.iter().any(|step| step.body == seat.body);
        let is_late = sees_late(seat.body, case.body()) && self.is_late(&case);
        Ok((own && (had_it || is_late)).then_some(case))
    }

    /// Whether a case is at an official's desk.
    ///
    /// # Errors
    /// [`SeatError`].
    pub async fn find_recourse(
        &self,
        seat: &RecourseSeat,
        number: &Number,
    ) -> Result<RecourseKind, SeatError> {
        let case = self.seated(seat, number).await?.ok_or(SeatError::NotFound)?;
        Ok(case.recourse.kind)
    }

    /// One case with everything about it. The look stands in the journal first, where the person sees it.
    ///
    /// # Errors
    /// [`SeatError`].
    pub async fn case_file(
        &self,
        seat: &RecourseSeat,
        number: &Number,
        purpose: &str,
    ) -> Result<CaseFile, SeatError> {
        let purpose = purpose_of(purpose).map_err(|error| match error {
            LookError::Store(error) => SeatError::Store(error),
            _ => SeatError::NoPurpose,
        })?;
        let case = self.seated(seat, number).await?.ok_or(SeatError::NotFound)?;
        self.note_case(seat, &case, purpose).await?;
        let request = self.store().request(&case.recourse.request).await?;
        let request = request.ok_or(StoreError::Corrupt("a recourse without its request"))?;
        let proof = self.store().recourse_proof(number).await?;
        Ok(CaseFile {
            proof: proof.ok_or(StoreError::Corrupt("a recourse without its text"))?,
            results: self.issued(&request.number).await?,
            replayed: self.replay(&request.number).await?,
            story: self.store().audit_of(&request.number).await?,
            can_answer: seat.answers(&case),
            forward_until: forwarding_term(case.arrived_at(), self.calendar()).due_at,
            asked_again: self.asked_again(&request).await?,
            request,
            case,
        })
    }

    async fn note_case(
        &self,
        seat: &RecourseSeat,
        case: &RecourseCase,
        purpose: String,
    ) -> Result<(), StoreError> {
        let look = RecordLook {
            id: self.parts.ids.token(),
            at: self.now(),
            actor: seat.actor,
            officer: seat.official,
            workplace: seat.workplace.clone(),
            way: LookWay::Recourse,
            purpose,
            request: Some(case.recourse.request.clone()),
        };
        self.desk().note_look(&look, &[case.recourse.applicant]).await
    }

    /// A case that this official may answer or send on now.
    pub(super) async fn to_answer(
        &self,
        seat: &RecourseSeat,
        number: &Number,
    ) -> Result<Option<RecourseCase>, StoreError> {
        let case = self.seated(seat, number).await?;
        Ok(case
            .filter(|case| seat.answers(case) && case.step(RecourseStepKind::Answered).is_none()))
    }
}

/// Whether a body sees what another did not answer in its term.
fn sees_late(seat: RecourseBody, other: RecourseBody) -> bool {
    match seat {
        RecourseBody::Reviewer => false,
        RecourseBody::Head => other == RecourseBody::Reviewer,
        RecourseBody::QualityControl => other != RecourseBody::QualityControl,
    }
}
