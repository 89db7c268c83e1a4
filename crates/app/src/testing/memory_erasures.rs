//! Erasing what has been kept for long enough, in memory and of an intercepted store. Answered requests: `memory_erased.rs`.

use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;

use super::intercepted::{Intercepted, Interceptor};
use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::ports::{
    ConsentPeriod, Erasable, ErasedDocument, ErasedKey, ErasedRequest, Erasure, Erasures, KeptKind,
    RequestErasure, StoreError,
};

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

    async fn erasable(&self, wanted: &Erasable) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        self.read(|state| state.erasable(wanted))
    }

    async fn wait_to_erase(&self, waits: &[(Number, Timestamp)]) -> Result<(), StoreError> {
        self.write(|state| {
            state.erasure_waits.extend(waits.iter().cloned());
            Ok(())
        })
    }

    async fn erase_requests(&self, erasure: &RequestErasure) -> Result<u64, StoreError> {
        self.write(|state| Ok(state.erase_requests(erasure)))
    }

    async fn erased_requests(&self, numbers: &[Number]) -> Result<Vec<ErasedRequest>, StoreError> {
        self.read(|state| state.left(|one| numbers.contains(&one.number)))
    }

    async fn erased_by(&self, certificate: i64) -> Result<Vec<ErasedRequest>, StoreError> {
        self.read(|state| state.left(|one| one.certificate == certificate))
    }

    async fn erased_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ErasedRequest>, StoreError> {
        let within = |at: &Timestamp| (period.from..period.until).contains(at);
        let is_behind = |one: &ErasedRequest| {
            period
                .after
                .as_ref()
                .is_none_or(|after| (one.accepted_at, &one.number) > (after.0, &after.1))
        };
        let mut found = self.read(|state| {
            state.left(|one| {
                let withdrawn = one.consents.iter().filter_map(|consent| consent.withdrawn_at);
                let is_of_it =
                    within(&one.accepted_at) || withdrawn.into_iter().any(|at| within(&at));
                is_of_it && is_behind(one)
            })
        })?;
        found.sort_by(|one, next| {
            (one.accepted_at, &one.number).cmp(&(next.accepted_at, &next.number))
        });
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    async fn erased_document(&self, key: &ErasedKey) -> Result<Option<ErasedDocument>, StoreError> {
        let is_it = |one: &&ErasedDocument| match key {
            ErasedKey::Number(number) => one.number == *number,
            ErasedKey::TokenDigest(digest) => one.token_digest == *digest,
            ErasedKey::FileDigest(digest) => one.file_digest == *digest,
        };
        self.read(|state| {
            let all = state.erased.values().flat_map(|kept| &kept.left.documents);
            all.into_iter().find(is_it).cloned()
        })
    }
}

#[async_trait]
impl<I: Interceptor> Erasures for Intercepted<I> {
    async fn erase(&self, erasure: &Erasure) -> Result<u64, StoreError> {
        self.around("erase", self.store.erase(erasure)).await
    }

    async fn erasable(&self, wanted: &Erasable) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        self.around("erasable", self.store.erasable(wanted)).await
    }

    async fn wait_to_erase(&self, waits: &[(Number, Timestamp)]) -> Result<(), StoreError> {
        self.around("wait_to_erase", self.store.wait_to_erase(waits)).await
    }

    async fn erase_requests(&self, erasure: &RequestErasure) -> Result<u64, StoreError> {
        self.around("erase_requests", self.store.erase_requests(erasure)).await
    }

    async fn erased_requests(&self, numbers: &[Number]) -> Result<Vec<ErasedRequest>, StoreError> {
        self.around("erased_requests", self.store.erased_requests(numbers)).await
    }

    async fn erased_by(&self, certificate: i64) -> Result<Vec<ErasedRequest>, StoreError> {
        self.around("erased_by", self.store.erased_by(certificate)).await
    }

    async fn erased_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ErasedRequest>, StoreError> {
        self.around("erased_between", self.store.erased_between(period, limit)).await
    }

    async fn erased_document(&self, key: &ErasedKey) -> Result<Option<ErasedDocument>, StoreError> {
        self.around("erased_document", self.store.erased_document(key)).await
    }
}
