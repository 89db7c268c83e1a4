//! The way back to the portal: words as NOTIFICATION, the answer as RESPONSE of the same chain.

use std::sync::{Arc, Mutex, PoisonError};

use adapters::shep::{AsyncChannel, MessageKind, Seen, ShepFault};
use app::{Delivery, LineFault, PortalLine, PortalWord};
use async_trait::async_trait;

use crate::word;

/// The asynchronous channel as the way to the portal.
pub struct ShepPortalLine {
    channel: Arc<AsyncChannel>,
    receipts: Mutex<Seen>,
}

impl ShepPortalLine {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: Arc<AsyncChannel>) -> Self {
        let receipts = Mutex::new(Seen::new(channel.party().freshness()));
        Self { channel, receipts }
    }
}

#[async_trait]
impl PortalLine for ShepPortalLine {
    async fn tell(&self, said: &PortalWord) -> Result<String, LineFault> {
        let kind = if said.is_last { MessageKind::Response } else { MessageKind::Notification };
        let sent = self.channel.send(kind, &said.chain, |data| word::status(data, said)).await;
        let receipt = sent.map_err(|fault| told(&fault))?;
        let now = self.channel.party().now();
        let mut receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        // A copy of an earlier receipt would have us believe that this was taken too.
        if receipts.is_new(&receipt.message_id, now) {
            Ok(receipt.message_id)
        } else {
            Err(told(&ShepFault::Repeated))
        }
    }

    async fn delivery(&self, message: &str) -> Result<Delivery, LineFault> {
        self.channel.status(message).await.map_err(|fault| LineFault(fault.code()))
    }
}

fn told(fault: &ShepFault) -> LineFault {
    let (code, detail) = (fault.code(), fault.detail());
    tracing::warn!(code, detail, "the gateway did not take a message to the portal");
    LineFault(code)
}
