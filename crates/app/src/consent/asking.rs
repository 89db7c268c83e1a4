//! Asking a person for his consent through the state's control of access, before his request is registered.
//!
//! A question is kept in the store, so that any page on any node knows how it stands, and whoever looks at one whose turn
//! it is asks the control. So nothing is lost with a node, and nobody waits in a process: a look that finds no answer
//! is repeated by the page. Silence of the control is neither yes nor no. Read next: `ports/consent_askings.rs`.

use std::sync::Arc;
use std::time::Duration;

use domain::{ConsentConfirmation, ConsentKind, ElectronicRequest, Iin, Number, Source};
use jiff::{SignedDuration, Timestamp};

use super::stage::{AskError, ConsentStage, stage_at};
use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::breaker::Admission;
use crate::ports::{
    AccessControl, AccessProof, AccessQuestion, AccessReply, AskingTurn, ConsentAsking,
    ConsentOutcome, Draft, Heard, KeptProof, StoreError,
};
use crate::service::Service;

/// A control that answers at once is waited for; one that takes its time is not.
const AT_ONCE: Duration = Duration::from_millis(800);
/// How long a question is kept: longer than a request may wait for a source.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Between two questions to a person whose request waits.
const ANEW: SignedDuration = SignedDuration::from_mins(30);
/// Beyond the longest question, before another node takes over.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);

impl Service {
    fn control(&self) -> Option<&dyn AccessControl> {
        self.parts.consents.access_control()
    }

    /// Whether a person who asks this must answer by telephone before it is registered.
    #[must_use]
    pub fn asks_consent(&self, request: &ElectronicRequest) -> bool {
        self.control().is_some() && request.consents.restricted_data.is_given()
    }

    /// Asks the person for the consent to a draft, or goes on with the question under way.
    ///
    /// # Errors
    /// [`AskError`]; then he is not asked.
    pub async fn ask_consent(self: &Arc<Self>, draft: &Draft) -> Result<ConsentStage, AskError> {
        let Some(control) = self.control().filter(|_| self.asks_consent(&draft.request)) else {
            return Ok(ConsentStage::NotNeeded);
        };
        let now = self.now();
        if draft.expires_at < now {
            return Err(AskError::DraftExpired);
        }
        let stage = self.consent_stage(draft).await?;
        if stage.is_open() || stage.lets_register() {
            return Ok(stage);
        }
        let asking = self.new_asking(control, &draft.challenge, draft.request.applicant, now);
        match self.store().begin_asking(&asking, &asked(&asking, None, "asked", now)).await? {
            AskingTurn::Wait(until) => Err(AskError::Wait { until }),
            AskingTurn::Begun | AskingTurn::Running(_) => Ok(self.consent_stage(draft).await?),
        }
    }

