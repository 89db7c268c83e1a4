//! The exchanges of the store in memory. Knows no locks. Read next: `ports/exchanges.rs`, which it keeps to.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::ports::{
    ExchangeLease, ExchangeProgress, ExchangeTaken, Exchanges, ExternalId, NewExchange, NoticeKind,
    PortalExchange, StoreError,
};

pub(super) type ExchangesState = BTreeMap<ExternalId, KeptExchange>;

#[derive(Clone)]
pub(super) struct KeptExchange {
    exchange: PortalExchange,
    body_digest: String,
    next_at: Timestamp,
    leased_until: Option<Timestamp>,
    fence: i64,
}

impl State {
    fn take_exchange(&mut self, new: &NewExchange) -> ExchangeTaken {
        if let Some(kept) = self.exchanges.get(&new.external_id) {
            return if kept.body_digest == new.body_digest {
                ExchangeTaken::Same
            } else {
                ExchangeTaken::OtherBody
            };
        }
        let signature = Some(new.signature.clone());
        let exchange = PortalExchange {
            external_id: new.external_id.clone(),
            external_chain: new.external_chain.clone(),
            chain: new.chain.clone(),
            applicant: new.applicant,
            received_at: new.received_at,
            progress: ExchangeProgress { signature, ..ExchangeProgress::default() },
            delivery: None,
        };
        let (body_digest, next_at) = (new.body_digest.clone(), new.received_at);
        let kept = KeptExchange { exchange, body_digest, next_at, leased_until: None, fence: 0 };
        self.exchanges.insert(new.external_id.clone(), kept);
        ExchangeTaken::New
    }

    /// Whether something is to be done about it.
    fn is_due(&self, kept: &KeptExchange, now: Timestamp) -> bool {
        let progress = &kept.exchange.progress;
        let is_free = kept.leased_until.is_none_or(|until| until <= now);
        if progress.closed_at.is_some() || kept.next_at > now || !is_free {
            return false;
        }
        let Some(number) = &progress.number else { return true };
        let version = self.requests.get(number).map(|stored| stored.version);
        let is_overdue = self.notices.contains_key(&(number.clone(), NoticeKind::Overdue.code()));
        version.is_some_and(|version| version > progress.told_version)
            || progress.overdue_told_at.is_none() && is_overdue
    }

    fn lease_exchange(&mut self, now: Timestamp, until: Timestamp) -> Option<ExchangeLease> {
        let due = self.exchanges.iter().filter(|(_, kept)| self.is_due(kept, now));
        let id = due.min_by_key(|(id, kept)| (kept.next_at, *id)).map(|(id, _)| id.clone())?;
        let kept = self.exchanges.get_mut(&id)?;
        if kept.leased_until.is_some() {
            kept.exchange.progress.attempts += 1;
        }
        kept.fence += 1;
        kept.leased_until = Some(until);
        Some(ExchangeLease { exchange: kept.exchange.clone(), fence: kept.fence })
    }

    fn settle_exchange(
        &mut self,
        lease: &ExchangeLease,
        progress: &ExchangeProgress,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        let kept = self.exchanges.get_mut(&lease.exchange.external_id);
        let held = kept.filter(|kept| kept.fence == lease.fence && kept.leased_until.is_some());
        let kept = held.ok_or(StoreError::LeaseLost)?;
        kept.exchange.progress = progress.clone();
        kept.next_at = next_at;
        kept.leased_until = None;
        Ok(())
    }
}

#[async_trait]
impl Exchanges for MemoryStore {
    async fn take_exchange(&self, new: &NewExchange) -> Result<ExchangeTaken, StoreError> {
        self.write(|state| Ok(state.take_exchange(new)))
    }

    async fn exchange(
        &self,
        external_id: &ExternalId,
    ) -> Result<Option<PortalExchange>, StoreError> {
        self.read(|state| state.exchanges.get(external_id).map(|kept| kept.exchange.clone()))
    }

    async fn lease_exchange(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ExchangeLease>, StoreError> {
        self.write(|state| Ok(state.lease_exchange(now, until)))
    }

    async fn settle_exchange(
        &self,
        lease: &ExchangeLease,
        progress: &ExchangeProgress,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|state| state.settle_exchange(lease, progress, next_at))
    }

    async fn note_delivery(&self, message: &str, delivery: &str) -> Result<bool, StoreError> {
        self.write(|state| {
            let is_it = |kept: &&mut KeptExchange| {
                kept.exchange.progress.last_message.as_deref() == Some(message)
            };
            let Some(kept) = state.exchanges.values_mut().find(is_it) else { return Ok(false) };
            kept.exchange.delivery = Some(delivery.to_owned());
            Ok(true)
        })
    }
}
