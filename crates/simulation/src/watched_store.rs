//! The store of the stage: it watches that nobody changes anything who lost his lease, and may have one planted bug.
//! Everything else goes to the store behind it.
//!
//! Read next: `planted.rs` for the bugs.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::{
    AuditEvent, AuditRow, CheckToken, Draft, Effect, Exception, IdempotencyKey, JournalHead,
    JournalRoot, Lease, Notice, OpenRequest, PhoneAccepted, PhoneLinkHash, PhoneSignature,
    PhoneSigning, Registered, Registration, ResultId, Session, SessionToken, SignInChallenge,
    Store, StoreError, StoredDecision, StoredEvidence, StoredNotice, StoredRequest, StoredResult,
    TechnicalBreak, Transition, UsedNumberClass,
};
use async_trait::async_trait;
use domain::{Alarm, ConsentRecord, Iin, Number, NumberClass, WaitingFor};
use jiff::Timestamp;

use crate::breach::Breach;
use crate::planted::Plant;

/// A store, watched.
pub(crate) struct WatchedStore {
    store: Arc<dyn Store>,
    plant: Option<Plant>,
    harm: Mutex<Harm>,
}

#[derive(Default)]
struct Harm {
    sealed_again: HashMap<ResultId, Vec<u8>>,
    lost_jobs: BTreeSet<Number>,
    /// The last fence given of each job.
    fences: HashMap<Number, i64>,
    breach: Option<Breach>,
}

impl WatchedStore {
    pub(crate) fn new(store: Arc<dyn Store>, plant: Option<Plant>) -> Self {
        Self { store, plant, harm: Mutex::default() }
    }

    fn harm(&self) -> MutexGuard<'_, Harm> {
        self.harm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn breach(&self) -> Option<Breach> {
        self.harm().breach.take()
    }

    /// After a change under a lease that the store took.
    fn require_last(&self, lease: &Lease) {
        let mut harm = self.harm();
        if harm.fences.get(&lease.number) != Some(&lease.fence) {
            let invariant = "who lost his lease changes nothing";
            harm.breach = Some(Breach::of(invariant, lease.number.to_string()));
        }
    }

    async fn commit_watched(&self, transition: &Transition) -> Result<(), StoreError> {
        let committed = self.store.commit(transition).await;
        if committed.is_ok() {
            self.require_last(&transition.lease);
        }
        match (committed, &transition.effect) {
            (Err(StoreError::LeaseLost | StoreError::Stale), Effect::Issued(documents))
                if self.plant == Some(Plant::DoubleSeal) =>
            {
                self.harm().sealed_again.extend(documents.iter().cloned());
                Ok(())
            }
            (committed, _) => committed,
        }
    }

    async fn lease_what_is_left(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        loop {
            let Some(lease) = self.store.lease_job(now, until).await? else { return Ok(None) };
            let mut harm = self.harm();
            harm.fences.insert(lease.number.clone(), lease.fence);
            if !harm.lost_jobs.contains(&lease.number) {
                return Ok(Some(lease));
            }
        }
    }

