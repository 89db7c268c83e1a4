//! One-time passwords and second steps of the store in memory.

use std::collections::HashMap;

use domain::Iin;
use jiff::Timestamp;

use super::memory_state::State;
use crate::audit::AuditEvent;
use crate::ports::{
    EarlierSend, KeptPassword, NewPassword, PasswordBinding, PasswordTried, PasswordTry,
    PasswordTurn, PasswordUse, PendingSignIn, Session, StoreError,
};

#[derive(Clone, Default)]
pub(super) struct PasswordsState {
    rows: Vec<Row>,
    wrong: Vec<Wrong>,
    pending: HashMap<String, PendingSignIn>,
}

#[derive(Clone)]
struct Row {
    binding: PasswordBinding,
    kept: KeptPassword,
    forget_at: Timestamp,
    counts: bool,
    is_used: bool,
}

#[derive(Clone)]
struct Wrong {
    iin: Iin,
    number: String,
    at: Timestamp,
    forget_at: Timestamp,
}

impl PasswordsState {
    pub(super) fn remove_expired(&mut self, now: Timestamp) {
        self.rows.retain(|row| row.forget_at > now);
        self.wrong.retain(|wrong| wrong.forget_at > now);
        self.pending.retain(|_, pending| pending.expires_at > now);
    }

    fn is_ready(row: &Row, password: &PasswordUse) -> bool {
        row.kept.id == password.id && row.binding == password.binding && !row.is_used
    }

    /// Whether it was there to be used.
    pub(super) fn use_up(&mut self, password: &PasswordUse) -> bool {
        let row = self.rows.iter_mut().find(|row| Self::is_ready(row, password));
        row.map(|row| row.is_used = true).is_some()
    }

    fn unused(&self, binding: &PasswordBinding) -> Vec<KeptPassword> {
        let rows = self.rows.iter().filter(|row| row.binding == *binding && !row.is_used);
        let mut kept: Vec<KeptPassword> = rows.map(|row| row.kept.clone()).collect();
        kept.sort_by_key(|one| std::cmp::Reverse(one.sent_at));
        kept
    }

    fn sent(&self, which: impl Fn(&Row) -> bool) -> Vec<EarlierSend> {
        let rows = self.rows.iter().filter(|row| which(row));
        rows.map(|row| EarlierSend { at: row.kept.sent_at, counts: row.counts }).collect()
    }

    fn wrong(&self, since: Timestamp, which: impl Fn(&Wrong) -> bool) -> Vec<Timestamp> {
        let rows = self.wrong.iter().filter(|wrong| wrong.at > since && which(wrong));
        rows.map(|wrong| wrong.at).collect()
    }
}

impl State {
    pub(super) fn hold_sign_in(
        &mut self,
        challenge_id: &str,
        pending: &PendingSignIn,
    ) -> Result<(), StoreError> {
        self.challenges.remove(challenge_id).ok_or(StoreError::AlreadyUsed)?;
        self.passwords.pending.insert(pending.id.clone(), pending.clone());
        Ok(())
    }

    pub(super) fn pending_sign_in(&self, id: &str, now: Timestamp) -> Option<PendingSignIn> {
        self.passwords.pending.get(id).filter(|pending| pending.expires_at > now).cloned()
    }

    pub(super) fn open_session_by_password(
        &mut self,
        pending_id: &str,
        password: &PasswordUse,
        session: &Session,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let passwords = &mut self.passwords;
        if !passwords.pending.contains_key(pending_id) || !passwords.use_up(password) {
            return Err(StoreError::AlreadyUsed);
        }
        passwords.pending.remove(pending_id);
        self.sessions.insert(session.token.0.clone(), session.clone());
        self.append(std::slice::from_ref(audit));
        Ok(())
    }

    pub(super) fn put_password(&mut self, password: &NewPassword) -> PasswordTurn {
        let (since, number) = (password.counts_since(), &password.kept.number);
        let is_recent = |row: &Row| row.kept.sent_at > since;
        let passwords = &mut self.passwords;
        let person =
            passwords.sent(|row| is_recent(row) && row.binding.iin == password.binding.iin);
        let numbers = passwords.sent(|row| is_recent(row) && row.kept.number == *number);
        if let Some(until) = password.must_wait(&person, &numbers) {
            return PasswordTurn::Wait(until);
        }
        passwords.rows.push(Row {
            binding: password.binding.clone(),
            kept: password.kept.clone(),
            forget_at: password.forget_at(),
            counts: true,
            is_used: false,
        });
        PasswordTurn::Kept
    }

    pub(super) fn password_not_sent(&mut self, id: &str) {
        let row = self.passwords.rows.iter_mut().find(|row| row.kept.id == id);
        if let Some(row) = row {
            row.counts = false;
        }
    }

    pub(super) fn passwords(&self, binding: &PasswordBinding, now: Timestamp) -> Vec<KeptPassword> {
        let mut kept = self.passwords.unused(binding);
        kept.retain(|one| one.expires_at > now);
        kept
    }

    pub(super) fn try_password(&mut self, attempt: &PasswordTry) -> PasswordTried {
        let (since, iin) = (attempt.counts_since(), attempt.binding.iin);
        let passwords = &mut self.passwords;
        let kept = passwords.unused(&attempt.binding);
        let number = kept.first().map(|one| one.number.e164().to_owned()).unwrap_or_default();
        let person = passwords.wrong(since, |wrong| wrong.iin == iin);
        let numbers = passwords.wrong(since, |wrong| wrong.number == number);
        let tried = attempt.judge(&kept, &person, &numbers);
        if matches!(tried, PasswordTried::Wrong { .. }) {
            let (at, forget_at) = (attempt.at, attempt.forget_at());
            passwords.wrong.push(Wrong { iin, number, at, forget_at });
        }
        tried
    }
}
