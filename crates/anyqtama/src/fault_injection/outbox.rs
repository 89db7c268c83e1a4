//! The outbox with points round what it writes.

use std::sync::Arc;

use app::{
    AuditEvent, MessageChannel, MessageEnd, MessageLease, Outbox, OutboxStanding, StoreError,
};
use async_trait::async_trait;
use jiff::Timestamp;

use super::points::Points;

pub(super) struct FaultyOutbox(pub(super) Arc<dyn Outbox>, pub(super) Points);

#[async_trait]
impl Outbox for FaultyOutbox {
    async fn fill_outbox(
        &self,
        channels: &[MessageChannel],
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        self.1.stop_at("before", "fill_outbox").await;
        let filled = self.0.fill_outbox(channels, since).await;
        if !matches!(filled, Ok(false)) {
            self.1.stop_at("after", "fill_outbox").await;
        }
        filled
    }

    async fn lease_message(
        &self,
        channel: MessageChannel,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<MessageLease>, StoreError> {
        self.0.lease_message(channel, now, until).await
    }

    async fn end_message(
        &self,
        lease: &MessageLease,
        end: MessageEnd,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.1.stop_at("before", "end_message").await;
        let ended = self.0.end_message(lease, end, audit).await;
        self.1.stop_at("after", "end_message").await;
        ended
    }

    async fn postpone_message(
        &self,
        lease: &MessageLease,
        next_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.0.postpone_message(lease, next_at).await
    }

    async fn outbox_standing(&self) -> Result<Vec<OutboxStanding>, StoreError> {
        self.0.outbox_standing().await
    }
}
