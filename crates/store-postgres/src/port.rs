//! The two ports, each method the function of its theme, none longer than its time.

use app::{
    AuditEvent, AuditRow, CheckToken, Draft, Exception, IdempotencyKey, ImportBatch, ImportOutcome,
    ImportPreview, JournalHead, JournalRoot, KeptPassword, Lease, NewPassword, Notice, OpenRequest,
    PasswordBinding, PasswordTried, PasswordTry, PasswordTurn, PasswordUse, PendingSignIn,
    PhoneAccepted, PhoneLinkHash, PhoneSignature, PhoneSigning, RecordVersion, Registered,
    Registration, Registry, ResultId, Session, SessionToken, SignInChallenge, Store, StoreError,
    StoredDecision, StoredEvidence, StoredNotice, StoredRequest, StoredResult, TechnicalBreak,
    Transition, UsedNumberClass,
};
use async_trait::async_trait;
use domain::{Alarm, ConsentRecord, GuardianRecord, Iin, Number, NumberClass, WaitingFor};
use jiff::Timestamp;

use crate::{
    PostgresStore, alarms, audit, batch, breaks, drafts, evidence, health, jobs, misplaced,
    one_time_passwords, phone_signings, registry, requests, results, sign_in,
};

#[async_trait]
impl Store for PostgresStore {
    async fn put_challenge(&self, challenge: &SignInChallenge) -> Result<(), StoreError> {
        self.within(sign_in::put_challenge(self, challenge)).await
    }

    async fn challenge(&self, id: &str) -> Result<Option<SignInChallenge>, StoreError> {
        self.within(sign_in::challenge(self, id)).await
    }

    async fn open_session(
        &self,
        challenge_id: &str,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.within(sign_in::open_session(self, challenge_id, session, audit)).await
    }

