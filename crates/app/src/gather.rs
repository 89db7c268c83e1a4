//! Gathering the evidence for a decision: consent first, and only with consent the data bank. A source that keeps
//! silent is left alone by its breaker; the request waits without a call. An answer that is of no use makes its own
//! request wait and nobody else's: the source is at work.
//!
//! Read next: `breaker.rs`, then `advance.rs`.

use std::future::Future;
use std::sync::Arc;

use domain::{Answer, Decision, Evidence, GuardianRecord, Iin, Source, WaitingFor, decide};
use jiff::Timestamp;
use tracing::{Instrument, info_span};

use crate::breaker::Admission;
use crate::consent::StandingProof;
use crate::ports::{AccessProof, Lease, Reply, StoreError, StoredRequest};
use crate::service::Service;
use crate::submit::no_evidence;

/// What could be learned now.
pub(crate) struct Gathered {
    /// For the decision.
    pub(crate) evidence: Evidence,
    /// When to try again, where a source is left alone now.
    pub(crate) again_at: Option<Timestamp>,
}

/// As traces call it.
fn word(source: Source) -> &'static str {
    match source {
        Source::Consent => "consent",
        Source::DataBank => "data_bank",
    }
}

impl Service {
    /// Asks consent, and the data bank where consent was given (item 9.2 stands before item 9.1).
    /// A consent that was withdrawn is none.
    pub(crate) async fn gather(
        self: &Arc<Self>,
        stored: &StoredRequest,
        lease: &Lease,
    ) -> Result<Gathered, StoreError> {
        if self.store().withdrawal_of(&stored.number).await?.is_some() {
            let evidence = Evidence { consent: Answer::Absent, ..no_evidence() };
            return Ok(Gathered { evidence, again_at: None });
        }
        let request = &stored.request;
        let consents = self.parts.consents.consents(request);
        let (consent, mut again_at) = self.ask(Source::Consent, consents, lease).await;
        let mut evidence =
            Evidence { consent: consent.unwrap_or(Answer::Unavailable), ..no_evidence() };
        if decide(request, &evidence, self.now()) == Decision::AskDataBank {
            let proof = match self.standing_proof(&stored.number, request.applicant).await? {
                StandingProof::NotNeeded => None,
                StandingProof::Good(proof) => Some(proof),
                // Asked anew, he refused: then there is no consent (item 9.2), whatever he signed before.
                StandingProof::Refused => {
                    evidence.consent = Answer::Absent;
                    return Ok(Gathered { evidence, again_at: None });
                }
                // The consent stands, so the request waits for the data bank, and comes up when that returns.
                StandingProof::Useless(until) => {
                    let again_at = Some(until.max(self.retry_at(lease)));
                    return Ok(Gathered { evidence, again_at });
                }
                StandingProof::Awaited => {
                    evidence.consent = Answer::Unavailable;
                    return Ok(Gathered { evidence, again_at: None });
                }
            };
            let record = self.guardian(request.applicant, proof.as_ref());
            (evidence.data_bank, again_at) = self.ask(Source::DataBank, record, lease).await;
            evidence.data_bank_asked_at = evidence.data_bank.as_ref().map(|_| self.now());
        }
        Ok(Gathered { evidence, again_at })
    }

    /// Asks the data bank, with the proof of consent where there is one.
    pub(crate) async fn guardian(
        &self,
        iin: Iin,
        proof: Option<&AccessProof>,
    ) -> Reply<GuardianRecord> {
        match proof {
            Some(proof) => self.parts.data_bank.guardian_by(iin, proof).await,
            None => self.parts.data_bank.guardian(iin).await,
        }
    }

    /// What the journal tells of a question to the data bank. Where records are compared with the register of natural persons
    /// it is another word, because that source was asked about the person too; of whom the bank has nothing it is not.
    pub(crate) fn bank_word(&self, answer: &Answer<GuardianRecord>) -> &'static str {
        match (answer, self.parts.data_bank.is_compared_with_register()) {
            (Answer::Known(_), false) => "known",
            (Answer::Known(_), true) => "known_compared",
            (Answer::Absent, _) => "absent",
            (Answer::Unavailable, false) => "unavailable",
            (Answer::Unavailable, true) => "unavailable_compared",
        }
    }

    /// Asks a source if its breaker lets; `None` where it was not asked. The moment is when to try again: who found
    /// the source silent last is its next canary, the others keep to their own schedule.
    async fn ask<T, R: Into<Reply<T>>>(
        &self,
        source: Source,
        question: impl Future<Output = R>,
        lease: &Lease,
    ) -> (Option<Answer<T>>, Option<Timestamp>) {
        let admission = self.breaker(source).admit(self.now());
        if let Admission::Wait(until) = admission {
            return (None, Some(until.max(self.retry_at(lease))));
        }
        let span = info_span!("source", source = word(source));
        let reply: Reply<T> = question.instrument(span).await.into();
        let is_at_work = reply.is_sign_of_life();
        // Where a control of access is asked, only it tells of itself: the signed consent beside it is always there, and
        // would hide from readiness that the control is silent.
        let has_control = self.parts.consents.access_control().is_some();
        if !(is_at_work && has_control && matches!(source, Source::Consent)) {
            self.note_source(source, is_at_work);
        }
        if !is_at_work {
            let random = self.parts.ids.random_u64();
            let until = self.breaker(source).failed(self.now(), random);
            return (Some(reply.answer()), until);
        }
        let returned = self.breaker(source).answered();
        if returned {
            self.release(source).await;
        }
        (Some(reply.answer()), None)
    }

    /// Should the store fail now, those who wait come up by their own schedule.
    async fn release(&self, source: Source) {
        let waiting_for = match source {
            Source::Consent => WaitingFor::Consent,
            Source::DataBank => WaitingFor::DataBank,
        };
        match self.store().release_waiting(waiting_for, self.now()).await {
            Ok(released) => {
                tracing::info!(?source, released, "the source answers again");
                self.work.notify_waiters();
            }
            Err(error) => tracing::warn!(%error, "those who wait come up by their own schedule"),
        }
    }
}
