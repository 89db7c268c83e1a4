//! The watchdog's part of reviews and complaints: alarms near and past the term, and the documents of answers, which are stored
//! before they are sealed.
//!
//! Any number of nodes may go this round: each step has one place, which the first of them takes. Read next: `../advance.rs`,
//! which does the same for requests.

use std::sync::Arc;

use domain::{DocumentContent, is_nearly_due};
use sha2::{Digest, Sha256};

use super::next_step;
use crate::advance::AdvanceError;
use crate::audit::{Actor, AuditAction};
use crate::ports::{
    AnswerBytes, PlannedAnswer, RecourseCase, RecourseStep, RecourseStepKind, SealError, SealOrder,
    StoreError,
};
use crate::service::Service;

/// Cases looked at with one question to the store.
const PAGE: u32 = 200;

impl Service {
    /// Goes through every case without a document once. Returns how many steps were made.
    ///
    /// # Errors
    /// [`StoreError`]; what was made stays.
    pub async fn look_after_recourses(self: &Arc<Self>) -> Result<u64, StoreError> {
        let (mut made, mut after) = (0, None);
        loop {
            let open = self.store().open_recourses(after.as_ref(), PAGE).await?;
            let Some(last) = open.last() else { return Ok(made) };
            after = Some(last.recourse.number.clone());
            for case in open {
                made += self.look_after(case).await?;
            }
        }
    }

    /// One that cannot be made out keeps no other waiting; a store that is away does.
    async fn look_after(self: &Arc<Self>, case: RecourseCase) -> Result<u64, StoreError> {
        let number = case.recourse.number.clone();
        match self.advance_recourse(case).await {
            Ok(made) => Ok(made),
            Err(AdvanceError::Store(StoreError::Stale)) => Ok(0),
            Err(AdvanceError::Store(error @ StoreError::Unavailable(_))) => Err(error),
            Err(error) => {
                tracing::error!(recourse = %number, %error, "a review or complaint waits for its next step");
                Ok(0)
            }
        }
    }

    async fn advance_recourse(
        self: &Arc<Self>,
        mut case: RecourseCase,
    ) -> Result<u64, AdvanceError> {
        let mut made = 0;
        loop {
            let Some((action, step)) = self.due_step(&case).await? else { return Ok(made) };
            self.add_step(Actor::System, action, &case, &step).await?;
            log(&case, &step);
            made += 1;
            case.steps.push(step);
        }
    }

    /// The step that is to be made now, if there is one.
    async fn due_step(
        self: &Arc<Self>,
        case: &RecourseCase,
    ) -> Result<Option<(AuditAction, RecourseStep)>, AdvanceError> {
        let Some(answer) = case.answer() else { return Ok(self.due_alarm(case)) };
        let has = |kind| case.step(kind).is_some();
        if has(RecourseStepKind::Issued) {
            return Ok(None);
        }
        if has(RecourseStepKind::Intended) {
            let document = Some(self.sealed_answer(case, answer).await?);
            let step = next_step(case, RecourseStepKind::Issued, self.now());
            return Ok(Some((AuditAction::RecourseIssued, RecourseStep { document, ..step })));
        }
        let document = Some(self.rendered_answer(answer).await?);
        let step = next_step(case, RecourseStepKind::Intended, self.now());
        Ok(Some((AuditAction::RecourseIntended, RecourseStep { document, ..step })))
    }

    fn due_alarm(&self, case: &RecourseCase) -> Option<(AuditAction, RecourseStep)> {
        let now = self.now();
        let (kind, action) = if self.is_late(case) {
            (RecourseStepKind::Overdue, AuditAction::RecourseOverdue)
        } else if is_nearly_due(case.due_at(), now) {
            (RecourseStepKind::NearlyDue, AuditAction::RecourseAlarmed)
        } else {
            return None;
        };
        (!case.has_since_arrival(kind)).then(|| (action, next_step(case, kind, now)))
    }

    async fn rendered_answer(
        self: &Arc<Self>,
        answer: &PlannedAnswer,
    ) -> Result<AnswerBytes, AdvanceError> {
        let content = DocumentContent::Answer(answer.content.clone());
        let signature = match &self.parts.facts_signer {
            None => None,
            Some(signer) => {
                let facts = self.parts.renderer.facts(&content);
                Some(signer.sign(&facts, content.made_at()).await?)
            }
        };
        let wording = self.wording_of(&content).await?;
        let service = Arc::clone(self);
        let rendered = tokio::task::spawn_blocking(move || {
            service.parts.renderer.render(&content, wording.as_ref(), signature.as_deref())
        });
        let bytes = rendered.await.map_err(|_| AdvanceError::RendererStopped)??;
        Ok(with_digest(bytes))
    }

    /// Exactly the bytes that were stored are sealed.
    async fn sealed_answer(
        &self,
        case: &RecourseCase,
        answer: &PlannedAnswer,
    ) -> Result<AnswerBytes, AdvanceError> {
        let (number, kind) = (&case.recourse.number, RecourseStepKind::Intended);
        let unsealed = self.store().answer_bytes(number, kind).await?;
        let unsealed = unsealed.ok_or(StoreError::Corrupt("an intended answer has no bytes"))?;
        let provider = answer.content.provider.clone();
        let order = SealOrder { provider, sealed_at: answer.content.answered_at };
        let sealed = self.parts.sealer.seal(&unsealed, &order).await;
        self.note_seal(!matches!(sealed, Err(SealError::Unavailable(_))));
        Ok(with_digest(sealed?))
    }
}

fn with_digest(bytes: Vec<u8>) -> AnswerBytes {
    let digest = hex::encode(Sha256::digest(&bytes));
    AnswerBytes { bytes, digest }
}

/// Operators' systems listen to these lines.
fn log(case: &RecourseCase, step: &RecourseStep) {
    let (number, body) = (&case.recourse.number, step.body.code());
    match step.kind {
        RecourseStepKind::NearlyDue => {
            tracing::warn!(recourse = %number, body, "its last day has begun, and it has no answer");
        }
        RecourseStepKind::Overdue => {
            tracing::error!(recourse = %number, body, "its term has passed without an answer");
        }
        _ => tracing::info!(recourse = %number, body, step = step.kind.code(), "a step was made"),
    }
}
