//! Advancing a request to its lawful answer, step by step, each step one transaction:
//! registered → decided → intended (unsealed bytes stored) → issued (sealed bytes stored).
//!
//! Crash points: after each commit the next worker goes on from the stored step. Numbers are fixed with the decision,
//! bytes with the intent; nothing is sealed that was not stored, and nothing stored is rendered again.

use std::sync::Arc;

use domain::{
    Alarm, Decision, Evidence, Outcome, RULE_VERSION, RequestState, Source, Term, WaitingFor,
    decide,
};
use jiff::Timestamp;
use tracing::{Instrument, info_span};

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::evidence::effect_digest;
use crate::gather::Gathered;
use crate::plan::Made;
use crate::ports::{
    Effect, JobNext, Lease, Notice, NoticeKind, PlannedResult, RenderError, ResultId, SealError,
    SealOrder, Step, StoreError, StoredDecision, StoredRequest, Transition,
};
use crate::retry::retry_delay;
use crate::service::Service;

/// How far an advance came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advanced {
    /// The request has its answer.
    Ended,
    /// It waits and will be tried again.
    Waits,
}

/// Why an advance stopped short; the job comes up again.
#[derive(Debug, thiserror::Error)]
pub enum AdvanceError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A document could not be made: operators must look, the applicant's decision stands.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The seal is not available now.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The renderer's thread died.
    #[error("the renderer stopped")]
    RendererStopped,
}

/// What a worker knows of its request: read once, then as its own commits left it. Each commit proves by version and
/// lease that nobody else changed it, so nothing needs to be read again; whoever takes over reads.
struct Known {
    stored: StoredRequest,
    /// The planned answers, where this worker planned them.
    planned: Option<Arc<[PlannedResult]>>,
    /// The bytes this worker stored as those to be sealed.
    unsealed: Vec<(ResultId, Vec<u8>)>,
}

impl Known {
    /// Follows a transition that was committed.
    fn committed(&mut self, transition: Transition) -> Result<(), StoreError> {
        let stored = &mut self.stored;
        stored.step = transition.effect.step_after(stored.step).ok_or(StoreError::Stale)?;
        stored.state = transition.state;
        stored.version = transition.expected_version.saturating_add(1);
        match transition.effect {
            Effect::Decided(_, planned) => self.planned = Some(planned.into()),
            Effect::Intended(documents) => self.unsealed = documents,
            Effect::Waiting | Effect::Issued(_) => {}
        }
        Ok(())
    }

    fn unsealed(&self, id: &ResultId) -> Option<Vec<u8>> {
        let mut own = self.unsealed.iter();
        own.find(|(stored, _)| stored == id).map(|(_, bytes)| bytes.clone())
    }
}

impl Service {
    /// Takes a leased request as far as it goes now.
    ///
    /// # Errors
    /// [`AdvanceError`]; whatever was committed stays, the rest is tried again.
    pub async fn advance(self: &Arc<Self>, lease: &Lease) -> Result<Advanced, AdvanceError> {
        let stored = self.store().request(&lease.number).await?;
        let stored = stored.ok_or(StoreError::Corrupt("a job without its request"))?;
        let mut known = Known { stored, planned: None, unsealed: Vec::new() };
        loop {
            if known.stored.step == Step::Issued {
                return Ok(Advanced::Ended);
            }
            let span = info_span!("step", from = known.stored.step.code());
            let transition = self.take_step(&known, lease).instrument(span).await?;
            match transition.job {
                JobNext::Continue => known.committed(transition)?,
                JobNext::Again(_) => return Ok(Advanced::Waits),
                JobNext::Done => {
                    self.forget_proofs(&lease.number).await;
                    return Ok(Advanced::Ended);
                }
            }
        }
    }

    /// The step that follows the stored one, committed.
    async fn take_step(
        self: &Arc<Self>,
        known: &Known,
        lease: &Lease,
    ) -> Result<Transition, AdvanceError> {
        let transition = match known.stored.step {
            Step::Registered => self.decide_request(&known.stored, lease).await?,
            Step::Decided => self.render_documents(known, lease).await?,
            Step::Intended => self.seal_documents(known, lease).await?,
            Step::Issued => return Err(StoreError::Stale.into()),
        };
        let transition = proven(transition)?;
        self.store().commit(&transition).instrument(info_span!("commit")).await?;
        Ok(transition)
    }

