//! Consents beside their requests, in memory.

use async_trait::async_trait;
use domain::{Answer, ConsentKind, Iin, Number};
use jiff::Timestamp;

use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::audit::AuditEvent;
use crate::ports::{
    ConsentEntry, ConsentPeriod, ConsentRegister, ConsentWithdrawal, Step, StoreError, Withdrawn,
    refused_later,
};

impl State {
    fn withdraw_consent(
        &mut self,
        withdrawal: &ConsentWithdrawal,
        audit: &AuditEvent,
    ) -> Result<Withdrawn, StoreError> {
        let number = &withdrawal.number;
        if let Some(before) = self.withdrawals.get(number) {
            return Ok(Withdrawn::Before(before.at));
        }
        let request = self.requests.get_mut(number);
        let request = request.ok_or(StoreError::Corrupt("a withdrawal without its request"))?;
        if request.step == Step::Registered {
            request.version = request.version.saturating_add(1);
        }
        if let Some(job) = self.jobs.get_mut(number) {
            job.run_at = job.run_at.min(withdrawal.at);
        }
        self.withdrawals.insert(number.clone(), withdrawal.clone());
        self.append(std::slice::from_ref(audit));
        Ok(Withdrawn::New)
    }

    fn consent_entries(&self) -> Vec<ConsentEntry> {
        let entry = |request: &crate::ports::StoredRequest| {
            let records = self.consents.get(&request.number)?;
            let record = records.iter().find(|one| one.kind == ConsentKind::RestrictedData)?;
            let withdrawn_at = self.withdrawals.get(&request.number).map(|one| one.at);
            let without = self.decisions.get(&request.number);
            let without = without.filter(|one| one.evidence.consent == Answer::Absent);
            Some(ConsentEntry {
                number: request.number.clone(),
                applicant: request.request.applicant,
                applicant_name: request.applicant_name.clone(),
                channel: request.channel,
                decided_at: request.clock.accepted_at,
                withdrawn_at,
                refused_at: refused_later(without.map(|one| one.decided_at), withdrawn_at),
                record: record.clone(),
            })
        };
        let mut entries: Vec<_> = self.requests.values().filter_map(entry).collect();
        entries.sort_by_key(|one| (one.decided_at, one.number.clone()));
        entries
    }
}

fn first(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[async_trait]
impl ConsentRegister for MemoryStore {
    async fn withdraw_consent(
        &self,
        withdrawal: &ConsentWithdrawal,
        audit: &AuditEvent,
    ) -> Result<Withdrawn, StoreError> {
        self.write(|state| state.withdraw_consent(withdrawal, audit))
    }

    async fn withdrawal_of(
        &self,
        number: &Number,
    ) -> Result<Option<ConsentWithdrawal>, StoreError> {
        self.read(|state| state.withdrawals.get(number).cloned())
    }

    async fn consents_by(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        let entries = self.read(State::consent_entries)?;
        let is_wanted = |one: &ConsentEntry| {
            one.applicant == applicant && before.is_none_or(|before| one.decided_at < before)
        };
        Ok(entries.into_iter().rev().filter(is_wanted).take(first(limit)).collect())
    }

    async fn consents_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        let entries = self.read(State::consent_entries)?;
        let is_wanted = |one: &ConsentEntry| {
            let key = (one.decided_at, one.number.clone());
            let is_of = |at: &Timestamp| (period.from..period.until).contains(at);
            (is_of(&one.decided_at) || one.withdrawn_at.as_ref().is_some_and(is_of))
                && period.after.as_ref().is_none_or(|after| key > *after)
        };
        Ok(entries.into_iter().filter(is_wanted).take(first(limit)).collect())
    }
}
