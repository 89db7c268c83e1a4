//! The reviews and complaints of the store of the stage, which nobody needs to watch: they change nothing under a lease.

use app::{
    AnswerKey, AuditEvent, Recourse, RecourseCase, RecourseOpened, RecourseProof, RecourseStep,
    RecourseStepKind, Recourses, StoreError,
};
use async_trait::async_trait;
use domain::{Iin, Kato, Number, RecourseBody};

use crate::watched_store::WatchedStore;

#[async_trait]
impl Recourses for WatchedStore {
    async fn open_recourse(
        &self,
        recourse: &Recourse,
        proof: &RecourseProof,
        opened: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<RecourseOpened, StoreError> {
        self.store.open_recourse(recourse, proof, opened, audit).await
    }

    async fn add_recourse_step(
        &self,
        step: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.store.add_recourse_step(step, audit).await
    }

    async fn recourse(&self, number: &Number) -> Result<Option<RecourseCase>, StoreError> {
        self.store.recourse(number).await
    }

    async fn recourses_of(&self, request: &Number) -> Result<Vec<RecourseCase>, StoreError> {
        self.store.recourses_of(request).await
    }

    async fn recourses_by(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        self.store.recourses_by(applicant, limit).await
    }

    async fn recourses_at(
        &self,
        body: RecourseBody,
        departments: Option<&[Kato]>,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        self.store.recourses_at(body, departments, limit).await
    }

    async fn recourse_departments(&self) -> Result<Vec<Kato>, StoreError> {
        self.store.recourse_departments().await
    }

    async fn open_recourses(
        &self,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        self.store.open_recourses(after, limit).await
    }

    async fn recourse_proof(&self, number: &Number) -> Result<Option<RecourseProof>, StoreError> {
        self.store.recourse_proof(number).await
    }

    async fn answer_bytes(
        &self,
        number: &Number,
        kind: RecourseStepKind,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.answer_bytes(number, kind).await
    }

    async fn answered_recourse(&self, key: &AnswerKey) -> Result<Option<RecourseCase>, StoreError> {
        self.store.answered_recourse(key).await
    }
}
