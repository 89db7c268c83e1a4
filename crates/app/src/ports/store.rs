//! The store: everything that must survive. No transaction object crosses this port; each method is one transaction.
//!
//! Time comes in as an argument; the store reads no clock.

use async_trait::async_trait;
use domain::{Alarm, ConsentRecord, Iin, Number, NumberClass, WaitingFor};
use jiff::Timestamp;

use super::attempts::Attempts;
use super::caller_desk::CallerDesk;
use super::case_files::CaseFiles;
use super::consent_askings::ConsentAskings;
use super::consent_register::ConsentRegister;
use super::erasures::Erasures;
use super::evidence::{JournalHead, JournalRoot, StoredEvidence, UsedNumberClass};
use super::figures::Figures;
use super::form_versions::FormVersions;
use super::notices::{Exception, Notice, StoredNotice, TechnicalBreak};
use super::one_time_passwords::{
    KeptPassword, NewPassword, PasswordBinding, PasswordTried, PasswordTry, PasswordTurn,
    PasswordUse, PendingSignIn,
};
use super::operations::Operations;
use super::phone_signings::{PhoneAccepted, PhoneLinkHash, PhoneSignature, PhoneSigning};
use super::records::{
    Draft, IdempotencyKey, OpenRequest, Registered, Registration, Session, SessionToken,
    SignInChallenge, StoredRequest,
};
use super::recourses::Recourses;
use super::staff_register::StaffRegister;
use super::steps::{CheckToken, Lease, ResultId, StoredDecision, StoredResult, Transition};
use crate::audit::{AuditEvent, AuditRow};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row is at another version: somebody was faster. Read again.
    #[error("the request changed in the meantime")]
    Stale,
    /// The lease ran out and was given to another worker. Stop working on it.
    #[error("the lease was lost")]
    LeaseLost,
    /// The one-time document was used already.
    #[error("it was used already")]
    AlreadyUsed,
    /// A number or key drawn at random exists. Draw again.
    #[error("the number exists already")]
    NumberTaken,
    /// The store cannot be reached, is full, or answered with a fault. Try again later.
    #[error("the store is not available: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stored row cannot be understood: an operator must look.
    #[error("a stored row cannot be read: {0}")]
    Corrupt(&'static str),
}

