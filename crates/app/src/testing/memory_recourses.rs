//! Reviews and complaints, in memory.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::{Iin, Kato, Number, RecourseBody, RecourseKind};

use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::audit::AuditEvent;
use crate::ports::{
    AnswerKey, ErasedDocument, Recourse, RecourseCase, RecourseOpened, RecourseProof, RecourseStep,
    RecourseStepKind, Recourses, ResultKind, StoreError, erased_token, opening_digest,
    recourse_step_digest,
};

/// One with everything stored of it.
#[derive(Clone)]
pub(super) struct KeptRecourse {
    recourse: Recourse,
    proof: RecourseProof,
    steps: Vec<RecourseStep>,
}

impl KeptRecourse {
    /// As it is read: without bytes.
    fn case(&self) -> RecourseCase {
        let mut steps = self.steps.clone();
        for document in steps.iter_mut().filter_map(|step| step.document.as_mut()) {
            document.bytes = Vec::new();
        }
        RecourseCase { recourse: self.recourse.clone(), steps }
    }

    /// The request it is about.
    pub(super) fn request(&self) -> &Number {
        &self.recourse.request
    }

    /// When its answer was sealed.
    pub(super) fn made_at(&self) -> Option<jiff::Timestamp> {
        let made = self.steps.iter().find(|step| step.kind == RecourseStepKind::Issued);
        made.map(|step| step.at)
    }

    /// What is left of its answer.
    pub(super) fn erased_answer(&self) -> Option<ErasedDocument> {
        let answer = self.steps.iter().find_map(|step| step.answer.as_ref())?;
        let made = self.steps.iter().find(|step| step.kind == RecourseStepKind::Issued)?;
        Some(ErasedDocument {
            number: answer.content.number.clone(),
            kind: ResultKind::Answer,
            token_digest: erased_token(&answer.token.0),
            file_digest: made.document.as_ref()?.digest.clone(),
            annulled_at: None,
        })
    }

    fn is_made(&self) -> bool {
        self.steps.iter().any(|step| step.kind == RecourseStepKind::Issued)
    }

    fn is_answer(&self, key: &AnswerKey) -> bool {
        self.is_made()
            && self.steps.iter().any(|step| match key {
                AnswerKey::Number(number) => {
                    step.answer.as_ref().is_some_and(|one| one.content.number == *number)
                }
                AnswerKey::Token(token) => {
                    step.answer.as_ref().is_some_and(|one| one.token == *token)
                }
                AnswerKey::Digest(digest) => {
                    let is_sealed = step.kind == RecourseStepKind::Issued;
                    is_sealed && step.document.as_ref().is_some_and(|one| one.digest == *digest)
                }
            })
    }

    fn digests(&self) -> Result<Vec<String>, StoreError> {
        let mut digests = Vec::new();
        for step in &self.steps {
            digests.push(match step.place {
                0 => opening_digest(&self.recourse, &self.proof, step)?,
                _ => recourse_step_digest(step)?,
            });
        }
        Ok(digests)
    }
}

