//! Officials at reviews and complaints: which they see, and one case with everything the decision used, after they said what
//! for.
//!
//! A reviewer and a head see their department's, the authority for quality the whole republic's. Past a term the bodies above
//! see the case, too, and may answer it; until one of them does, the body below still may. A case is a matter of today's
//! department, as requests are. What is another's is not there. Read next: `answering.rs`.

use std::collections::BTreeSet;

use domain::{
    Answer, DocumentContent, Iin, Kato, Number, RecourseBody, RecourseKind, forwarding_term,
    is_deemed_refused,
};
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
    pub(super) territory: Territory,
}

/// How many cases wait for an answer at an official's desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitingRecourses {
    /// All of them.
    pub count: usize,
    /// Of these past their term.
    pub late: usize,
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
    /// Whether the official can answer it.
    pub can_answer: bool,
    /// Whether he would answer in the place of a body that did not in its term.
    pub in_place_of: Option<RecourseBody>,
    /// Whether he can send it on: only whose turn it is.
    pub can_forward: bool,
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
            territory: permit.territory(),
        }
    }

    /// The body the official sits for.
    #[must_use]
    pub fn body(&self) -> RecourseBody {
        self.body
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
        let mut cases = self.all_recourses_at(seat).await?;
        cases.retain(|case| case.recourse.kind == kind);
        Ok(cases)
    }

    async fn all_recourses_at(&self, seat: &RecourseSeat) -> Result<Vec<RecourseCase>, StoreError> {
        let departments = self.departments_of(seat).await?;
        let mut cases = Vec::new();
        for body in RecourseBody::ALL {
            let is_own = body == seat.body;
            if is_own || seat.body.is_above(body) {
                let departments = departments.as_deref();
                let of_body = self.store().recourses_at(body, departments, LIST_MAX).await?;
                cases.extend(of_body.into_iter().filter(|case| is_own || self.is_late(case)));
            }
        }
        cases.sort_by_key(|case| (case.answer().is_some(), case.due_at()));
        Ok(cases)
    }

    /// The codes whose cases are a matter of the seat's territory today; `None` where the whole republic is.
    async fn departments_of(&self, seat: &RecourseSeat) -> Result<Option<Vec<Kato>>, StoreError> {
        if seat.territory == Territory::Republic {
            return Ok(None);
        }
        let mut departments = self.store().recourse_departments().await?;
        departments.retain(|kato| self.belongs_to(kato, &seat.territory));
        Ok(Some(departments))
    }

    /// How many wait for an answer, reviews and complaints together. A number shows nobody, so it is no look.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waiting_recourses(
        &self,
        seat: &RecourseSeat,
    ) -> Result<WaitingRecourses, StoreError> {
        let mut waiting = self.all_recourses_at(seat).await?;
        waiting.retain(|case| case.answer().is_none());
        let late = waiting.iter().filter(|case| self.is_late(case)).count();
        Ok(WaitingRecourses { count: waiting.len(), late })
    }

    /// Whether the term of the body it came to has passed without an answer.
    #[must_use]
    pub fn is_late(&self, case: &RecourseCase) -> bool {
        let now = case.answer().map_or_else(|| self.now(), |one| one.content.answered_at);
        is_deemed_refused(case.recourse.opened_at, case.first_due_at(), now)
    }

    /// The body in whose place an official may answer, because it did not in its term.
    fn in_place_of(&self, seat: &RecourseSeat, case: &RecourseCase) -> Option<RecourseBody> {
        let is_above = seat.body.is_above(case.body()) && self.takes_complaints(seat.body);
        (is_above && self.is_late(case)).then(|| case.body())
    }

    /// Whether it is an official's to answer.
    fn answers(&self, seat: &RecourseSeat, case: &RecourseCase) -> bool {
        let own = self.belongs_to(&case.recourse.provider, &seat.territory);
        let turn = case.body() == seat.body || self.in_place_of(seat, case).is_some();
        own && turn && case.answer().is_none()
    }

    /// A case at an official's desk; as if it did not exist where it is another's.
    pub(super) async fn seated(
        &self,
        seat: &RecourseSeat,
        number: &Number,
    ) -> Result<Option<RecourseCase>, StoreError> {
        let Some(case) = self.store().recourse(number).await? else { return Ok(None) };
        let own = self.belongs_to(&case.recourse.provider, &seat.territory);
        // Whoever sent it on still sees what became of it.
        let had_it = case.steps.iter().any(|step| step.body == seat.body);
        let is_late = seat.body.is_above(case.body()) && self.is_late(&case);
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
        let request = self.store().request(&case.recourse.request).await?;
        let request = request.ok_or(StoreError::Corrupt("a recourse without its request"))?;
        let results = self.issued(&request.number).await?;
        let replayed = self.replay(&request.number).await?;
        let subjects = subjects_of(&case, &results, &replayed);
        self.note_case(seat, &case, purpose, &subjects).await?;
        let proof = self.store().recourse_proof(number).await?;
        let can_answer = self.answers(seat, &case);
        let is_complaint = case.recourse.kind == RecourseKind::Complaint;
        Ok(CaseFile {
            proof: proof.ok_or(StoreError::Corrupt("a recourse without its text"))?,
            results,
            replayed,
            story: self.store().audit_of(&request.number).await?,
            can_answer,
            in_place_of: self.in_place_of(seat, &case).filter(|_| can_answer),
            can_forward: can_answer && is_complaint && case.body() == seat.body,
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
        subjects: &[Iin],
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
        self.desk().note_look(&look, subjects).await
    }

    /// A case that this official may answer or send on now.
    pub(super) async fn to_answer(
        &self,
        seat: &RecourseSeat,
        number: &Number,
    ) -> Result<Option<RecourseCase>, StoreError> {
        let case = self.seated(seat, number).await?;
        Ok(case.filter(|case| {
            self.answers(seat, case) && case.step(RecourseStepKind::Answered).is_none()
        }))
    }
}

/// Whose data a case shows: the applicant's, and those of the children in the evidence and in the certificates.
fn subjects_of(case: &RecourseCase, results: &[ResultView], replayed: &Replayed) -> Vec<Iin> {
    let certified = results.iter().filter_map(|one| match &one.content {
        DocumentContent::Certificate(certificate) => certificate.ward_iin,
        DocumentContent::Refusal(_) | DocumentContent::Answer(_) => None,
    });
    let record = match replayed {
        Replayed::Same(stored) | Replayed::Different { stored, .. } => &stored.evidence.data_bank,
        Replayed::Unknown | Replayed::Undecided | Replayed::Erased => &None,
    };
    let recorded = match record {
        Some(Answer::Known(record)) => record.wards.as_slice(),
        Some(Answer::Absent | Answer::Unavailable) | None => &[],
    };
    let recorded = recorded.iter().filter_map(|one| one.ward.iin);
    let all = std::iter::once(case.recourse.applicant).chain(certified).chain(recorded);
    all.collect::<BTreeSet<_>>().into_iter().collect()
}
