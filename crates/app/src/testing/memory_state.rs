//! Everything the store in memory keeps, and the changes of it. A change is checked whole before anything is touched, so
//! one that fails leaves everything as it was.
//!
//! Knows no locks and no ports. Read next: `memory_store.rs`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{ConsentRecord, Iin, Number};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::memory_attempts::AttemptsState;
use super::memory_callers::CallersState;
use super::memory_desk::DeskState;
use super::memory_exchanges::ExchangesState;
use super::memory_forms::FormsState;
use super::memory_office::OfficeState;
use super::memory_outbox::OutboxState;
use super::memory_passwords::PasswordsState;
use super::memory_people::PeopleState;
use super::memory_recourses::KeptRecourse;
use super::memory_registry::RegistryState;
use crate::audit::{AuditEvent, AuditRow};
use crate::evidence::registration_digest;
use crate::ports::{
    Annulment, ConsentAsking, ConsentWithdrawal, Draft, Effect, ErasedRequest, FigureLine, JobNext,
    JournalRoot, Lease, Notice, PhoneAccepted, PhoneLinkHash, PhoneSignature, PhoneSigning,
    PlannedResult, Registered, Registration, RequestNote, ResultId, Session, SignInChallenge, Step,
    StoreError, StoredDecision, StoredRequest, StoredResult, TechnicalBreak, Transition,
    without_the_erased,
};

#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) challenges: HashMap<String, SignInChallenge>,
    pub(super) sessions: HashMap<String, Session>,
    pub(super) drafts: HashMap<String, Draft>,
    pub(super) phone_signings: HashMap<PhoneLinkHash, PhoneSigning>,
    pub(super) keys: HashMap<(Iin, String), (Number, String)>,
    pub(super) requests: BTreeMap<Number, StoredRequest>,
    pub(super) consents: HashMap<Number, Vec<ConsentRecord>>,
    pub(super) withdrawals: BTreeMap<Number, ConsentWithdrawal>,
    pub(super) askings: Vec<ConsentAsking>,
    pub(super) annulments: Vec<Annulment>,
    pub(super) notes: Vec<RequestNote>,
    pub(super) recourses: Vec<KeptRecourse>,
    pub(super) jobs: BTreeMap<Number, Job>,
    pub(super) decisions: HashMap<Number, StoredDecision>,
    pub(super) results: Vec<StoredResult>,
    pub(super) unsealed: HashMap<ResultId, Vec<u8>>,
    pub(super) sealed: HashMap<ResultId, Vec<u8>>,
    pub(super) audit: Vec<AuditRow>,
    pub(super) evidence: HashMap<Number, KeptDigests>,
    pub(super) notices: BTreeMap<(Number, &'static str), Notice>,
    pub(super) breaks: Vec<TechnicalBreak>,
    pub(super) roots: BTreeMap<String, JournalRoot>,
    pub(super) passwords: PasswordsState,
    pub(super) registry: RegistryState,
    pub(super) exchanges: ExchangesState,
    pub(super) desk: DeskState,
    pub(super) office: OfficeState,
    pub(super) callers: CallersState,
    pub(super) attempts: AttemptsState,
    pub(super) forms: FormsState,
    pub(super) people: PeopleState,
    pub(super) outbox: OutboxState,
    pub(super) synthetic_people: BTreeSet<Iin>,
    /// Requests of theirs.
    pub(super) synthetic: BTreeSet<Number>,
    pub(super) erased: BTreeMap<Number, KeptErased>,
    pub(super) erasure_waits: BTreeMap<Number, Timestamp>,
}

#[derive(Clone)]
pub(super) struct Job {
    pub(super) run_at: Timestamp,
    pub(super) leased_until: Option<Timestamp>,
    fence: i64,
    attempts: u32,
    pub(super) alarmed_percent: i32,
}

/// What is left of an erased request, with its line of figures.
#[derive(Clone)]
pub(super) struct KeptErased {
    pub(super) left: ErasedRequest,
    pub(super) line: FigureLine,
}

/// Digests of what was stored of a request.
#[derive(Clone, Default)]
pub(super) struct KeptDigests {
    pub(super) registration: String,
    pub(super) decision: Option<String>,
    pub(super) unsealed: Option<String>,
    pub(super) issued: Option<String>,
}

