//! The store of the stage: it watches that nobody changes anything who lost his lease, and may have one planted bug.
//! Everything else goes to the store behind it.
//!
//! Read next: `watched_calls.rs` for the calls that are watched, `planted.rs` for the bugs.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::{
    AuditEvent, AuditRow, CheckToken, Draft, Exception, IdempotencyKey, JournalHead, JournalRoot,
    KeptPassword, Lease, NewPassword, Notice, OpenRequest, PasswordBinding, PasswordTried,
    PasswordTry, PasswordTurn, PasswordUse, PendingSignIn, PhoneAccepted, PhoneLinkHash,
    PhoneSignature, PhoneSigning, Registered, Registration, ResultId, Session, SessionToken,
    SignInChallenge, Store, StoreError, StoredDecision, StoredEvidence, StoredNotice,
    StoredRequest, StoredResult, TechnicalBreak, Transition, UsedNumberClass,
};
use async_trait::async_trait;
use domain::{Alarm, ConsentRecord, Iin, Number, NumberClass, WaitingFor};
use jiff::Timestamp;

use crate::breach::Breach;
use crate::planted::Plant;

/// A store, watched.
pub(crate) struct WatchedStore {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) plant: Option<Plant>,
    harm: Mutex<Harm>,
}

#[derive(Default)]
pub(crate) struct Harm {
    pub(crate) sealed_again: HashMap<ResultId, Vec<u8>>,
    pub(crate) lost_jobs: BTreeSet<Number>,
    /// The last fence given of each job.
    pub(crate) fences: HashMap<Number, i64>,
    breach: Option<Breach>,
}

impl WatchedStore {
    pub(crate) fn new(store: Arc<dyn Store>, plant: Option<Plant>) -> Self {
        Self { store, plant, harm: Mutex::default() }
    }

    pub(crate) fn harm(&self) -> MutexGuard<'_, Harm> {
        self.harm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn breach(&self) -> Option<Breach> {
        self.harm().breach.take()
    }

    /// After a change under a lease that the store took.
    pub(crate) fn require_last(&self, lease: &Lease) {
        let mut harm = self.harm();
        if harm.fences.get(&lease.number) != Some(&lease.fence) {
            let invariant = "who lost his lease changes nothing";
            harm.breach = Some(Breach::of(invariant, lease.number.to_string()));
        }
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

    async fn hold_sign_in(
        &self,
        challenge_id: &str,
        pending: &PendingSignIn,
    ) -> Result<(), StoreError> {
        self.store.hold_sign_in(challenge_id, pending).await
    }

    async fn pending_sign_in(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<PendingSignIn>, StoreError> {
        self.store.pending_sign_in(id, now).await
    }

    async fn open_session_by_password(
        &self,
        pending_id: &str,
        password: &PasswordUse,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.store.open_session_by_password(pending_id, password, session, audit).await
    }

    async fn put_password(&self, password: &NewPassword) -> Result<PasswordTurn, StoreError> {
        self.store.put_password(password).await
    }

    async fn password_not_sent(&self, id: &str) -> Result<(), StoreError> {
        self.store.password_not_sent(id).await
    }

    async fn passwords(
        &self,
        binding: &PasswordBinding,
        now: Timestamp,
    ) -> Result<Vec<KeptPassword>, StoreError> {
        self.store.passwords(binding, now).await
    }

    async fn try_password(&self, attempt: &PasswordTry) -> Result<PasswordTried, StoreError> {
        self.store.try_password(attempt).await
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

    async fn audit_of_subject(
        &self,
        subject: Iin,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        self.store.audit_of_subject(subject, before, limit).await
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