    /// How the consent to a draft stands. Asks the control where it is its turn.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn consent_stage(
        self: &Arc<Self>,
        draft: &Draft,
    ) -> Result<ConsentStage, StoreError> {
        if !self.asks_consent(&draft.request) {
            return Ok(ConsentStage::NotNeeded);
        }
        let Some(asking) = self.store().asking(&draft.challenge).await? else {
            return Ok(ConsentStage::NotAsked);
        };
        let stage = |asking| stage_at(&asking, self.now()).within(draft.expires_at);
        if !self.drive(&asking, None).await? {
            return Ok(stage(asking));
        }
        let asking = self.store().asking(&draft.challenge).await?;
        Ok(asking.map_or(ConsentStage::NotAsked, stage))
    }

    /// The consent to a draft that its signer sent from elsewhere, in something that came at a moment: asks him where he is
    /// yet to be asked. What he answered before that was to something else he sent.
    pub(crate) async fn carry_consent(
        self: &Arc<Self>,
        draft: &Draft,
        came_at: Timestamp,
    ) -> Result<ConsentStage, AskError> {
        let stage = self.consent_stage(draft).await?;
        let asking = self.store().asking(&draft.challenge).await?;
        let is_of_before = asking.is_some_and(|asking| asking.asked_at < came_at);
        match stage {
            ConsentStage::NotAsked | ConsentStage::Expired | ConsentStage::Unavailable => {
                self.ask_consent(draft).await
            }
            ConsentStage::Refused | ConsentStage::NoAnswer if is_of_before => {
                self.ask_consent(draft).await
            }
            stage => Ok(stage),
        }
    }

    /// Between two looks for the answer of a person.
    pub(crate) fn consent_pause(&self) -> SignedDuration {
        self.control().map_or(SignedDuration::from_secs(1), |control| control.terms().pause)
    }

    /// Asks the control about an open question whose turn it is; `true` where it did. The asking goes on when nobody
    /// waits for it any more.
    async fn drive(
        self: &Arc<Self>,
        asking: &ConsentAsking,
        number: Option<&Number>,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let Some(control) = self.control() else { return Ok(false) };
        // A person who was asked may answer late: as long as somebody looks, his answer is used.
        let is_open =
            asking.answer.is_none() && (asking.outcome_at(now).is_none() || asking.is_sent);
        if !is_open || asking.run_at > now {
            return Ok(false);
        }
        let lease = now.checked_add(control.terms().exchange).and_then(|at| at.checked_add(MARGIN));
        let lease = lease.unwrap_or(Timestamp::MAX);
        if !self.store().take_asking(&asking.id, now, lease).await? {
            return Ok(false);
        }
        let (service, asking, number) = (Arc::clone(self), asking.clone(), number.cloned());
        let exchange = tokio::spawn(async move {
            let noted = service.exchange(&asking, number).await;
            // Perhaps nobody waits for it any more who would tell.
            if let Err(error) = &noted {
                tracing::warn!(%error, "what the control of access said is not written down");
            }
            noted
        });
        if let Ok(Ok(Err(error))) = tokio::time::timeout(AT_ONCE, exchange).await {
            return Err(error);
        }
        Ok(true)
    }

    /// One question to the control, and what came of it written down.
    async fn exchange(
        &self,
        asking: &ConsentAsking,
        number: Option<Number>,
    ) -> Result<(), StoreError> {
        let Some(control) = self.control() else { return Ok(()) };
        let terms = control.terms().clone();
        let is_repeated = asking.is_sent;
        let begun = self.now();
        let reply = control.ask(&AccessQuestion { person: asking.iin, is_repeated }).await;
        self.note_source(Source::Consent, reply != AccessReply::Silent);
        let now = self.now();
        let (outcome, proof) = match reply {
            AccessReply::Given(proof) => (ConsentOutcome::Given, Some(proof)),
            AccessReply::Refused => (ConsentOutcome::Refused, None),
            AccessReply::NoAnswer => (ConsentOutcome::NoAnswer, None),
            AccessReply::Pending => {
                return self.note_heard(asking, Heard::Pending, after(now, terms.pause)).await;
            }
            AccessReply::Silent => {
                // A control that is down is not asked as often as one that waits for the person.
                let tries = i32::try_from(asking.exchanges).unwrap_or(i32::MAX).saturating_add(2);
                let pause = terms.pause.checked_mul(tries).unwrap_or(terms.patience);
                // Whether he answers is not known any more; once his time is over, what was known then stands.
                let heard = if now < asking.until { Heard::Silent } else { asking.heard };
                return self.note_heard(asking, heard, after(now, pause)).await;
            }
        };
        // From the beginning of the question: what it gives is not good for longer than agreed.
        let proof =
            proof.map(|proof| KeptProof { proof, valid_until: after(begun, terms.validity) });
        let audit = asked(asking, number, outcome.code(), now);
        self.store().answer_asking(&asking.id, (outcome, now), proof.as_ref(), &audit).await?;
        Ok(())
    }

    async fn note_heard(
        &self,
        asking: &ConsentAsking,
        heard: Heard,
        run_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.store().note_asking(&asking.id, heard, run_at).await
    }

    fn new_asking(
        &self,
        control: &dyn AccessControl,
        challenge: &str,
        iin: Iin,
        now: Timestamp,
    ) -> ConsentAsking {
        ConsentAsking {
            id: self.parts.ids.token(),
            challenge: challenge.to_owned(),
            iin,
            asked_at: now,
            until: after(now, control.terms().patience),
            run_at: now,
            exchanges: 0,
            heard: Heard::Nothing,
            is_sent: false,
            answer: None,
            proof: None,
            forget_at: after(now, KEPT),
        }
    }

    /// Puts what confirmed the consent into the record of it; gives what the sources are to be shown. `Err` where the
    /// person has not given it.
    pub(crate) async fn require_consent(
        self: &Service,
        draft: &mut Draft,
        now: Timestamp,
    ) -> Result<Result<Option<AccessProof>, ConsentStage>, StoreError> {
        let control = self.control().filter(|_| self.asks_consent(&draft.request));
        let Some(control) = control else { return Ok(Ok(None)) };
        let Some(asking) = self.store().asking(&draft.challenge).await? else {
            return Ok(Err(ConsentStage::NotAsked));
        };
        let of_applicant = asking.iin == draft.request.applicant;
        let stage = if of_applicant { stage_at(&asking, now) } else { ConsentStage::NotAsked };
        let (Some((_, answered_at)), Some(kept), ConsentStage::Given { .. }) =
            (asking.answer, asking.proof, stage)
        else {
            return Ok(Err(stage));
        };
        let confirmation = ConsentConfirmation {
            service: control.terms().service.clone(),
            asked_at: asking.asked_at,
            answered_at,
            token_digest: kept.proof.digest(),
        };
        for record in &mut draft.consents {
            if record.kind == ConsentKind::RestrictedData {
                record.confirmation = Some(confirmation.clone());
            }
        }
        Ok(Ok(Some(kept.proof)))
    }

    /// Forgets the secrets of a request that needs them no more. Should that fail now, they are gone within a day.
    pub(crate) async fn forget_proofs(&self, number: &Number) {
        if self.control().is_some()
            && let Err(error) = self.store().forget_proofs(number).await
        {
            tracing::warn!(request = %number, %error, "the proof of a consent is kept for a day");
        }
    }

    /// What the sources are to be shown for a registered request whose consent was confirmed; where it ended while a
    /// source was waited for, the person is asked anew, as soon as the source can be.
    pub(crate) async fn standing_proof(
        self: &Arc<Self>,
        number: &Number,
        iin: Iin,
    ) -> Result<StandingProof, StoreError> {
        let Some(control) = self.control() else { return Ok(StandingProof::NotNeeded) };
        let records = self.store().consents_of(number).await?;
        if !records.iter().any(|record| record.confirmation.is_some()) {
            return Ok(StandingProof::NotNeeded);
        }
        let now = self.now();
        let asking = self.store().asking_of(number).await?;
        if let Some(settled) = asking.as_ref().and_then(|asking| settled(asking, now)) {
            return Ok(settled);
        }
        // Nobody is bothered for a question that could not be asked, and no outage makes a refusal.
        let admission = self.breaker(Source::DataBank).make_ready(number, now);
        if let Admission::Wait(until) = admission {
            return Ok(StandingProof::Useless(until));
        }
        let Some(asking) = asking else {
            // Questions live for a day and are in no archive: without this the request would wait for ever.
            match self.store().challenge_of(number).await? {
                Some(challenge) => self.ask_anew(control, &challenge, number, iin, now).await?,
                None => tracing::error!(request = %number, "a request without its draft"),
            }
            return Ok(StandingProof::Awaited);
        };
        self.drive(&asking, Some(number)).await?;
        let Some(asking) = self.store().asking_of(number).await? else {
            return Ok(StandingProof::Awaited);
        };
        if let Some(settled) = settled(&asking, now) {
            return Ok(settled);
        }
        // Not by message after message: he gave it once, and need not sit at his telephone now.
        if !stage_at(&asking, now).is_open() && after(asking.asked_at, ANEW) <= now {
            self.ask_anew(control, &asking.challenge, number, iin, now).await?;
        }
        Ok(StandingProof::Awaited)
    }

    /// Begins another question about a registered request. Where the person was asked often enough, it is tried again
    /// later.
    async fn ask_anew(
        &self,
        control: &dyn AccessControl,
        challenge: &str,
        number: &Number,
        iin: Iin,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let again = self.new_asking(control, challenge, iin, now);
        let audit = asked(&again, Some(number.clone()), "asked", now);
        self.store().begin_asking(&again, &audit).await?;
        Ok(())
    }
}

