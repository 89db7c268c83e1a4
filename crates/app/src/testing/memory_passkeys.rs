//! Passkeys in memory.

use async_trait::async_trait;
use domain::Iin;

use super::MemoryStore;
use super::memory_state::State;
use crate::audit::AuditEvent;
use crate::ports::{
    OfficerSession, Passkey, PasskeyId, PasskeyStore, PasskeyUse, StoreError, Workplace,
};

impl State {
    fn add_passkey(
        &mut self,
        challenge_id: &str,
        passkey: &Passkey,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        if !self.challenges.contains_key(challenge_id) {
            return Err(StoreError::AlreadyUsed);
        }
        let is_same = |one: &Passkey| one.credential_id == passkey.credential_id;
        if self.office.passkeys.iter().any(is_same) {
            return Ok(false);
        }
        self.challenges.remove(challenge_id);
        self.office.passkeys.push(passkey.clone());
        self.append(std::slice::from_ref(audit));
        Ok(true)
    }

    fn open_session_by_passkey(
        &mut self,
        challenge_id: &str,
        using: &PasskeyUse,
        session: &OfficerSession,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let counter = using.used.counter;
        let counts = |one: &Passkey| counter > one.counter || (counter == 0 && one.counter == 0);
        let is_it = |one: &&mut Passkey| one.id == using.id && counts(one);
        let passkey = self.office.passkeys.iter_mut().find(is_it);
        let passkey = passkey.ok_or(StoreError::AlreadyUsed)?;
        self.challenges.remove(challenge_id).ok_or(StoreError::AlreadyUsed)?;
        passkey.credential.clone_from(&using.used.credential);
        passkey.counter = counter;
        passkey.used_at = Some(using.at);
        passkey.kept_until = using.kept_until;
        self.office.sessions.push(session.clone());
        self.append(std::slice::from_ref(audit));
        Ok(())
    }
}

#[async_trait]
impl PasskeyStore for MemoryStore {
    async fn add_passkey(
        &self,
        challenge_id: &str,
        passkey: &Passkey,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.write(|state| state.add_passkey(challenge_id, passkey, audit))
    }

    async fn passkeys_of(
        &self,
        iin: Iin,
        workplace: &Workplace,
    ) -> Result<Vec<Passkey>, StoreError> {
        self.read(|state| {
            let is_his = |one: &&Passkey| one.iin == iin && one.workplace == *workplace;
            let mut his: Vec<Passkey> =
                state.office.passkeys.iter().filter(is_his).cloned().collect();
            his.sort_by_key(|one| (one.created_at, one.id.clone()));
            his
        })
    }

    async fn passkey(&self, credential_id: &str) -> Result<Option<Passkey>, StoreError> {
        self.read(|state| {
            let mut all = state.office.passkeys.iter();
            all.find(|one| one.credential_id == credential_id).cloned()
        })
    }

    async fn remove_passkey(
        &self,
        id: &PasskeyId,
        (iin, workplace): (Iin, &Workplace),
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.write(|state| {
            let is_it =
                |one: &Passkey| one.id == *id && one.iin == iin && one.workplace == *workplace;
            let Some(place) = state.office.passkeys.iter().position(is_it) else {
                return Ok(false);
            };
            state.office.passkeys.remove(place);
            state.append(std::slice::from_ref(audit));
            Ok(true)
        })
    }

    async fn open_session_by_passkey(
        &self,
        challenge_id: &str,
        using: &PasskeyUse,
        session: &OfficerSession,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(|state| state.open_session_by_passkey(challenge_id, using, session, audit))
    }
}
