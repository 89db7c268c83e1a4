//! The register of consents: a person's own in his cabinet, everybody's for the operator, whom Article 8 makes keep it.

use domain::{Answer, Iin, RequestState};
use jiff::Timestamp;

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    ConsentEntry, ConsentPeriod, ErasedRequest, StoreError, StoredRequest, refused_later,
};
use crate::service::Service;

/// Consents on one page of the cabinet.
const PAGE: u32 = 50;
/// Entries read with one question to the store.
const BATCH: u32 = 500;

impl Service {
    /// A person's consents under Article 8 decided before a moment, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn consents_by(
        &self,
        person: Iin,
        before: Option<Timestamp>,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        self.store().consents_by(person, before, PAGE).await
    }

    /// The next entries of the operator's register, the earliest first; none behind the last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn consent_register(
        &self,
        period: &ConsentPeriod,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        self.store().consents_between(period, BATCH).await
    }

    /// The next of those whose requests were erased, the earliest first; none behind the last. What is left is no person's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erased_consent_register(
        &self,
        period: &ConsentPeriod,
    ) -> Result<Vec<ErasedRequest>, StoreError> {
        self.store().erased_between(period, BATCH).await
    }

    /// Writes down that the operator takes the register of a period out as a file: one row for the file and none for each
    /// person, as with a department's records.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing may be taken out.
    pub async fn note_consents_taken_out(
        &self,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let word =
            |moment: Option<Timestamp>| moment.map_or_else(|| "..".to_owned(), |at| at.to_string());
        let audit = AuditEvent {
            at: self.now(),
            actor: Actor::Operator,
            action: AuditAction::ConsentsExported,
            request: None,
            subject: None,
            detail: format!("{} {}", word(from), word(until)),
            evidence: String::new(),
        };
        self.store().append_audit(&audit).await
    }

    /// When the consent of a request was refused through the control of access after the request was registered with it. Its
    /// own record stays as it was signed; that it was refused is stored with the decision alone.
    pub(crate) async fn consent_refused_at(
        &self,
        request: &StoredRequest,
        withdrawn_at: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let was_given = request.request.consents.restricted_data.is_given();
        if !was_given || request.state != RequestState::Refused {
            return Ok(None);
        }
        let decision = self.store().decision(&request.number).await?;
        let without = decision.filter(|one| one.evidence.consent == Answer::Absent);
        Ok(refused_later(without.map(|one| one.decided_at), withdrawn_at))
    }
}
