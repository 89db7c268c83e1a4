//! Exchanges with points round what they write: `take_exchange`, and of what is settled `settle_registered`,
//! `settle_told` and `settle_answered`.

use std::sync::Arc;

use app::{
    DeliveryNote, ExchangeLease, ExchangeProgress, ExchangeTaken, ExchangeWork, Exchanges,
    ExternalId, NewExchange, PortalExchange, StoreError,
};
use async_trait::async_trait;
use jiff::Timestamp;

use super::points::Points;

pub(super) struct FaultyExchanges(pub(super) Arc<dyn Exchanges>, pub(super) Points);

fn settling(lease: &ExchangeLease, progress: &ExchangeProgress) -> &'static str {
    if progress.closed_at.is_some() {
        "settle_answered"
    } else if lease.work == ExchangeWork::Register {
        "settle_registered"
    } else {
        "settle_told"
    }
}

#[async_trait]
impl Exchanges for FaultyExchanges {
    async fn take_exchange(&self, new: &NewExchange) -> Result<ExchangeTaken, StoreError> {
        self.1.stop_at("before", "take_exchange").await;
        let taken = self.0.take_exchange(new).await;
        self.1.stop_at("after", "take_exchange").await;
        taken
    }

    async fn exchange(
        &self,
        external_id: &ExternalId,
    ) -> Result<Option<PortalExchange>, StoreError> {
        self.0.exchange(external_id).await
    }

    async fn lease_exchange(
        &self,
        work: ExchangeWork,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ExchangeLease>, StoreError> {
        self.0.lease_exchange(work, now, until).await
    }

    async fn settle_exchange(
        &self,
        lease: &ExchangeLease,
        progress: &ExchangeProgress,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        let call = settling(lease, progress);
        self.1.stop_at("before", call).await;
        let settled = self.0.settle_exchange(lease, progress, next_at).await;
        self.1.stop_at("after", call).await;
        settled
    }

    async fn undelivered(&self, message: &str) -> Result<Option<u32>, StoreError> {
        self.0.undelivered(message).await
    }

    async fn deliveries_to_ask(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        self.0.deliveries_to_ask(now, limit).await
    }

    async fn note_delivery(&self, note: &DeliveryNote) -> Result<bool, StoreError> {
        self.0.note_delivery(note).await
    }
}