    async fn session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        self.within(sign_in::session(self, token, now)).await
    }

    async fn close_session(&self, token: &SessionToken) -> Result<(), StoreError> {
        self.within(sign_in::close_session(self, token)).await
    }

    async fn hold_sign_in(
        &self,
        challenge_id: &str,
        pending: &PendingSignIn,
    ) -> Result<(), StoreError> {
        self.within(one_time_passwords::hold_sign_in(self, challenge_id, pending)).await
    }

    async fn pending_sign_in(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<PendingSignIn>, StoreError> {
        self.within(one_time_passwords::pending_sign_in(self, id, now)).await
    }

    async fn open_session_by_password(
        &self,
        pending_id: &str,
        password: &PasswordUse,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.within(one_time_passwords::open_session_by_password(
            self, pending_id, password, session, audit,
        ))
        .await
    }

    async fn put_password(&self, password: &NewPassword) -> Result<PasswordTurn, StoreError> {
        self.within(one_time_passwords::put_password(self, password)).await
    }

    async fn password_not_sent(&self, id: &str) -> Result<(), StoreError> {
        self.within(one_time_passwords::password_not_sent(self, id)).await
    }

    async fn passwords(
        &self,
        binding: &PasswordBinding,
        now: Timestamp,
    ) -> Result<Vec<KeptPassword>, StoreError> {
        self.within(one_time_passwords::passwords(self, binding, now)).await
    }

    async fn try_password(&self, attempt: &PasswordTry) -> Result<PasswordTried, StoreError> {
        self.within(one_time_passwords::try_password(self, attempt)).await
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<(), StoreError> {
        self.within(sign_in::remove_expired(self, now)).await
    }

    async fn put_draft(&self, draft: &Draft) -> Result<(), StoreError> {
        self.within(drafts::put_draft(self, draft)).await
    }

    async fn draft(&self, challenge: &str) -> Result<Option<Draft>, StoreError> {
        self.within(drafts::draft(self, challenge)).await
    }

    async fn put_phone_signing(&self, signing: &PhoneSigning) -> Result<(), StoreError> {
        self.within(phone_signings::put(self, signing)).await
    }

    async fn phone_signing(
        &self,
        link: &PhoneLinkHash,
    ) -> Result<Option<PhoneSigning>, StoreError> {
        self.within(phone_signings::find(self, link)).await
    }

    async fn accept_phone_signature(
        &self,
        link: &PhoneLinkHash,
        signature: &PhoneSignature,
    ) -> Result<PhoneAccepted, StoreError> {
        self.within(phone_signings::accept(self, link, signature)).await
    }

    async fn refuse_phone_signature(
        &self,
        link: &PhoneLinkHash,
        code: &str,
    ) -> Result<(), StoreError> {
        self.within(phone_signings::refuse(self, link, code)).await
    }

    async fn idempotent(
        &self,
        applicant: Iin,
        key: &IdempotencyKey,
    ) -> Result<Option<(Number, String)>, StoreError> {
        self.within(requests::idempotent(self, applicant, key)).await
    }

    async fn register(&self, registration: &Registration) -> Result<Registered, StoreError> {
        self.within(batch::register(self, registration)).await
    }

    async fn request(&self, number: &Number) -> Result<Option<StoredRequest>, StoreError> {
        self.within(requests::request(self, number)).await
    }

    async fn requests_of(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError> {
        self.within(requests::requests_of(self, applicant, before, limit)).await
    }

    async fn consents_of(&self, number: &Number) -> Result<Vec<ConsentRecord>, StoreError> {
        self.within(requests::consents_of(self, number)).await
    }

    async fn commit(&self, transition: &Transition) -> Result<(), StoreError> {
        self.within(batch::commit(self, transition)).await
    }

    async fn lease_job(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        self.within(jobs::lease_job(self, now, until)).await
    }

    async fn postpone_job(&self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError> {
        self.within(jobs::postpone_job(self, lease, run_at)).await
    }

    async fn release_waiting(
        &self,
        waiting_for: WaitingFor,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.within(alarms::release_waiting(self, waiting_for, now)).await
    }

    async fn open_requests(
        &self,
        alarm: Alarm,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<OpenRequest>, StoreError> {
        self.within(alarms::open_requests(self, alarm, due_before, limit)).await
    }

    async fn raise_alarm(
        &self,
        number: &Number,
        alarm: Alarm,
        notice: Option<Notice>,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.within(alarms::raise_alarm(self, number, alarm, notice, audit)).await
    }

    async fn exceptions(
        &self,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Exception>, StoreError> {
        self.within(alarms::exceptions(self, before, limit)).await
    }

    async fn notices_of(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError> {
        self.within(alarms::notices_of(self, applicant, limit)).await
    }

    async fn put_break(
        &self,
        planned: &TechnicalBreak,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.within(breaks::put_break(self, planned, audit)).await
    }

    async fn withdraw_break(
        &self,
        id: &str,
        at: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.within(breaks::withdraw_break(self, id, at, audit)).await
    }

    async fn breaks_after(&self, moment: Timestamp) -> Result<Vec<TechnicalBreak>, StoreError> {
        self.within(breaks::breaks_after(self, moment)).await
    }

    async fn results_of(&self, number: &Number) -> Result<Vec<StoredResult>, StoreError> {
        self.within(results::results_of(self, number)).await
    }

    async fn result(&self, id: &ResultId) -> Result<Option<StoredResult>, StoreError> {
        self.within(results::result(self, id)).await
    }

    async fn result_by_number(&self, number: &Number) -> Result<Option<StoredResult>, StoreError> {
        self.within(results::result_by_number(self, number)).await
    }

    async fn result_by_token(
        &self,
        token: &CheckToken,
    ) -> Result<Option<StoredResult>, StoreError> {
        self.within(results::result_by_token(self, token)).await
    }

    async fn result_by_digest(&self, digest: &str) -> Result<Option<StoredResult>, StoreError> {
        self.within(results::result_by_digest(self, digest)).await
    }

    async fn unsealed(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError> {
        self.within(results::unsealed(self, id)).await
    }

    async fn document(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError> {
        self.within(results::document(self, id)).await
    }

    async fn decision(&self, number: &Number) -> Result<Option<StoredDecision>, StoreError> {
        self.within(results::decision(self, number)).await
    }

    async fn append_audit(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.within(batch::append_audit(self, event)).await
    }

    async fn audit_from(&self, sequence: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.within(audit::audit_from(self, sequence, limit)).await
    }

    async fn audit_of(&self, number: &Number) -> Result<Vec<AuditRow>, StoreError> {
        self.within(audit::audit_of(self, number)).await
    }

    async fn audit_of_subject(
        &self,
        subject: Iin,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        self.within(audit::audit_of_subject(self, subject, before, limit)).await
    }

    async fn journal_head(&self) -> Result<JournalHead, StoreError> {
        self.within(evidence::journal_head(self)).await
    }

    async fn put_root(&self, root: &JournalRoot, audit: &AuditEvent) -> Result<bool, StoreError> {
        self.within(evidence::put_root(self, root, audit)).await
    }

    async fn stamp_root(&self, day: &str, stamp: &[u8]) -> Result<(), StoreError> {
        self.within(evidence::stamp_root(self, day, stamp)).await
    }

    async fn roots(&self) -> Result<Vec<JournalRoot>, StoreError> {
        self.within(evidence::roots(self)).await
    }

    async fn numbers_after(
        &self,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError> {
        self.within(evidence::numbers_after(self, after, limit)).await
    }

    async fn evidence(&self, number: &Number) -> Result<Option<StoredEvidence>, StoreError> {
        self.within(evidence::evidence(self, number)).await
    }

    async fn number_class(&self) -> Result<NumberClass, StoreError> {
        self.within(evidence::number_class(self)).await
    }

    async fn number_classes(&self) -> Result<Vec<UsedNumberClass>, StoreError> {
        self.within(evidence::number_classes(self)).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.within(health::ping(self)).await
    }
}

#[async_trait]
impl Registry for PostgresStore {
    async fn guardian_record(&self, iin: Iin) -> Result<Option<GuardianRecord>, StoreError> {
        self.within(registry::guardian_record(self, iin)).await
    }

    async fn history_of(&self, guardian: Iin) -> Result<Vec<RecordVersion>, StoreError> {
        registry::history_of(self, guardian).await
    }

    async fn preview_import(&self, batch: &ImportBatch) -> Result<ImportPreview, StoreError> {
        self.within_long(registry::preview_import(self, batch)).await
    }

    async fn apply_import(&self, batch: &ImportBatch) -> Result<ImportOutcome, StoreError> {
        self.within_long(registry::apply_import(self, batch)).await
    }

    async fn import_digests(&self) -> Result<Vec<(i64, String)>, StoreError> {
        self.within_long(registry::import_digests(self)).await
    }

    async fn misplaced_records(&self) -> Result<u64, StoreError> {
        self.within_long(misplaced::misplaced_records(self)).await
    }

    async fn last_import_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.within(registry::last_import_at(self)).await
    }
}