pub(super) fn unavailable(why: &'static str) -> StoreError {
    StoreError::Unavailable(why.into())
}

impl State {
    /// Nothing is added to what was erased.
    pub(super) fn require_kept(&self, number: Option<&Number>) -> Result<(), StoreError> {
        let is_erased = number.is_some_and(|number| self.erased.contains_key(number));
        if is_erased { Err(StoreError::Corrupt("the request was erased")) } else { Ok(()) }
    }

    pub(super) fn append(&mut self, events: &[AuditEvent]) {
        let erased: Vec<String> = self.erased.keys().map(ToString::to_string).collect();
        for event in &without_the_erased(events, &erased) {
            let hash = self.audit.last().map(|row| row.hash.as_str()).unwrap_or_default();
            let sequence = i64::try_from(self.audit.len()).unwrap_or(i64::MAX).saturating_add(1);
            let row = AuditRow::salted(event, sequence, hash, format!("{sequence:032x}"));
            self.audit.push(row);
        }
    }

    pub(super) fn open_session(
        &mut self,
        challenge_id: &str,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.challenges.remove(challenge_id).ok_or(StoreError::AlreadyUsed)?;
        self.sessions.insert(session.token.0.clone(), session.clone());
        self.append(std::slice::from_ref(audit));
        Ok(())
    }

    pub(super) fn remove_expired(&mut self, now: Timestamp) {
        self.challenges.retain(|_, challenge| challenge.expires_at > now);
        self.sessions.retain(|_, session| session.expires_at > now);
        self.drafts.retain(|_, draft| draft.request_number().is_some() || draft.expires_at > now);
        self.phone_signings.retain(|_, signing| signing.kept_until > now);
        self.askings.retain(|asking| asking.forget_at > now);
        self.passwords.remove_expired(now);
        self.attempts.remove_expired(now);
        self.office.remove_expired(now);
        self.outbox.remove_expired(now);
    }

    pub(super) fn accept_phone_signature(
        &mut self,
        link: &PhoneLinkHash,
        signature: &PhoneSignature,
    ) -> Result<PhoneAccepted, StoreError> {
        let signing = self.phone_signings.get_mut(link).ok_or(StoreError::AlreadyUsed)?;
        match &signing.accepted {
            Some(accepted) if accepted.digest == signature.digest => Ok(PhoneAccepted::Same),
            Some(_) => Ok(PhoneAccepted::Other),
            None => {
                signing.accepted = Some(signature.clone());
                signing.refusal = None;
                Ok(PhoneAccepted::New)
            }
        }
    }

    pub(super) fn refuse_phone_signature(&mut self, link: &PhoneLinkHash, code: &str) {
        let signing = self.phone_signings.get_mut(link);
        if let Some(signing) = signing.filter(|signing| signing.accepted.is_none()) {
            signing.refusal = Some(code.to_owned());
        }
    }

    pub(super) fn register(
        &mut self,
        registration: &Registration,
    ) -> Result<Registered, StoreError> {
        let applicant = registration.request.applicant;
        let key = (applicant, registration.key.0.clone());
        if let Some((number, digest)) = self.keys.get(&key) {
            let same = *digest == registration.body_digest;
            return Ok(if same { Registered::Same(number.clone()) } else { Registered::OtherBody });
        }
        let draft = self.drafts.get_mut(&registration.challenge);
        let draft = draft.filter(|draft| draft.request.applicant == applicant);
        let draft = draft.ok_or(StoreError::AlreadyUsed)?;
        if let Some(number) = &draft.became {
            return Ok(Registered::DraftUsed(number.clone()));
        }
        if let Some(number) = &draft.led_to {
            return Ok(Registered::Open(number.clone()));
        }
        let open = self
            .requests
            .values()
            .find(|one| one.request.applicant == applicant && !one.state.is_final());
        if let Some(open) = open {
            draft.led_to = Some(open.number.clone());
            return Ok(Registered::Open(open.number.clone()));
        }
        let number = registration.number.clone();
        if self.requests.contains_key(&number) || self.erased.contains_key(&number) {
            return Err(StoreError::NumberTaken);
        }
        if let Some(password) = &registration.password
            && !self.passwords.use_up(password)
        {
            return Ok(Registered::PasswordGone);
        }
        draft.became = Some(number.clone());
        self.keys.insert(key, (number.clone(), registration.body_digest.clone()));
        self.insert(number, registration);
        Ok(Registered::New)
    }

