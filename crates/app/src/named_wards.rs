//! The look for wrongly named wards before a request is registered.
//!
//! Read next: `submit.rs`.

use std::time::Duration;

use domain::{
    Answer, ElectronicRequest, Iin, Source, WardsAsked, astana_date, current_appointments,
};
use jiff::Timestamp;

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{AccessProof, Reply};
use crate::service::Service;
use crate::submit::SubmitError;

/// How long the look for wrongly named wards may hold a submission up; after it the request is registered unlooked.
const WARDS_LOOK: Duration = Duration::from_millis(1_500);

impl Service {
    /// A ward who is not the applicant's is told before registration, because with other wards on record neither
    /// ground of item 9 would be true. Only with consent, and only while the bank answers at once: the request
    /// of a person without any ward, or during an outage, is registered and gets its lawful answer.
    pub(crate) async fn look_at_named_wards(
        &self,
        request: &ElectronicRequest,
        proof: Option<&AccessProof>,
        now: Timestamp,
    ) -> Result<(), SubmitError> {
        let WardsAsked::Named(named) = &request.wards else { return Ok(()) };
        let bank_answers = self.breaker(Source::DataBank).is_closed();
        if !request.consents.restricted_data.is_given() || !bank_answers {
            return Ok(());
        }
        // Law No. 94-V, Article 8: nor before it is known that he consents.
        match self.parts.consents.consents(request).await {
            Answer::Known(consents) if consents.restricted_data.is_given() => {}
            Answer::Known(_) | Answer::Absent | Answer::Unavailable => return Ok(()),
        }
        let look = self.guardian(request.applicant, proof);
        let reply = tokio::time::timeout(WARDS_LOOK, look).await.unwrap_or(Reply::Silent);
        let answer = reply.answer();
        self.store().append_audit(&asked_before(request, self.bank_word(&answer), now)).await?;
        let Answer::Known(record) = answer else { return Ok(()) };
        let current = current_appointments(&record, astana_date(now));
        let unknown = |iin: &Iin| !record.wards.iter().any(|one| one.ward.iin == Some(*iin));
        let positions: Vec<usize> = (1..)
            .zip(named)
            .filter(|(_, iin)| {
                let is_current = current.iter().any(|one| one.ward_iin == Some(**iin));
                !is_current && (unknown(iin) || !has_contradiction(&record, **iin, now))
            })
            .map(|(position, _)| position)
            .collect();
        if current.is_empty() || positions.is_empty() {
            Ok(())
        } else {
            Err(SubmitError::WardNotFound { positions })
        }
    }
}

/// The person reads in his cabinet who asked about him, this question too, although it belongs to no request yet.
fn asked_before(request: &ElectronicRequest, word: &str, now: Timestamp) -> AuditEvent {
    AuditEvent {
        at: now,
        actor: Actor::System,
        action: AuditAction::DataBankAsked,
        request: None,
        subject: Some(request.applicant),
        detail: word.to_owned(),
        evidence: String::new(),
    }
}

/// Whether the record of this ward contradicts itself: then the request waits for its repair instead.
fn has_contradiction(record: &domain::GuardianRecord, ward: Iin, now: Timestamp) -> bool {
    record
        .wards
        .iter()
        .any(|one| one.ward.iin == Some(ward) && one.placement.fault_on(astana_date(now)).is_some())
}
