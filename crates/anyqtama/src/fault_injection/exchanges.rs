//! Exchanges with points round what they write: `take_exchange`, and of what is settled `settle_registered`,
//! `settle_told` and `settle_answered`.

use std::sync::Arc;

use app::{
    ExchangeLease, ExchangeProgress, ExchangeTaken, Exchanges, ExternalId, NewExchange,
    PortalExchange, StoreError,
};
use async_trait::async_trait;
use jiff::Timestamp;

use super::points::Points;

pub(super) struct FaultyExchanges(pub(super) Arc<dyn Exchanges>, pub(super) Points);

fn settling(lease: &ExchangeLease, progress: &ExchangeProgress) -> &'static str {
    if progress.closed_at.is_some() {
        "settle_answered"
    } else if lease.exchange.progress.number.is_none() {
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
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ExchangeLease>, StoreError> {
        self.0.lease_exchange(now, until).await
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

    async fn note_delivery(&self, message: &str, delivery: &str) -> Result<bool, StoreError> {
        self.0.note_delivery(message, delivery).await
    }
}
