//! The store in memory: the shortest code that keeps the promises of the port. Each method works on a copy of
//! everything and puts it in place at the end, so nothing is ever half-written.
//!
//! Knows no disk. Read next: `store_contract/mod.rs`, which it passes like the other stores.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::{ConsentRecord, Iin, Number};
use jiff::Timestamp;

use super::memory_state::{State, unavailable};
use crate::audit::{AuditEvent, AuditRow};
use crate::ports::{
    CheckToken, Draft, IdempotencyKey, Lease, Registered, Registration, ResultId, Session,
    SessionToken, SignInChallenge, Store, StoreError, StoredDecision, StoredRequest, StoredResult,
    Transition,
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
        let mut inner = self.up()?;
        let mut state = inner.state.clone();
        let value = change(&mut state)?;
        inner.state = state;
        Ok(value)
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

    async fn ping(&self) -> Result<(), StoreError> {
        self.read(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::MemoryStore;
    use crate::testing::store_contract::Fixture;

    async fn memory() -> Fixture {
        let store = Arc::new(MemoryStore::default());
        Fixture::new(store.clone(), store, ())
    }

    crate::store_contract!(memory);
    crate::registry_contract!(memory);
}
