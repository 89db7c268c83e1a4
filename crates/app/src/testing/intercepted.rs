//! A store with somebody before and behind each call: to kill the process there, to fail, to count.
//!
//! Behind the call means: it is done and nobody has heard of it yet. Knows no store.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{Alarm, ConsentRecord, Iin, Number, NumberClass, WaitingFor};
use jiff::Timestamp;

use crate::audit::{AuditEvent, AuditRow};
use crate::ports::{
    CheckToken, Draft, Effect, Exception, IdempotencyKey, JournalHead, JournalRoot, KeptPassword,
    Lease, NewPassword, Notice, OpenRequest, PasswordBinding, PasswordTried, PasswordTry,
    PasswordTurn, PasswordUse, PendingSignIn, PhoneAccepted, PhoneLinkHash, PhoneSignature,
    PhoneSigning, Registered, Registration, ResultId, Session, SessionToken, SignInChallenge,
    Store, StoreError, StoredDecision, StoredEvidence, StoredNotice, StoredRequest, StoredResult,
    TechnicalBreak, Transition, UsedNumberClass,
};

/// Is told before and after each call of the store, by its name; the commits by what they store: `commit_waiting`,
/// `commit_decided`, `commit_intended`, `commit_issued`.
#[async_trait]
pub trait Interceptor: Send + Sync {
    /// Before the call: an error keeps it from being made.
    ///
    /// # Errors
    /// Whatever the caller is to see instead.
    fn before(&self, call: &'static str) -> Result<(), StoreError>;

    /// After the call was made: an error hides its outcome.
    ///
    /// # Errors
    /// Whatever the caller is to see instead.
    fn after(&self, call: &'static str) -> Result<(), StoreError>;

    /// Before and after each call: may keep the caller waiting, so that others come in between.
    async fn hold(&self, _moment: Moment, _call: &'static str) {}

    /// What the store itself said, before anybody else hears of it.
    fn outcome(&self, _call: &'static str, _error: Option<&StoreError>) {}
}

/// Where a caller is held up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The call was not made yet.
    Before,
    /// It is done, and its caller has not heard of it.
    After,
}

/// A store whose calls an interceptor sees.
pub struct Intercepted<I> {
    pub(super) store: Arc<dyn Store>,
    interceptor: I,
}

impl<I: Interceptor> Intercepted<I> {
    /// Puts an interceptor round a store.
    pub fn new(store: Arc<dyn Store>, interceptor: I) -> Self {
        Self { store, interceptor }
    }

    pub(super) async fn around<T>(
        &self,
        call: &'static str,
        outcome: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.interceptor.hold(Moment::Before, call).await;
        self.interceptor.before(call)?;
        let outcome = outcome.await;
        self.interceptor.outcome(call, outcome.as_ref().err());
        self.interceptor.hold(Moment::After, call).await;
        self.interceptor.after(call)?;
        outcome
    }
}

fn commit_point(effect: &Effect) -> &'static str {
    match effect {
        Effect::Waiting => "commit_waiting",
        Effect::Decided(..) => "commit_decided",
        Effect::Intended(_) => "commit_intended",
        Effect::Issued(_) => "commit_issued",
    }
}

#[async_trait]
impl<I: Interceptor> Store for Intercepted<I> {
    async fn put_challenge(&self, challenge: &SignInChallenge) -> Result<(), StoreError> {
        self.around("put_challenge", self.store.put_challenge(challenge)).await
    }

    async fn challenge(&self, id: &str) -> Result<Option<SignInChallenge>, StoreError> {
        self.around("challenge", self.store.challenge(id)).await
    }

    async fn open_session(
        &self,
        challenge_id: &str,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.around("open_session", self.store.open_session(challenge_id, session, audit)).await
    }

    async fn session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        self.around("session", self.store.session(token, now)).await
    }

    async fn close_session(&self, token: &SessionToken) -> Result<(), StoreError> {
        self.around("close_session", self.store.close_session(token)).await
    }

    async fn hold_sign_in(
        &self,
        challenge_id: &str,
        pending: &PendingSignIn,
    ) -> Result<(), StoreError> {
        self.around("hold_sign_in", self.store.hold_sign_in(challenge_id, pending)).await
    }

    async fn pending_sign_in(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<PendingSignIn>, StoreError> {
        self.around("pending_sign_in", self.store.pending_sign_in(id, now)).await
    }

    async fn open_session_by_password(
        &self,
        pending_id: &str,
        password: &PasswordUse,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.around(
            "open_session_by_password",
            self.store.open_session_by_password(pending_id, password, session, audit),
        )
        .await
    }

    async fn put_password(&self, password: &NewPassword) -> Result<PasswordTurn, StoreError> {
        self.around("put_password", self.store.put_password(password)).await
    }

    async fn password_not_sent(&self, id: &str) -> Result<(), StoreError> {
        self.around("password_not_sent", self.store.password_not_sent(id)).await
    }

    async fn passwords(
        &self,
        binding: &PasswordBinding,
        now: Timestamp,
    ) -> Result<Vec<KeptPassword>, StoreError> {
        self.around("passwords", self.store.passwords(binding, now)).await
    }

    async fn try_password(&self, attempt: &PasswordTry) -> Result<PasswordTried, StoreError> {
        self.around("try_password", self.store.try_password(attempt)).await
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<(), StoreError> {
        self.around("remove_expired", self.store.remove_expired(now)).await
    }

    async fn put_draft(&self, draft: &Draft) -> Result<(), StoreError> {
        self.around("put_draft", self.store.put_draft(draft)).await
    }

    async fn draft(&self, challenge: &str) -> Result<Option<Draft>, StoreError> {
        self.around("draft", self.store.draft(challenge)).await
    }

    async fn put_phone_signing(&self, signing: &PhoneSigning) -> Result<(), StoreError> {
        self.around("put_phone_signing", self.store.put_phone_signing(signing)).await
    }

    async fn phone_signing(
        &self,
        link: &PhoneLinkHash,
    ) -> Result<Option<PhoneSigning>, StoreError> {
        self.around("phone_signing", self.store.phone_signing(link)).await
    }

    async fn accept_phone_signature(
        &self,
        link: &PhoneLinkHash,
        signature: &PhoneSignature,
    ) -> Result<PhoneAccepted, StoreError> {
        let accept = self.store.accept_phone_signature(link, signature);
        self.around("accept_phone_signature", accept).await
    }

    async fn refuse_phone_signature(
        &self,
        link: &PhoneLinkHash,
        code: &str,
    ) -> Result<(), StoreError> {
        let refuse = self.store.refuse_phone_signature(link, code);
        self.around("refuse_phone_signature", refuse).await
    }

    async fn idempotent(
        &self,
        applicant: Iin,
        key: &IdempotencyKey,
    ) -> Result<Option<(Number, String)>, StoreError> {
        self.around("idempotent", self.store.idempotent(applicant, key)).await
    }

    async fn register(&self, registration: &Registration) -> Result<Registered, StoreError> {
        self.around("register", self.store.register(registration)).await
    }

    async fn request(&self, number: &Number) -> Result<Option<StoredRequest>, StoreError> {
        self.around("request", self.store.request(number)).await
    }

    async fn requests_of(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError> {
        self.around("requests_of", self.store.requests_of(applicant, before, limit)).await
    }

    async fn consents_of(&self, number: &Number) -> Result<Vec<ConsentRecord>, StoreError> {
        self.around("consents_of", self.store.consents_of(number)).await
    }

    async fn commit(&self, transition: &Transition) -> Result<(), StoreError> {
        self.around(commit_point(&transition.effect), self.store.commit(transition)).await
    }

    async fn lease_job(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        self.interceptor.before("lease_job")?;
        let leased = self.store.lease_job(now, until).await;
        // A look that finds no work changes nothing.
        if matches!(leased, Ok(Some(_))) {
            self.interceptor.after("lease_job")?;
        }
        leased
    }

    async fn postpone_job(&self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError> {
        self.around("postpone_job", self.store.postpone_job(lease, run_at)).await
    }

    async fn release_waiting(
        &self,
        waiting_for: WaitingFor,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.around("release_waiting", self.store.release_waiting(waiting_for, now)).await
    }

    async fn open_requests(
        &self,
        alarm: Alarm,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<OpenRequest>, StoreError> {
        self.around("open_requests", self.store.open_requests(alarm, due_before, limit)).await
    }

    async fn raise_alarm(
        &self,
        number: &Number,
        alarm: Alarm,
        notice: Option<Notice>,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.around("raise_alarm", self.store.raise_alarm(number, alarm, notice, audit)).await
    }

    async fn exceptions(
        &self,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Exception>, StoreError> {
        self.around("exceptions", self.store.exceptions(before, limit)).await
    }

    async fn notices_of(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError> {
        self.around("notices_of", self.store.notices_of(applicant, limit)).await
    }

    async fn put_break(
        &self,
        planned: &TechnicalBreak,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.around("put_break", self.store.put_break(planned, audit)).await
    }

    async fn withdraw_break(
        &self,
        id: &str,
        at: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.around("withdraw_break", self.store.withdraw_break(id, at, audit)).await
    }

    async fn breaks_after(&self, moment: Timestamp) -> Result<Vec<TechnicalBreak>, StoreError> {
        self.around("breaks_after", self.store.breaks_after(moment)).await
    }

    async fn results_of(&self, number: &Number) -> Result<Vec<StoredResult>, StoreError> {
        self.around("results_of", self.store.results_of(number)).await
    }

    async fn result(&self, id: &ResultId) -> Result<Option<StoredResult>, StoreError> {
        self.around("result", self.store.result(id)).await
    }

    async fn result_by_number(&self, number: &Number) -> Result<Option<StoredResult>, StoreError> {
        self.around("result_by_number", self.store.result_by_number(number)).await
    }

    async fn result_by_token(
        &self,
        token: &CheckToken,
    ) -> Result<Option<StoredResult>, StoreError> {
        self.around("result_by_token", self.store.result_by_token(token)).await
    }

    async fn result_by_digest(&self, digest: &str) -> Result<Option<StoredResult>, StoreError> {
        self.around("result_by_digest", self.store.result_by_digest(digest)).await
    }

    async fn unsealed(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError> {
        self.around("unsealed", self.store.unsealed(id)).await
    }

    async fn document(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError> {
        self.around("document", self.store.document(id)).await
    }

    async fn decision(&self, number: &Number) -> Result<Option<StoredDecision>, StoreError> {
        self.around("decision", self.store.decision(number)).await
    }

    async fn append_audit(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.around("append_audit", self.store.append_audit(event)).await
    }

    async fn audit_from(&self, sequence: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.around("audit_from", self.store.audit_from(sequence, limit)).await
    }

    async fn audit_of(&self, number: &Number) -> Result<Vec<AuditRow>, StoreError> {
        self.around("audit_of", self.store.audit_of(number)).await
    }

    async fn audit_of_subject(
        &self,
        subject: Iin,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let rows = self.store.audit_of_subject(subject, before, limit);
        self.around("audit_of_subject", rows).await
    }

    async fn journal_head(&self) -> Result<JournalHead, StoreError> {
        self.around("journal_head", self.store.journal_head()).await
    }

    async fn put_root(&self, root: &JournalRoot, audit: &AuditEvent) -> Result<bool, StoreError> {
        self.around("put_root", self.store.put_root(root, audit)).await
    }

    async fn stamp_root(&self, day: &str, stamp: &[u8]) -> Result<(), StoreError> {
        self.around("stamp_root", self.store.stamp_root(day, stamp)).await
    }

    async fn roots(&self) -> Result<Vec<JournalRoot>, StoreError> {
        self.around("roots", self.store.roots()).await
    }

    async fn numbers_after(
        &self,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError> {
        self.around("numbers_after", self.store.numbers_after(after, limit)).await
    }

    async fn evidence(&self, number: &Number) -> Result<Option<StoredEvidence>, StoreError> {
        self.around("evidence", self.store.evidence(number)).await
    }

    async fn number_class(&self) -> Result<NumberClass, StoreError> {
        self.around("number_class", self.store.number_class()).await
    }

    async fn number_classes(&self) -> Result<Vec<UsedNumberClass>, StoreError> {
        self.around("number_classes", self.store.number_classes()).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.around("ping", self.store.ping()).await
    }
}