    async fn decide_request(
        self: &Arc<Self>,
        stored: &StoredRequest,
        lease: &Lease,
    ) -> Result<Transition, StoreError> {
        let Gathered { evidence, again_at } = self.gather(stored, lease).await?;
        let now = self.now();
        let asked = evidence
            .data_bank
            .as_ref()
            .map(|answer| event(stored, now, AuditAction::DataBankAsked, self.bank_word(answer)));
        let mut transition = match decide(&stored.request, &evidence, now) {
            // Gathering asks the bank whenever consent allows it, so this only repeats the round.
            Decision::AskDataBank => self.waiting(stored, lease, Source::DataBank, again_at),
            Decision::Wait(source) => self.waiting(stored, lease, source, again_at),
            Decision::Answer(outcome) if !self.can_be_printed(&outcome) => {
                tracing::error!(request = %stored.number, "the data bank's record cannot be printed");
                self.waiting(stored, lease, Source::DataBank, again_at)
            }
            Decision::Answer(outcome) => {
                let made = Made { at: now, by: self.form_in_force(now).await? };
                self.decided(stored, lease, evidence, outcome, made)
            }
        };
        transition.audit.splice(0..0, asked);
        Ok(transition)
    }

    /// A record that no document can carry is a fault of the data: the request waits for its repair, because what is
    /// decided once is never asked again.
    fn can_be_printed(&self, outcome: &Outcome) -> bool {
        let Outcome::Granted { guardian, appointments, .. } = outcome else { return true };
        let own = [guardian.name.full(), guardian.address.clone()];
        let of_wards = appointments.iter().flat_map(|one| {
            let inventory = one.inventory.as_ref().map(|inventory| inventory.file_number.clone());
            let act = [one.act.number.clone(), one.act.issuer.clone(), one.ward_name.full()];
            act.into_iter().chain(inventory)
        });
        own.into_iter().chain(of_wards).all(|text| self.parts.renderer.can_print(&text))
    }

    fn waiting(
        &self,
        stored: &StoredRequest,
        lease: &Lease,
        source: Source,
        again_at: Option<Timestamp>,
    ) -> Transition {
        let now = self.now();
        let waiting_for = match source {
            Source::Consent => WaitingFor::Consent,
            Source::DataBank => WaitingFor::DataBank,
        };
        let state = RequestState::Checking(Some(waiting_for));
        // One journal row for beginning to wait; the retries that follow change nothing anybody needs to read.
        let audit = if stored.state == state {
            Vec::new()
        } else {
            vec![event(stored, now, AuditAction::Waiting, state.code())]
        };
        let job = JobNext::Again(again_at.unwrap_or_else(|| self.retry_at(lease)));
        Transition { job, audit, ..transition(stored, lease, state, now, Effect::Waiting) }
    }

    fn decided(
        &self,
        stored: &StoredRequest,
        lease: &Lease,
        evidence: Evidence,
        outcome: Outcome,
        made: Made,
    ) -> Transition {
        let (planned, decided_at) = (self.plan(stored, &evidence, &outcome, made), made.at);
        let detail = outcome_code(&outcome);
        let rule_version = RULE_VERSION.to_owned();
        let decision = StoredDecision { evidence, outcome, rule_version, decided_at };
        let effect = Effect::Decided(Box::new(decision), planned);
        let audit = vec![event(stored, decided_at, AuditAction::Decided, detail)];
        let state = RequestState::Checking(None);
        Transition { audit, ..transition(stored, lease, state, decided_at, effect) }
    }

    async fn render_documents(
        self: &Arc<Self>,
        known: &Known,
        lease: &Lease,
    ) -> Result<Transition, AdvanceError> {
        let (stored, planned) = (&known.stored, self.planned(known).await?);
        let wordings = self.wordings_of(&planned).await?;
        let signatures = self.sign_facts(&planned).await?;
        let service = Arc::clone(self);
        // Shaping and deflating take milliseconds of processor time: not on the threads that answer people.
        let rendered = tokio::task::spawn_blocking(move || {
            let renderer = &service.parts.renderer;
            let mut documents = Vec::with_capacity(planned.len());
            for ((one, words), signature) in planned.iter().zip(&wordings).zip(&signatures) {
                let bytes = renderer.render(&one.content, words.as_ref(), signature.as_deref())?;
                documents.push((one.id.clone(), bytes));
            }
            Ok::<_, RenderError>(documents)
        });
        let documents = rendered.await.map_err(|_| AdvanceError::RendererStopped)??;
        let now = self.now();
        let audit = vec![event(stored, now, AuditAction::Intended, RULE_VERSION)];
        let effect = Effect::Intended(documents);
        let state = RequestState::Checking(None);
        Ok(Transition { audit, ..transition(stored, lease, state, now, effect) })
    }

