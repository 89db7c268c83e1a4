//! The store in memory: the shortest code that keeps the promises of the port. What may fail is checked
//! before anything is changed, so nothing is ever half-written.
//!
//! Knows no disk. Read next: `store_contract/mod.rs`, which it passes like the other stores.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::{Alarm, ConsentRecord, Iin, Number, NumberClass, WaitingFor};
use jiff::Timestamp;

use super::memory_state::{State, unavailable};
use crate::audit::{AuditEvent, AuditRow};
use crate::ports::{
    CheckToken, Draft, Exception, IdempotencyKey, JournalHead, JournalRoot, KeptPassword, Lease,
    NewPassword, Notice, OpenRequest, PasswordBinding, PasswordTried, PasswordTry, PasswordTurn,
    PasswordUse, PendingSignIn, PhoneAccepted, PhoneLinkHash, PhoneSignature, PhoneSigning,
    Registered, Registration, ResultId, Session, SessionToken, SignInChallenge, Store, StoreError,
    StoredDecision, StoredEvidence, StoredNotice, StoredRequest, StoredResult, TechnicalBreak,
    Transition, UsedNumberClass,
};

/// A store and registry that forgets with the process, and can be made to fail.
#[derive(Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    down: bool,
    state: State,
}

impl MemoryStore {
    /// From now on every call answers that the store is not available.
    pub fn go_down(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).down = true;
    }

    /// The store answers again; nothing was lost.
    pub fn come_up(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).down = false;
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> Result<T, StoreError> {
        Ok(look(&self.up()?.state))
    }

    pub(super) fn write<T>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        change(&mut self.up()?.state)
    }

    fn up(&self) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.down { Err(unavailable("the store is down")) } else { Ok(inner) }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn put_challenge(&self, challenge: &SignInChallenge) -> Result<(), StoreError> {
        self.write(|state| {
            state.challenges.insert(challenge.id.clone(), challenge.clone());
            Ok(())
        })
    }

    async fn challenge(&self, id: &str) -> Result<Option<SignInChallenge>, StoreError> {
        self.read(|state| state.challenges.get(id).cloned())
    }

    async fn open_session(
        &self,
        challenge_id: &str,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(|state| state.open_session(challenge_id, session, audit))
    }

    async fn session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        self.read(|state| {
            state.sessions.get(&token.0).filter(|session| session.expires_at > now).cloned()
        })
    }

    async fn close_session(&self, token: &SessionToken) -> Result<(), StoreError> {
        self.write(|state| {
            state.sessions.remove(&token.0);
            Ok(())
        })
    }

    async fn hold_sign_in(
        &self,
        challenge_id: &str,
        pending: &PendingSignIn,
    ) -> Result<(), StoreError> {
        self.write(|state| state.hold_sign_in(challenge_id, pending))
    }

    async fn pending_sign_in(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<PendingSignIn>, StoreError> {
        self.read(|state| state.pending_sign_in(id, now))
    }

    async fn open_session_by_password(
        &self,
        pending_id: &str,
        password: &PasswordUse,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(|state| state.open_session_by_password(pending_id, password, session, audit))
    }

    async fn put_password(&self, password: &NewPassword) -> Result<PasswordTurn, StoreError> {
        self.write(|state| Ok(state.put_password(password)))
    }

    async fn password_not_sent(&self, id: &str) -> Result<(), StoreError> {
        self.write(|state| {
            state.password_not_sent(id);
            Ok(())
        })
    }

    async fn passwords(
        &self,
        binding: &PasswordBinding,
        now: Timestamp,
    ) -> Result<Vec<KeptPassword>, StoreError> {
        self.read(|state| state.passwords(binding, now))
    }

    async fn try_password(&self, attempt: &PasswordTry) -> Result<PasswordTried, StoreError> {
        self.write(|state| Ok(state.try_password(attempt)))
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<(), StoreError> {
        self.write(|state| {
            state.remove_expired(now);
            Ok(())
        })
    }

    async fn put_draft(&self, draft: &Draft) -> Result<(), StoreError> {
        self.write(|state| {
            state.drafts.insert(draft.challenge.clone(), draft.clone());
            Ok(())
        })
    }

    async fn draft(&self, challenge: &str) -> Result<Option<Draft>, StoreError> {
        self.read(|state| state.drafts.get(challenge).cloned())
    }

    async fn put_phone_signing(&self, signing: &PhoneSigning) -> Result<(), StoreError> {
        self.write(|state| {
            state.phone_signings.insert(signing.link.clone(), signing.clone());
            Ok(())
        })
    }

    async fn phone_signing(
        &self,
        link: &PhoneLinkHash,
    ) -> Result<Option<PhoneSigning>, StoreError> {
        self.read(|state| state.phone_signings.get(link).cloned())
    }

    async fn accept_phone_signature(
        &self,
        link: &PhoneLinkHash,
        signature: &PhoneSignature,
    ) -> Result<PhoneAccepted, StoreError> {
        self.write(|state| state.accept_phone_signature(link, signature))
    }

    async fn refuse_phone_signature(
        &self,
        link: &PhoneLinkHash,
        code: &str,
    ) -> Result<(), StoreError> {
        self.write(|state| {
            state.refuse_phone_signature(link, code);
            Ok(())
        })
    }

    async fn idempotent(
        &self,
        applicant: Iin,
        key: &IdempotencyKey,
    ) -> Result<Option<(Number, String)>, StoreError> {
        self.read(|state| state.keys.get(&(applicant, key.0.clone())).cloned())
    }

    async fn register(&self, registration: &Registration) -> Result<Registered, StoreError> {
        self.write(|state| state.register(registration))
    }

    async fn request(&self, number: &Number) -> Result<Option<StoredRequest>, StoreError> {
        self.read(|state| state.requests.get(number).cloned())
    }

    async fn requests_of(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<StoredRequest>, StoreError> {
        self.read(|state| state.requests_of(applicant, before, limit))
    }

    async fn consents_of(&self, number: &Number) -> Result<Vec<ConsentRecord>, StoreError> {
        self.read(|state| state.consents.get(number).cloned().unwrap_or_default())
    }

    async fn commit(&self, transition: &Transition) -> Result<(), StoreError> {
        self.write(|state| state.commit(transition))
    }

    async fn lease_job(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        self.write(|state| Ok(state.lease_job(now, until)))
    }

    async fn postpone_job(&self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError> {
        self.write(|state| state.give_back(lease, run_at))
    }

    async fn release_waiting(
        &self,
        waiting_for: WaitingFor,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(|state| Ok(state.release_waiting(waiting_for, now)))
    }

    async fn open_requests(
        &self,
        alarm: Alarm,
        due_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<OpenRequest>, StoreError> {
        self.read(|state| state.open_requests(alarm, due_before, limit))
    }

    async fn raise_alarm(
        &self,
        number: &Number,
        alarm: Alarm,
        notice: Option<Notice>,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.write(|state| Ok(state.raise_alarm(number, alarm, notice, audit)))
    }

    async fn exceptions(
        &self,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Exception>, StoreError> {
        self.read(|state| state.exceptions(before, limit))
    }

    async fn notices_of(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError> {
        self.read(|state| state.notices_of(applicant, limit))
    }

    async fn put_break(
        &self,
        planned: &TechnicalBreak,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(|state| {
            state.breaks.push(planned.clone());
            state.breaks.sort_by_key(|one| (one.starts_at, one.id.clone()));
            state.append(std::slice::from_ref(audit));
            Ok(())
        })
    }

    async fn withdraw_break(
        &self,
        id: &str,
        at: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.write(|state| {
            let stands = |one: &&mut TechnicalBreak| {
                one.id == id && one.withdrawn_at.is_none() && one.ends_at > at
            };
            let Some(standing) = state.breaks.iter_mut().find(stands) else { return Ok(false) };
            standing.withdrawn_at = Some(at);
            state.append(std::slice::from_ref(audit));
            Ok(true)
        })
    }

    async fn breaks_after(&self, moment: Timestamp) -> Result<Vec<TechnicalBreak>, StoreError> {
        self.read(|state| state.breaks.iter().filter(|one| one.ends_at > moment).cloned().collect())
    }

    async fn results_of(&self, number: &Number) -> Result<Vec<StoredResult>, StoreError> {
        self.read(|state| state.results_of(number).cloned().collect())
    }

    async fn result(&self, id: &ResultId) -> Result<Option<StoredResult>, StoreError> {
        self.read(|state| state.results.iter().find(|one| one.planned.id == *id).cloned())
    }

    async fn result_by_number(&self, number: &Number) -> Result<Option<StoredResult>, StoreError> {
        self.read(|state| state.issued(|one| one.planned.content.number() == number))
    }

    async fn result_by_token(
        &self,
        token: &CheckToken,
    ) -> Result<Option<StoredResult>, StoreError> {
        self.read(|state| state.issued(|one| one.planned.token == *token))
    }

    async fn result_by_digest(&self, digest: &str) -> Result<Option<StoredResult>, StoreError> {
        self.read(|state| state.issued(|one| one.digest.as_deref() == Some(digest)))
    }

    async fn unsealed(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|state| state.unsealed.get(id).cloned())
    }

    async fn document(&self, id: &ResultId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|state| state.sealed.get(id).cloned())
    }

    async fn decision(&self, number: &Number) -> Result<Option<StoredDecision>, StoreError> {
        self.read(|state| state.decisions.get(number).cloned())
    }

    async fn append_audit(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.write(|state| {
            state.append(std::slice::from_ref(event));
            Ok(())
        })
    }

    async fn audit_from(&self, sequence: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.read(|state| state.audit_from(sequence, limit))
    }

    async fn audit_of(&self, number: &Number) -> Result<Vec<AuditRow>, StoreError> {
        self.read(|state| {
            state.audit.iter().filter(|row| row.request == number.as_str()).cloned().collect()
        })
    }

    async fn audit_of_subject(
        &self,
        subject: Iin,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        self.read(|state| state.audit_of_subject(subject, before, limit))
    }

    async fn journal_head(&self) -> Result<JournalHead, StoreError> {
        self.read(|state| {
            let last = state.audit.last();
            last.map(|row| JournalHead { sequence: row.sequence, hash: row.hash.clone() })
                .unwrap_or_default()
        })
    }

    async fn put_root(&self, root: &JournalRoot, audit: &AuditEvent) -> Result<bool, StoreError> {
        self.write(|state| {
            if state.roots.contains_key(&root.day) {
                return Ok(false);
            }
            state.roots.insert(root.day.clone(), root.clone());
            state.append(std::slice::from_ref(audit));
            Ok(true)
        })
    }

    async fn stamp_root(&self, day: &str, stamp: &[u8]) -> Result<(), StoreError> {
        self.write(|state| {
            if let Some(root) = state.roots.get_mut(day).filter(|root| root.stamp.is_none()) {
                root.stamp = Some(stamp.to_vec());
            }
            Ok(())
        })
    }

    async fn roots(&self) -> Result<Vec<JournalRoot>, StoreError> {
        self.read(|state| state.roots.values().cloned().collect())
    }

    async fn numbers_after(
        &self,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.read(|state| {
            let all: BTreeSet<&Number> = state.requests.keys().chain(state.erased.keys()).collect();
            let behind = all.into_iter().filter(|number| after.is_none_or(|a| *number > a));
            behind.take(limit).cloned().collect()
        })
    }

    async fn evidence(&self, number: &Number) -> Result<Option<StoredEvidence>, StoreError> {
        self.read(|state| state.evidence_of(number))
    }

    async fn number_class(&self) -> Result<NumberClass, StoreError> {
        self.read(|_| NumberClass::FIRST)
    }

    async fn number_classes(&self) -> Result<Vec<UsedNumberClass>, StoreError> {
        self.read(|_| vec![UsedNumberClass { place: 1, class: NumberClass::FIRST, since_ms: 0 }])
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::MemoryStore;
    use crate::testing::record_desk_contract::DeskFixture;
    use crate::testing::store_contract::Fixture;

    async fn memory() -> Fixture {
        let store = Arc::new(MemoryStore::default());
        Fixture::new(store, ())
    }

    crate::store_contract!(memory);
    crate::registry_contract!(memory);
    crate::exchange_contract!(memory);
    crate::outbox_contract!(memory);

    async fn desk() -> DeskFixture {
        let store = Arc::new(MemoryStore::default());
        DeskFixture::new(store.clone(), store, ())
    }

    crate::record_desk_contract!(desk);
}