    async fn postpone_or_lose(&self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError> {
        if self.plant == Some(Plant::LostJob) {
            self.harm().lost_jobs.insert(lease.number.clone());
        }
        self.store.postpone_job(lease, run_at).await?;
        self.require_last(lease);
        Ok(())
    }

    async fn document_sealed_last(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError> {
        let again = self.harm().sealed_again.get(id).cloned();
        if again.is_some() { Ok(again) } else { self.store.document(id).await }
    }

    async fn evidence_without_lost(
        &self,
        number: &Number,
    ) -> Result<Option<StoredEvidence>, StoreError> {
        let mut evidence = self.store.evidence(number).await?;
        if let Some(evidence) = &mut evidence
            && self.harm().lost_jobs.contains(number)
        {
            evidence.alarmed_percent = None;
        }
        Ok(evidence)
    }
}

#[async_trait]
impl Store for WatchedStore {
    async fn put_challenge(&self, challenge: &SignInChallenge) -> Result<(), StoreError> {
        self.store.put_challenge(challenge).await
    }

    async fn challenge(&self, id: &str) -> Result<Option<SignInChallenge>, StoreError> {
        self.store.challenge(id).await
    }

    async fn open_session(
        &self,
        challenge_id: &str,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.store.open_session(challenge_id, session, audit).await
    }

    async fn session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        self.store.session(token, now).await
    }

    async fn close_session(&self, token: &SessionToken) -> Result<(), StoreError> {
        self.store.close_session(token).await
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<(), StoreError> {
        self.store.remove_expired(now).await
    }

    async fn put_draft(&self, draft: &Draft) -> Result<(), StoreError> {
        self.store.put_draft(draft).await
    }

    async fn draft(&self, challenge: &str) -> Result<Option<Draft>, StoreError> {
        self.store.draft(challenge).await
    }

    async fn put_phone_signing(&self, signing: &PhoneSigning) -> Result<(), StoreError> {
        self.store.put_phone_signing(signing).await
    }

    async fn phone_signing(
        &self,
        link: &PhoneLinkHash,
    ) -> Result<Option<PhoneSigning>, StoreError> {
        self.store.phone_signing(link).await
    }

    async fn accept_phone_signature(
        &self,
        link: &PhoneLinkHash,
        signature: &PhoneSignature,
    ) -> Result<PhoneAccepted, StoreError> {
        self.store.accept_phone_signature(link, signature).await
    }

    async fn refuse_phone_signature(
        &self,
        link: &PhoneLinkHash,
        code: &str,
    ) -> Result<(), StoreError> {
        self.store.refuse_phone_signature(link, code).await
    }

    async fn idempotent(
        &self,
        applicant: Iin,
        key: &IdempotencyKey,
    ) -> Result<Option<(Number, String)>, StoreError> {
        self.store.idempotent(applicant, key).await
    }

    async fn register(&self, registration: &Registration) -> Result<Registered, StoreError> {
        self.store.register(registration).await
    }

    async fn request(&self, number: &Number) -> Result<Option<StoredRequest>, StoreError> {
        self.store.request(number).await
    }

    async fn requests_of(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError> {
        self.store.requests_of(applicant, before, limit).await
    }

    async fn consents_of(&self, number: &Number) -> Result<Vec<ConsentRecord>, StoreError> {
        self.store.consents_of(number).await
    }

    async fn commit(&self, transition: &Transition) -> Result<(), StoreError> {
        self.commit_watched(transition).await
    }

    async fn lease_job(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        self.lease_what_is_left(now, until).await
    }

    async fn postpone_job(&self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError> {
        self.postpone_or_lose(lease, run_at).await
    }

    async fn release_waiting(
        &self,
        waiting_for: WaitingFor,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.store.release_waiting(waiting_for, now).await
    }

    async fn open_requests(
        &self,
        alarm: Alarm,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<OpenRequest>, StoreError> {
        self.store.open_requests(alarm, due_before, limit).await
    }

    async fn raise_alarm(
        &self,
        number: &Number,
        alarm: Alarm,
        notice: Option<Notice>,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.store.raise_alarm(number, alarm, notice, audit).await
    }

    async fn exceptions(
        &self,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Exception>, StoreError> {
        self.store.exceptions(before, limit).await
    }

    async fn notices_of(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError> {
        self.store.notices_of(applicant, limit).await
    }

    async fn put_break(
        &self,
        planned: &TechnicalBreak,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.store.put_break(planned, audit).await
    }

    async fn withdraw_break(
        &self,
        id: &str,
        at: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.store.withdraw_break(id, at, audit).await
    }

    async fn breaks_after(&self, moment: Timestamp) -> Result<Vec<TechnicalBreak>, StoreError> {
        self.store.breaks_after(moment).await
    }

    async fn results_of(&self, number: &Number) -> Result<Vec<StoredResult>, StoreError> {
        self.store.results_of(number).await
    }

    async fn result(&self, id: &ResultId) -> Result<Option<StoredResult>, StoreError> {
        self.store.result(id).await
    }

    async fn result_by_number(&self, number: &Number) -> Result<Option<StoredResult>, StoreError> {
        self.store.result_by_number(number).await
    }

    async fn result_by_token(
        &self,
        token: &CheckToken,
    ) -> Result<Option<StoredResult>, StoreError> {
        self.store.result_by_token(token).await
    }

    async fn result_by_digest(&self, digest: &str) -> Result<Option<StoredResult>, StoreError> {
        self.store.result_by_digest(digest).await
    }

    async fn unsealed(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.unsealed(id).await
    }

    async fn document(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError> {
        self.document_sealed_last(id).await
    }

    async fn decision(&self, number: &Number) -> Result<Option<StoredDecision>, StoreError> {
        self.store.decision(number).await
    }

    async fn append_audit(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.store.append_audit(event).await
    }

    async fn audit_from(&self, sequence: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.store.audit_from(sequence, limit).await
    }

    async fn audit_of(&self, number: &Number) -> Result<Vec<AuditRow>, StoreError> {
        self.store.audit_of(number).await
    }

    async fn journal_head(&self) -> Result<JournalHead, StoreError> {
        self.store.journal_head().await
    }

    async fn put_root(&self, root: &JournalRoot, audit: &AuditEvent) -> Result<bool, StoreError> {
        self.store.put_root(root, audit).await
    }

    async fn stamp_root(&self, day: &str, stamp: &[u8]) -> Result<(), StoreError> {
        self.store.stamp_root(day, stamp).await
    }

    async fn roots(&self) -> Result<Vec<JournalRoot>, StoreError> {
        self.store.roots().await
    }

    async fn numbers_after(
        &self,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError> {
        self.store.numbers_after(after, limit).await
    }

    async fn evidence(&self, number: &Number) -> Result<Option<StoredEvidence>, StoreError> {
        self.evidence_without_lost(number).await
    }

    async fn number_class(&self) -> Result<NumberClass, StoreError> {
        self.store.number_class().await
    }

    async fn number_classes(&self) -> Result<Vec<UsedNumberClass>, StoreError> {
        self.store.number_classes().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }
}
