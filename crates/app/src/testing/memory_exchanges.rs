//! The exchanges of the store in memory. Knows no locks. Read next: `ports/exchanges.rs`, which it keeps to.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::ports::{
    Delivery, DeliveryNote, ExchangeLease, ExchangeProgress, ExchangeTaken, ExchangeWork,
    Exchanges, ExternalId, NewExchange, NoticeKind, PortalExchange, StoreError,
};

pub(super) type ExchangesState = BTreeMap<ExternalId, KeptExchange>;

#[derive(Clone)]
pub(super) struct KeptExchange {
    exchange: PortalExchange,
    body_digest: String,
    next_at: Timestamp,
    tell_at: Timestamp,
    leased_until: Option<Timestamp>,
    fence: i64,
}

impl KeptExchange {
    pub(super) fn closed_before(&self, moment: Timestamp) -> bool {
        self.exchange.progress.closed_at.is_some_and(|at| at < moment)
    }

    pub(super) fn is_of(&self, number: &domain::Number) -> bool {
        self.exchange.progress.number.as_ref() == Some(number)
    }

    fn turn(&mut self, work: ExchangeWork) -> &mut Timestamp {
        match work {
            ExchangeWork::Register => &mut self.next_at,
            ExchangeWork::Tell => &mut self.tell_at,
        }
    }
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
        let (tell_at, leased_until) = (next_at, None);
        let kept = KeptExchange { exchange, body_digest, next_at, tell_at, leased_until, fence: 0 };
        self.exchanges.insert(new.external_id.clone(), kept);
        ExchangeTaken::New
    }

    /// Whether something is to be done about it.
    fn is_due(&self, kept: &KeptExchange, work: ExchangeWork, now: Timestamp) -> bool {
        let progress = &kept.exchange.progress;
        let is_free = kept.leased_until.is_none_or(|until| until <= now);
        let turn = match work {
            ExchangeWork::Register => kept.next_at,
            ExchangeWork::Tell => kept.tell_at,
        };
        if progress.closed_at.is_some() || turn > now || !is_free {
            return false;
        }
        let is_open = progress.number.is_none() && progress.fault.is_none();
        if work == ExchangeWork::Register {
            return is_open;
        }
        let waits = progress.waits.as_ref().filter(|_| is_open);
        let is_news = waits.is_some_and(|(state, _)| *state != progress.told);
        let is_again = progress.again && (waits.is_some() || !is_open);
        is_news || is_again || progress.fault.is_some() || self.is_untold(progress)
    }

    fn is_untold(&self, progress: &ExchangeProgress) -> bool {
        let Some(number) = &progress.number else { return false };
        let version = self.requests.get(number).map(|stored| stored.version);
        let is_overdue = self.notices.contains_key(&(number.clone(), NoticeKind::Overdue.code()));
        version.is_some_and(|version| version > progress.told_version)
            || progress.overdue_told_at.is_none() && is_overdue
    }

    fn lease_exchange(
        &mut self,
        work: ExchangeWork,
        now: Timestamp,
        until: Timestamp,
    ) -> Option<ExchangeLease> {
        let due = self.exchanges.iter_mut().map(|(id, kept)| (*kept.turn(work), id.clone()));
        let mut due: Vec<_> = due.collect();
        due.sort();
        let due = due.into_iter().map(|(_, id)| id);
        let mut due = due.filter(|id| self.is_due(&self.exchanges[id], work, now));
        let id = due.next()?;
        drop(due);
        let kept = self.exchanges.get_mut(&id)?;
        if kept.leased_until.is_some() {
            kept.exchange.progress.attempts += 1;
        }
        kept.fence += 1;
        kept.leased_until = Some(until);
        Some(ExchangeLease { exchange: kept.exchange.clone(), work, fence: kept.fence })
    }

    fn told_by(&mut self, message: &str) -> Option<&mut KeptExchange> {
        let mut all = self.exchanges.values_mut();
        all.find(|kept| kept.exchange.progress.last_message.as_deref() == Some(message))
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
        if kept.exchange.progress.last_message != progress.last_message {
            kept.exchange.delivery = None;
        }
        kept.exchange.progress = progress.clone();
        *kept.turn(lease.work) = next_at;
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
        work: ExchangeWork,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ExchangeLease>, StoreError> {
        self.write(|state| Ok(state.lease_exchange(work, now, until)))
    }

    async fn settle_exchange(
        &self,
        lease: &ExchangeLease,
        progress: &ExchangeProgress,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|state| state.settle_exchange(lease, progress, next_at))
    }

    async fn undelivered(&self, message: &str) -> Result<Option<u32>, StoreError> {
        self.write(|state| {
            Ok(state.told_by(message).map(|kept| kept.exchange.progress.undelivered))
        })
    }

    async fn deliveries_to_ask(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        self.read(|state| {
            let asked = state.exchanges.values().filter_map(|kept| {
                let progress = &kept.exchange.progress;
                Some((progress.ask_at.filter(|at| *at <= now)?, progress.last_message.clone()?))
            });
            let mut asked: Vec<_> = asked.collect();
            asked.sort();
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            asked.into_iter().map(|(_, message)| message).take(limit).collect()
        })
    }

    async fn note_delivery(&self, note: &DeliveryNote) -> Result<bool, StoreError> {
        self.write(|state| {
            let Some(kept) = state.told_by(&note.message) else { return Ok(false) };
            kept.exchange.delivery = note.delivery.or(kept.exchange.delivery);
            let progress = &mut kept.exchange.progress;
            progress.ask_at = note.ask_at;
            if note.delivery == Some(Delivery::Delivered) {
                progress.undelivered = 0;
            }
            if let Some(tell_at) = note.tell_at {
                progress.again = true;
                progress.undelivered += 1;
                progress.closed_at = None;
                kept.tell_at = tell_at;
            }
            Ok(true)
        })
    }
}
