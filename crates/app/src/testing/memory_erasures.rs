//! Erasing what has been kept for long enough, in memory and of an intercepted store.

use async_trait::async_trait;

use super::intercepted::{Intercepted, Interceptor};
use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::ports::{Erasure, Erasures, KeptKind, StoreError};

/// Takes out of a list what is outdated, as far as the batch goes.
fn take<T>(list: &mut Vec<T>, limit: usize, is_outdated: impl Fn(&T) -> bool) -> usize {
    let mut taken = 0;
    list.retain(|one| {
        let goes = taken < limit && is_outdated(one);
        taken += usize::from(goes);
        !goes
    });
    taken
}

impl State {
    fn erase(&mut self, erasure: &Erasure) -> u64 {
        let limit = usize::try_from(erasure.limit).unwrap_or(usize::MAX);
        let before = erasure.before;
        let taken = match erasure.kind {
            KeptKind::SubmittedDrafts => {
                let outdated = self.drafts.iter().filter(|(_, draft)| {
                    draft.request_number().is_some() && draft.expires_at < before
                });
                let keys: Vec<_> = outdated.map(|(key, _)| key.clone()).take(limit).collect();
                keys.iter().filter(|key| self.drafts.remove(*key).is_some()).count()
            }
            KeptKind::CallerActs => take(&mut self.callers.acts, limit, |one| one.at < before),
            KeptKind::FaultReports => take(&mut self.callers.reports, limit, |one| one.at < before),
            KeptKind::RecordLooks => take(&mut self.desk.looks, limit, |one| one.at < before),
            KeptKind::RepairRequests => {
                let answered = |one: &crate::ports::RepairRequest| {
                    one.answer.as_ref().is_some_and(|answer| answer.at < before)
                };
                let outdated = self.desk.repairs.iter().filter(|(_, one)| answered(one));
                let keys: Vec<_> = outdated.map(|(key, _)| key.clone()).take(limit).collect();
                keys.iter().filter(|key| self.desk.repairs.remove(*key).is_some()).count()
            }
            KeptKind::PortalExchanges => {
                let outdated = self.exchanges.iter().filter(|(_, kept)| kept.closed_before(before));
                let keys: Vec<_> = outdated.map(|(key, _)| key.clone()).take(limit).collect();
                keys.iter().filter(|key| self.exchanges.remove(*key).is_some()).count()
            }
        };
        let count = u64::try_from(taken).unwrap_or(u64::MAX);
        if count > 0 {
            self.append(&[erasure.event(count)]);
        }
        count
    }
}

#[async_trait]
impl Erasures for MemoryStore {
    async fn erase(&self, erasure: &Erasure) -> Result<u64, StoreError> {
        self.write(|state| Ok(state.erase(erasure)))
    }
}

#[async_trait]
impl<I: Interceptor> Erasures for Intercepted<I> {
    async fn erase(&self, erasure: &Erasure) -> Result<u64, StoreError> {
        self.around("erase", self.store.erase(erasure)).await
    }
}