    /// A signature over each document's facts, where the operator demands them. They become part of the bytes that are
    /// stored next, so after that nobody signs again.
    async fn sign_facts(
        &self,
        planned: &[PlannedResult],
    ) -> Result<Vec<Option<Vec<u8>>>, SealError> {
        let mut signatures = Vec::with_capacity(planned.len());
        for one in planned {
            signatures.push(match &self.parts.facts_signer {
                None => None,
                Some(signer) => {
                    let facts = self.parts.renderer.facts(&one.content);
                    let signed = signer.sign(&facts, one.content.made_at()).await;
                    if matches!(signed, Err(SealError::Unavailable(_))) {
                        self.note_seal(false);
                    }
                    Some(signed?)
                }
            });
        }
        Ok(signatures)
    }

    async fn seal_documents(
        &self,
        known: &Known,
        lease: &Lease,
    ) -> Result<Transition, AdvanceError> {
        let (stored, planned) = (&known.stored, self.planned(known).await?);
        let mut documents: Vec<(ResultId, Vec<u8>)> = Vec::with_capacity(planned.len());
        for one in planned.iter() {
            let unsealed = match known.unsealed(&one.id) {
                Some(own) => own,
                None => self.stored_unsealed(&one.id).await?,
            };
            let provider = one.content.provider().clone();
            let order = SealOrder { provider, sealed_at: one.content.made_at() };
            let sealed = self.parts.sealer.seal(&unsealed, &order).await;
            self.note_seal(!matches!(sealed, Err(SealError::Unavailable(_))));
            documents.push((one.id.clone(), sealed?));
        }
        let now = self.now();
        // While everything stood still no watchdog may have told him that the term has passed.
        if stored.clock.term_at(now) == Term::Exceeded {
            self.raise_alarm(&stored.into(), Alarm::Overdue).await?;
        }
        let issued = |one: &PlannedResult| {
            event(stored, now, AuditAction::Issued, one.content.number().as_str())
        };
        let audit = planned.iter().map(issued).collect();
        let (state, effect) = (final_state(&planned), Effect::Issued(documents));
        let (job, notices) = (JobNext::Done, vec![Notice { kind: NoticeKind::Answered, at: now }]);
        Ok(Transition { audit, job, notices, ..transition(stored, lease, state, now, effect) })
    }

    async fn planned(&self, known: &Known) -> Result<Arc<[PlannedResult]>, StoreError> {
        if let Some(planned) = &known.planned {
            return Ok(Arc::clone(planned));
        }
        let results = self.store().results_of(&known.stored.number).await?;
        Ok(results.into_iter().map(|one| one.planned).collect())
    }

    async fn stored_unsealed(&self, id: &ResultId) -> Result<Vec<u8>, StoreError> {
        let bytes = self.store().unsealed(id).await?;
        bytes.ok_or(StoreError::Corrupt("an intended document has no bytes"))
    }

    pub(crate) fn retry_at(&self, lease: &Lease) -> Timestamp {
        self.after(retry_delay(lease.attempts, self.parts.ids.random_u64()))
    }
}

fn transition(
    stored: &StoredRequest,
    lease: &Lease,
    state: RequestState,
    at: Timestamp,
    effect: Effect,
) -> Transition {
    Transition {
        lease: lease.clone(),
        expected_version: stored.version,
        state,
        at,
        effect,
        job: JobNext::Continue,
        notices: Vec::new(),
        audit: Vec::new(),
    }
}

/// Puts the digest of what a transition stores into the journal rows that tell of it.
fn proven(mut transition: Transition) -> Result<Transition, StoreError> {
    let version = transition.expected_version.saturating_add(1);
    let digest = effect_digest(&transition.effect, transition.state, transition.at, version)?;
    for audit in &mut transition.audit {
        match audit.action {
            AuditAction::Decided | AuditAction::Intended | AuditAction::Issued => {
                audit.evidence.clone_from(&digest);
            }
            _ => {}
        }
    }
    Ok(transition)
}

/// Granted where at least one certificate is given, refused otherwise.
fn final_state(planned: &[PlannedResult]) -> RequestState {
    let certificate =
        |one: &PlannedResult| matches!(one.content, domain::DocumentContent::Certificate(_));
    if planned.iter().any(certificate) { RequestState::Granted } else { RequestState::Refused }
}

fn event(
    stored: &StoredRequest,
    at: Timestamp,
    action: AuditAction,
    detail: impl Into<String>,
) -> AuditEvent {
    AuditEvent {
        at,
        actor: Actor::System,
        action,
        request: Some(stored.number.clone()),
        subject: Some(stored.request.applicant),
        detail: detail.into(),
        evidence: String::new(),
    }
}

fn outcome_code(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Granted { .. } => "granted",
        Outcome::Refused { ground, .. } => ground.code(),
    }
}