/// Keeps requests, their evidence and results, jobs, sessions and the journal.
#[async_trait]
pub trait Store:
    ConsentRegister
    + ConsentAskings
    + Figures
    + Operations
    + CaseFiles
    + CallerDesk
    + Attempts
    + Erasures
    + Recourses
    + FormVersions
    + StaffRegister
    + Send
    + Sync
{
    /// Keeps a challenge until it is used or expires.
    async fn put_challenge(&self, challenge: &SignInChallenge) -> Result<(), StoreError>;

    /// A challenge that was not used.
    async fn challenge(&self, id: &str) -> Result<Option<SignInChallenge>, StoreError>;

    /// Uses a challenge up and opens a session.
    ///
    /// # Errors
    /// [`StoreError::AlreadyUsed`] where the challenge is gone: then nothing is opened.
    async fn open_session(
        &self,
        challenge_id: &str,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError>;

    /// The session of a cookie's hash, if it has not ended at `now`.
    async fn session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError>;

    /// Ends a session; ending it twice is no error.
    async fn close_session(&self, token: &SessionToken) -> Result<(), StoreError>;

    /// Uses a challenge up and keeps who signed it until the second step.
    ///
    /// # Errors
    /// [`StoreError::AlreadyUsed`] where the challenge is gone: then nothing is kept.
    async fn hold_sign_in(
        &self,
        challenge_id: &str,
        pending: &PendingSignIn,
    ) -> Result<(), StoreError>;

    /// Who waits for the second step, if it is not too late at `now`.
    async fn pending_sign_in(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<PendingSignIn>, StoreError>;

    /// Uses up who waits and the password, and opens a session.
    ///
    /// # Errors
    /// [`StoreError::AlreadyUsed`] where either is gone or used: then nothing is opened.
    async fn open_session_by_password(
        &self,
        pending_id: &str,
        password: &PasswordUse,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError>;

    /// Keeps a password about to be sent, where [`NewPassword::must_wait`] lets it be. Of parallel calls for one person
    /// or number each sees what the one before wrote.
    async fn put_password(&self, password: &NewPassword) -> Result<PasswordTurn, StoreError>;

    /// Notes down that a password was not taken by the gateway: it counts no more among those sent, and stays good, because
    /// it may come all the same.
    async fn password_not_sent(&self, id: &str) -> Result<(), StoreError>;

    /// Unused passwords of this binding that are good at `now`, the newest first.
    async fn passwords(
        &self,
        binding: &PasswordBinding,
        now: Timestamp,
    ) -> Result<Vec<KeptPassword>, StoreError>;

    /// Judges a try by [`PasswordTry::judge`] and notes it down where it was wrong. Of parallel calls for one person or
    /// number each sees what the one before wrote.
    async fn try_password(&self, attempt: &PasswordTry) -> Result<PasswordTried, StoreError>;

    /// Removes what expired before `now`: challenges, sessions, unsubmitted drafts, pending sign-ins, passwords
    /// and tries, counted attempts, signings by telephone that are kept no longer, messages and codes of before their time.
    async fn remove_expired(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Keeps a draft.
    async fn put_draft(&self, draft: &Draft) -> Result<(), StoreError>;

    /// A draft, submitted or not.
    async fn draft(&self, challenge: &str) -> Result<Option<Draft>, StoreError>;

    /// Keeps a signing by telephone.
    async fn put_phone_signing(&self, signing: &PhoneSigning) -> Result<(), StoreError>;

    /// A signing by telephone.
    async fn phone_signing(&self, link: &PhoneLinkHash)
    -> Result<Option<PhoneSigning>, StoreError>;

    /// Accepts a signature for a signing that has none. Of parallel calls with different bytes exactly one yields
    /// [`PhoneAccepted::New`].
    ///
    /// # Errors
    /// [`StoreError::AlreadyUsed`] where the signing is gone.
    async fn accept_phone_signature(
        &self,
        link: &PhoneLinkHash,
        signature: &PhoneSignature,
    ) -> Result<PhoneAccepted, StoreError>;

    /// Notes why a signature was refused, where none is accepted; a signing that is gone is no error.
    async fn refuse_phone_signature(
        &self,
        link: &PhoneLinkHash,
        code: &str,
    ) -> Result<(), StoreError>;

    /// The number and body digest a key of this person led to.
    async fn idempotent(
        &self,
        applicant: Iin,
        key: &IdempotencyKey,
    ) -> Result<Option<(Number, String)>, StoreError>;

    /// Registers: key, draft, request, signed bytes, consents, job and journal entry in one transaction, and the password
    /// as used where one confirmed it. Parallel calls with the same key, draft or person yield exactly one [`Registered::New`].
    ///
    /// # Errors
    /// [`StoreError::NumberTaken`] where the number exists.
    async fn register(&self, registration: &Registration) -> Result<Registered, StoreError>;

    /// A request.
    async fn request(&self, number: &Number) -> Result<Option<StoredRequest>, StoreError>;

    /// A person's requests, newest first, at most `limit` accepted before `before`.
    async fn requests_of(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError>;

    /// Both consents of a request with the texts shown.
    async fn consents_of(&self, number: &Number) -> Result<Vec<ConsentRecord>, StoreError>;

    /// Commits a transition.
    ///
    /// # Errors
    /// [`StoreError::Stale`] or [`StoreError::LeaseLost`]; then nothing was stored.
    /// [`StoreError::NumberTaken`] where a planned document's number or token exists.
    async fn commit(&self, transition: &Transition) -> Result<(), StoreError>;

    /// Leases the job whose turn came longest ago, if any is due at `now` and not leased beyond it.
    async fn lease_job(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, StoreError>;

    /// Gives a job back without a transition, to be taken from `run_at` on. Attempts grow by one.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    async fn postpone_job(&self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError>;

    /// Lets every job that waits for this come up at `now`, the oldest request first. Returns how many.
    async fn release_waiting(
        &self,
        waiting_for: WaitingFor,
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Requests without answer that are due not later than `due_before` and about which no alarm as grave as this
    /// was raised; the one due first comes first.
    async fn open_requests(
        &self,
        alarm: Alarm,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<OpenRequest>, StoreError>;

    /// Raises an alarm, with its journal entry and notice. `false` where one as grave was raised before or the
    /// request ended: then nothing is written.
    async fn raise_alarm(
        &self,
        number: &Number,
        alarm: Alarm,
        notice: Option<Notice>,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError>;

    /// Requests whose applicants were told that the term has passed, the last told first, before a moment. Those
    /// told at the same moment as the last of a page are on it too: the next page begins before that moment.
    async fn exceptions(
        &self,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Exception>, StoreError>;

    /// A person's notices, newest first.
    async fn notices_of(&self, applicant: Iin, limit: u32)
    -> Result<Vec<StoredNotice>, StoreError>;

    /// Announces a technical break.
    async fn put_break(
        &self,
        planned: &TechnicalBreak,
        audit: &AuditEvent,
    ) -> Result<(), StoreError>;

    /// Takes a technical break back or ends it; `false` where there is none of this id that still stands.
    async fn withdraw_break(
        &self,
        id: &str,
        at: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError>;

    /// Technical breaks that end after a moment, taken back or not, the earliest first.
    async fn breaks_after(&self, moment: Timestamp) -> Result<Vec<TechnicalBreak>, StoreError>;

    /// Results of a request, in the order they were planned.
    async fn results_of(&self, number: &Number) -> Result<Vec<StoredResult>, StoreError>;

    /// A result.
    async fn result(&self, id: &ResultId) -> Result<Option<StoredResult>, StoreError>;

    /// An issued result by the number of its document.
    async fn result_by_number(&self, number: &Number) -> Result<Option<StoredResult>, StoreError>;

    /// An issued result by the token of its QR code.
    async fn result_by_token(&self, token: &CheckToken)
    -> Result<Option<StoredResult>, StoreError>;

    /// An issued result by the SHA-256 (hexadecimal) of its sealed bytes.
    async fn result_by_digest(&self, digest: &str) -> Result<Option<StoredResult>, StoreError>;

    /// The unsealed bytes of a result between intent and seal.
    async fn unsealed(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError>;

    /// The sealed bytes of an issued result: always the same.
    async fn document(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError>;

    /// The decision of a request with its evidence.
    async fn decision(&self, number: &Number) -> Result<Option<StoredDecision>, StoreError>;

    /// Writes a journal entry that belongs to no transition.
    async fn append_audit(&self, event: &AuditEvent) -> Result<(), StoreError>;

    /// Journal rows from a sequence on, at most `limit`.
    async fn audit_from(&self, sequence: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError>;

    /// Journal rows about one request, oldest first.
    async fn audit_of(&self, number: &Number) -> Result<Vec<AuditRow>, StoreError>;

    /// Journal rows about one person's data, newest first: at most `limit` before the row `before`.
    async fn audit_of_subject(
        &self,
        subject: Iin,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError>;

    /// The last row of the journal, as the append that wrote it noted it down.
    async fn journal_head(&self) -> Result<JournalHead, StoreError>;

    /// Keeps the root of a day, with its journal entry. `false` where the day has one: then nothing is written.
    async fn put_root(&self, root: &JournalRoot, audit: &AuditEvent) -> Result<bool, StoreError>;

    /// Adds the stamp to the root of a day that has none yet.
    async fn stamp_root(&self, day: &str, stamp: &[u8]) -> Result<(), StoreError>;

    /// All roots, the earliest day first.
    async fn roots(&self) -> Result<Vec<JournalRoot>, StoreError>;

    /// Requests in the order of their numbers, beginning behind one, at most `limit`.
    async fn numbers_after(
        &self,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError>;

    /// Digests of what is stored of a request.
    async fn evidence(&self, number: &Number) -> Result<Option<StoredEvidence>, StoreError>;

    /// The class from which numbers are drawn.
    async fn number_class(&self) -> Result<NumberClass, StoreError>;

    /// Every class numbers were drawn from, the present one last.
    async fn number_classes(&self) -> Result<Vec<UsedNumberClass>, StoreError>;

    /// Whether the store answers and can write.
    async fn ping(&self) -> Result<(), StoreError>;
}
