//! The reviews and complaints of an intercepted store.

use async_trait::async_trait;
use domain::{Iin, Kato, Number, RecourseBody};

use super::intercepted::{Intercepted, Interceptor};
use crate::audit::AuditEvent;
use crate::ports::{
    AnswerKey, Recourse, RecourseCase, RecourseOpened, RecourseProof, RecourseStep,
    RecourseStepKind, Recourses, StoreError,
};

#[async_trait]
impl<I: Interceptor> Recourses for Intercepted<I> {
    async fn open_recourse(
        &self,
        recourse: &Recourse,
        proof: &RecourseProof,
        opened: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<RecourseOpened, StoreError> {
        let call = self.store.open_recourse(recourse, proof, opened, audit);
        self.around("open_recourse", call).await
    }

    async fn add_recourse_step(
        &self,
        step: &RecourseStep,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let call = self.store.add_recourse_step(step, audit);
        self.around("add_recourse_step", call).await
    }

    async fn recourse(&self, number: &Number) -> Result<Option<RecourseCase>, StoreError> {
        let call = self.store.recourse(number);
        self.around("recourse", call).await
    }

    async fn recourses_of(&self, request: &Number) -> Result<Vec<RecourseCase>, StoreError> {
        let call = self.store.recourses_of(request);
        self.around("recourses_of", call).await
    }

    async fn recourses_by(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        let call = self.store.recourses_by(applicant, limit);
        self.around("recourses_by", call).await
    }

    async fn recourses_at(
        &self,
        body: RecourseBody,
        departments: Option<&[Kato]>,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        let call = self.store.recourses_at(body, departments, limit);
        self.around("recourses_at", call).await
    }

    async fn recourse_departments(&self) -> Result<Vec<Kato>, StoreError> {
        let call = self.store.recourse_departments();
        self.around("recourse_departments", call).await
    }

    async fn open_recourses(
        &self,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<RecourseCase>, StoreError> {
        let call = self.store.open_recourses(after, limit);
        self.around("open_recourses", call).await
    }

    async fn recourse_proof(&self, number: &Number) -> Result<Option<RecourseProof>, StoreError> {
        let call = self.store.recourse_proof(number);
        self.around("recourse_proof", call).await
    }

    async fn answer_bytes(
        &self,
        number: &Number,
        kind: RecourseStepKind,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let call = self.store.answer_bytes(number, kind);
        self.around("answer_bytes", call).await
    }

    async fn answered_recourse(&self, key: &AnswerKey) -> Result<Option<RecourseCase>, StoreError> {
        let call = self.store.answered_recourse(key);
        self.around("answered_recourse", call).await
    }
}