/// What the sources can be shown for a request.
pub(crate) enum StandingProof {
    /// They want to see nothing: the signature is enough.
    NotNeeded,
    /// This.
    Good(AccessProof),
    /// The person was asked anew and refused.
    Refused,
    /// The person is asked anew, and the answer is waited for.
    Awaited,
    /// He is not asked before this moment: the data bank is left alone, and a proof would end unused.
    Useless(Timestamp),
}

/// What a question came to; `None` where it is open, or to be asked anew.
fn settled(asking: &ConsentAsking, now: Timestamp) -> Option<StandingProof> {
    match (stage_at(asking, now), &asking.proof) {
        (ConsentStage::Given { .. }, Some(kept)) => Some(StandingProof::Good(kept.proof.clone())),
        (ConsentStage::Refused, _) => Some(StandingProof::Refused),
        _ => None,
    }
}

fn after(moment: Timestamp, duration: SignedDuration) -> Timestamp {
    moment.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// The person reads in his cabinet that he was asked, and what came of it.
fn asked(
    asking: &ConsentAsking,
    request: Option<Number>,
    detail: &str,
    at: Timestamp,
) -> AuditEvent {
    AuditEvent {
        at,
        actor: Actor::System,
        action: AuditAction::ConsentAsked,
        request,
        subject: Some(asking.iin),
        detail: detail.to_owned(),
        evidence: String::new(),
    }
}
