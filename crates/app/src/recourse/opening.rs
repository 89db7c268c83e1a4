//! Asking for a review with one click, and registering what was asked: the second time changes nothing.
//!
//! Read next: `complaint.rs`.

use domain::{Iin, Kato, Language, Number, NumberKind, RecourseBody, RecourseKind};

use super::{NUMBER_DRAWS, words_of};
use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    Channel, Recourse, RecourseAsked, RecourseConfirmation, RecourseOpened, RecourseProof,
    RecourseStep, RecourseStepKind, StoreError, StoredRequest, opening_digest,
};
use crate::service::Service;

/// Something about to be registered.
pub(super) struct NewRecourse {
    pub(super) body: RecourseBody,
    pub(super) form_key: String,
    pub(super) asked: RecourseAsked,
    pub(super) proof: RecourseProof,
}

impl Service {
    /// Asks for a review of a refusal, of the whole or of a part; again, it is the same review. `None` where the person has no such refusal.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ask_review(
        &self,
        applicant: Iin,
        request: &Number,
        words: &str,
        (language, channel): (Language, Channel),
    ) -> Result<Option<Number>, StoreError> {
        let Some(stored) = self.own_request(applicant, request).await? else { return Ok(None) };
        if !self.has_refusal(&stored).await? {
            return Ok(None);
        }
        let words = words_of(words);
        let asked = RecourseAsked {
            applicant_name: stored.applicant_name.clone(),
            address: String::new(),
            language,
            channel,
            grounds: Vec::new(),
            words: words.clone(),
            is_late: false,
            late_reason: String::new(),
            confirmation: RecourseConfirmation::Session,
        };
        let new = NewRecourse {
            body: RecourseBody::Reviewer,
            form_key: format!("review {request}"),
            proof: RecourseProof {
                document: words.into_bytes(),
                cms: Vec::new(),
                evidence: String::new(),
            },
            asked,
        };
        self.register_recourse(&stored, new).await.map(Some)
    }

    /// Registers; the number of what the same form led to before, where it did.
    pub(super) async fn register_recourse(
        &self,
        stored: &StoredRequest,
        new: NewRecourse,
    ) -> Result<Number, StoreError> {
        let provider = self.contested(stored).await?;
        let now = self.now();
        let mut recourse = Recourse {
            number: self.draw_number(NumberKind::Recourse),
            request: stored.number.clone(),
            kind: new.body.kind(),
            applicant: stored.request.applicant,
            provider,
            form_key: new.form_key,
            opened_at: now,
            asked: new.asked,
        };
        for _ in 0..NUMBER_DRAWS {
            let opened = RecourseStep {
                recourse: recourse.number.clone(),
                place: 0,
                kind: RecourseStepKind::Opened,
                at: now,
                body: new.body,
                due_at: self.term_of(new.body, now),
                official: None,
                words: String::new(),
                answer: None,
                document: None,
            };
            let audit = self.opened_event(&recourse, &new.proof, &opened)?;
            match self.store().open_recourse(&recourse, &new.proof, &opened, &audit).await {
                Err(StoreError::NumberTaken) => {
                    recourse.number = self.draw_number(NumberKind::Recourse);
                }
                Err(error) => return Err(error),
                Ok(RecourseOpened::New) => return Ok(recourse.number),
                Ok(RecourseOpened::Before(number)) => return Ok(number),
            }
        }
        Err(StoreError::NumberTaken)
    }

    fn opened_event(
        &self,
        recourse: &Recourse,
        proof: &RecourseProof,
        opened: &RecourseStep,
    ) -> Result<AuditEvent, StoreError> {
        let action = match recourse.kind {
            RecourseKind::Review => AuditAction::ReviewAsked,
            RecourseKind::Complaint => AuditAction::ComplaintFiled,
        };
        let detail = format!("{} {}", recourse.number, opened.body.code());
        let event = self.recourse_event((Actor::Applicant, action), recourse, detail);
        let evidence = opening_digest(recourse, proof, opened)?;
        Ok(AuditEvent { at: opened.at, evidence, ..event })
    }

    /// Today's department in whose name it was answered; where nothing is answered, the one addressed.
    pub(super) async fn contested(&self, stored: &StoredRequest) -> Result<Kato, StoreError> {
        let results = self.store().results_of(&stored.number).await?;
        let answered = results.first().map(|one| &one.planned.content.provider().kato);
        let kato = answered.or(stored.request.provider.as_ref());
        let provider =
            kato.map_or_else(|| self.providers().fallback(), |kato| self.providers().of(kato));
        Ok(provider.kato.clone())
    }
}