impl State {
    fn open_recourse(
        &mut self,
        recourse: &Recourse,
        proof: &RecourseProof,
        opened: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<RecourseOpened, StoreError> {
        let is_same = |kept: &&KeptRecourse| {
            let kept = &kept.recourse;
            let form = kept.applicant == recourse.applicant && kept.form_key == recourse.form_key;
            let reviews = kept.kind == RecourseKind::Review && recourse.kind == kept.kind;
            form || reviews && kept.request == recourse.request
        };
        if let Some(before) = self.recourses.iter().find(is_same) {
            return Ok(RecourseOpened::Before(before.recourse.number.clone()));
        }
        if self.recourses.iter().any(|kept| kept.recourse.number == recourse.number) {
            return Err(StoreError::NumberTaken);
        }
        if !self.requests.contains_key(&recourse.request) {
            return Err(StoreError::Corrupt("a recourse without its request"));
        }
        self.recourses.push(KeptRecourse {
            recourse: recourse.clone(),
            proof: proof.clone(),
            steps: vec![opened.clone()],
        });
        self.append(std::slice::from_ref(audit));
        Ok(RecourseOpened::New)
    }

    fn add_recourse_step(
        &mut self,
        step: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let is_taken = |planned: &crate::ports::PlannedAnswer| {
            self.recourses.iter().flat_map(|kept| &kept.steps).any(|other| {
                other.answer.as_ref().is_some_and(|one| {
                    one.token == planned.token || one.content.number == planned.content.number
                })
            })
        };
        if step.answer.as_ref().is_some_and(is_taken) {
            return Err(StoreError::NumberTaken);
        }
        let mut all = self.recourses.iter_mut();
        let kept = all.find(|kept| kept.recourse.number == step.recourse);
        let kept = kept.ok_or(StoreError::Corrupt("a step without its recourse"))?;
        if usize::try_from(step.place) != Ok(kept.steps.len()) || kept.is_made() {
            return Err(StoreError::Stale);
        }
        kept.steps.push(step.clone());
        self.append(std::slice::from_ref(audit));
        Ok(())
    }

    fn cases(
        &self,
        limit: u32,
        wanted: impl Fn(&KeptRecourse) -> bool,
        order: impl Fn(&RecourseCase) -> (bool, i64, Number),
    ) -> Vec<RecourseCase> {
        let found = self.recourses.iter().filter(|kept| wanted(kept));
        let mut cases: Vec<RecourseCase> = found.map(KeptRecourse::case).collect();
        cases.sort_by_key(|case| order(case));
        cases.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        cases
    }

    /// As in [`crate::StoredEvidence::recourses`].
    pub(super) fn recourse_digests(&self, request: &Number) -> Vec<String> {
        let of_it = self.recourses.iter().filter(|kept| kept.recourse.request == *request);
        let mut digests: Vec<String> =
            of_it.flat_map(|kept| kept.digests().unwrap_or_default()).collect();
        digests.sort_unstable();
        digests
    }
}

/// The earliest first.
fn by_opening(case: &RecourseCase) -> (bool, i64, Number) {
    let opened = case.recourse.opened_at.as_millisecond();
    (false, opened, case.recourse.number.clone())
}

#[async_trait]
impl Recourses for MemoryStore {
    async fn open_recourse(
        &self,
        recourse: &Recourse,
        proof: &RecourseProof,
        opened: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<RecourseOpened, StoreError> {
        self.write(|state| state.open_recourse(recourse, proof, opened, audit))
    }

    async fn add_recourse_step(
        &self,
        step: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(|state| state.add_recourse_step(step, audit))
    }

    async fn recourse(&self, number: &Number) -> Result<Option<RecourseCase>, StoreError> {
        let found =
            self.read(|state| state.cases(1, |kept| kept.recourse.number == *number, by_opening))?;
        Ok(found.into_iter().next())
    }

    async fn recourses_of(&self, request: &Number) -> Result<Vec<RecourseCase>, StoreError> {
        self.read(|state| {
            state.cases(u32::MAX, |kept| kept.recourse.request == *request, by_opening)
        })
    }

    async fn recourses_by(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        let newest = |case: &RecourseCase| {
            let (_, opened, number) = by_opening(case);
            (false, -opened, number)
        };
        self.read(|state| state.cases(limit, |kept| kept.recourse.applicant == applicant, newest))
    }

    async fn recourses_at(
        &self,
        body: RecourseBody,
        departments: Option<&[Kato]>,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        let is_there = |kept: &KeptRecourse| {
            let own = departments.is_none_or(|all| all.contains(&kept.recourse.provider));
            own && kept.steps.last().is_some_and(|step| step.body == body)
        };
        let by_term = |case: &RecourseCase| {
            let is_made = case.step(RecourseStepKind::Issued).is_some();
            (is_made, case.due_at().as_millisecond(), case.recourse.number.clone())
        };
        self.read(|state| state.cases(limit, is_there, by_term))
    }

    async fn recourse_departments(&self) -> Result<Vec<Kato>, StoreError> {
        self.read(|state| {
            let all = state.recourses.iter().map(|kept| kept.recourse.provider.clone());
            all.collect::<BTreeSet<Kato>>().into_iter().collect()
        })
    }

    async fn open_recourses(
        &self,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        let is_open = |kept: &KeptRecourse| {
            !kept.is_made() && after.is_none_or(|after| kept.recourse.number > *after)
        };
        let by_number = |case: &RecourseCase| (false, 0, case.recourse.number.clone());
        self.read(|state| state.cases(limit, is_open, by_number))
    }

    async fn recourse_proof(&self, number: &Number) -> Result<Option<RecourseProof>, StoreError> {
        self.read(|state| {
            let found = state.recourses.iter().find(|kept| kept.recourse.number == *number);
            found.map(|kept| kept.proof.clone())
        })
    }

    async fn answer_bytes(
        &self,
        number: &Number,
        kind: RecourseStepKind,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|state| {
            let kept = state.recourses.iter().find(|kept| kept.recourse.number == *number)?;
            let step = kept.steps.iter().find(|step| step.kind == kind)?;
            step.document.as_ref().map(|one| one.bytes.clone())
        })
    }

    async fn answered_recourse(&self, key: &AnswerKey) -> Result<Option<RecourseCase>, StoreError> {
        let found = self.read(|state| state.cases(1, |kept| kept.is_answer(key), by_opening))?;
        Ok(found.into_iter().next())
    }
}