    fn insert(&mut self, number: Number, registration: &Registration) {
        let job = Job {
            run_at: registration.clock.accepted_at,
            leased_until: None,
            fence: 0,
            attempts: 0,
            alarmed_percent: 0,
        };
        let digest = registration_digest(registration).unwrap();
        let digests = KeptDigests { registration: digest, ..KeptDigests::default() };
        self.evidence.insert(number.clone(), digests);
        let request = registration.as_stored();
        self.jobs.insert(number.clone(), job);
        self.consents.insert(number.clone(), registration.consents.clone());
        if self.synthetic_people.contains(&request.request.applicant) {
            self.synthetic.insert(number.clone());
        }
        self.requests.insert(number, request);
        self.append(std::slice::from_ref(&registration.audit));
    }

    fn leased_job(&mut self, lease: &Lease) -> Result<&mut Job, StoreError> {
        self.jobs
            .get_mut(&lease.number)
            .filter(|job| job.fence == lease.fence && job.leased_until.is_some())
            .ok_or(StoreError::LeaseLost)
    }

    pub(super) fn give_back(&mut self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError> {
        let job = self.leased_job(lease)?;
        (job.leased_until, job.run_at) = (None, run_at);
        job.attempts = job.attempts.saturating_add(1);
        Ok(())
    }

    pub(super) fn lease_job(&mut self, now: Timestamp, until: Timestamp) -> Option<Lease> {
        let due = self.jobs.iter_mut().filter(|(_, job)| {
            job.run_at <= now && job.leased_until.is_none_or(|leased| leased <= now)
        });
        let (number, job) = due.min_by_key(|(_, job)| job.run_at)?;
        // A lease that ran out was a try too: whoever held it crashed or was too slow.
        job.attempts = job.attempts.saturating_add(u32::from(job.leased_until.is_some()));
        job.fence = job.fence.saturating_add(1);
        job.leased_until = Some(until);
        Some(Lease { number: number.clone(), fence: job.fence, attempts: job.attempts })
    }

    pub(super) fn commit(&mut self, change: &Transition) -> Result<(), StoreError> {
        let next = self.checked(change)?;
        let number = &change.lease.number;
        self.keep_digest(number, change)?;
        if let Some(request) = self.requests.get_mut(number) {
            request.version = request.version.saturating_add(1);
            (request.step, request.state) = (next, change.state);
            request.ended_at = change.state.is_final().then_some(change.at);
        }
        match &change.effect {
            Effect::Waiting => {}
            Effect::Decided(decision, planned) => self.plan(number, decision, planned),
            Effect::Intended(documents) => self.unsealed.extend(documents.iter().cloned()),
            Effect::Issued(documents) => self.issue(documents),
        }
        match change.job {
            JobNext::Continue => {}
            JobNext::Again(run_at) => self.give_back(&change.lease, run_at)?,
            JobNext::Done => drop(self.jobs.remove(number)),
        }
        self.tell(number, &change.notices);
        self.append(&change.audit);
        Ok(())
    }

    /// Everything a commit may fail by; gives the step it leads to.
    fn checked(&mut self, change: &Transition) -> Result<Step, StoreError> {
        self.leased_job(&change.lease)?;
        let number = &change.lease.number;
        let request = self.requests.get(number);
        let request = request.ok_or(StoreError::Corrupt("a job without its request"))?;
        let next = change.effect.step_after(request.step).ok_or(StoreError::Stale)?;
        if request.version != change.expected_version {
            return Err(StoreError::Stale);
        }
        match &change.effect {
            Effect::Waiting => {}
            Effect::Decided(_, planned) => self.require_free(planned)?,
            Effect::Intended(documents) | Effect::Issued(documents) => {
                self.require_planned(number, documents)?;
            }
        }
        match change.job {
            JobNext::Done if next != Step::Issued => {
                Err(unavailable("the request has no answer yet"))
            }
            JobNext::Continue | JobNext::Again(_) | JobNext::Done => Ok(next),
        }
    }

    /// Something is planned, its numbers are new, and no ward has two answers.
    fn require_free(&self, planned: &[PlannedResult]) -> Result<(), StoreError> {
        if planned.is_empty() {
            return Err(unavailable("no answer is planned"));
        }
        for (place, one) in planned.iter().enumerate() {
            let taken = |other: &PlannedResult| {
                other.id == one.id
                    || other.token == one.token
                    || other.content.number() == one.content.number()
            };
            let is_erased = |kept: &KeptErased| {
                kept.left.documents.iter().any(|document| document.number == *one.content.number())
            };
            if self.erased.values().any(is_erased) {
                return Err(StoreError::NumberTaken);
            }
            let mut before = planned.iter().take(place);
            if self.results.iter().any(|other| taken(&other.planned)) || before.any(taken) {
                return Err(StoreError::NumberTaken);
            }
            if planned.iter().take(place).any(|other| other.ward_key == one.ward_key) {
                return Err(unavailable("one ward has two answers"));
            }
        }
        Ok(())
    }

    fn plan(&mut self, number: &Number, decision: &StoredDecision, planned: &[PlannedResult]) {
        self.decisions.insert(number.clone(), decision.clone());
        for one in planned {
            let (planned, request, digest) = (one.clone(), number.clone(), None);
            self.results.push(StoredResult { planned, request, digest });
        }
    }

    fn issue(&mut self, documents: &[(ResultId, Vec<u8>)]) {
        for (id, bytes) in documents {
            let result = self.results.iter_mut().find(|one| one.planned.id == *id);
            if let Some(result) = result {
                result.digest = Some(hex::encode(Sha256::digest(bytes)));
            }
            self.unsealed.remove(id);
            self.sealed.insert(id.clone(), bytes.clone());
        }
    }

    /// Each planned document once, and no other.
    fn require_planned(
        &self,
        number: &Number,
        documents: &[(ResultId, Vec<u8>)],
    ) -> Result<(), StoreError> {
        let planned: Vec<&ResultId> =
            self.results_of(number).map(|result| &result.planned.id).collect();
        let known = documents.iter().all(|(id, _)| planned.contains(&id));
        let whole = planned.iter().all(|id| documents.iter().any(|(other, _)| other == *id));
        if known && whole && planned.len() == documents.len() {
            Ok(())
        } else {
            Err(StoreError::Corrupt("a document that was not planned"))
        }
    }

    pub(super) fn results_of<'a>(
        &'a self,
        number: &'a Number,
    ) -> impl Iterator<Item = &'a StoredResult> {
        self.results.iter().filter(move |result| result.request == *number)
    }

    pub(super) fn issued(&self, wanted: impl Fn(&StoredResult) -> bool) -> Option<StoredResult> {
        self.results.iter().find(|one| one.digest.is_some() && wanted(one)).cloned()
    }

    pub(super) fn requests_of(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Vec<StoredRequest> {
        let mut found: Vec<_> = self
            .requests
            .values()
            .filter(|one| one.request.applicant == applicant)
            .filter(|one| before.is_none_or(|before| one.clock.accepted_at < before))
            .cloned()
            .collect();
        found.sort_by(|a, b| {
            (b.clock.accepted_at, &b.number).cmp(&(a.clock.accepted_at, &a.number))
        });
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        found
    }

    pub(super) fn audit_of_subject(
        &self,
        subject: Iin,
        before: Option<i64>,
        limit: u32,
    ) -> Vec<AuditRow> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let subject = subject.digits();
        let about = |row: &&AuditRow| {
            row.subject == subject && before.is_none_or(|before| row.sequence < before)
        };
        self.audit.iter().rev().filter(about).take(limit).cloned().collect()
    }

    pub(super) fn audit_from(&self, sequence: i64, limit: u32) -> Vec<AuditRow> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.audit.iter().filter(|row| row.sequence >= sequence).take(limit).cloned().collect()
    }
}
