//! Taking a request, however the gateway brought it. Read next: `push.rs`, `poll.rs`.

use adapters::shep::{AsyncMessage, MessageKind};
use app::{ExchangeTaken, TakeError};

use crate::Gateway;
use crate::form::Form;
use crate::refusal::Refusal;

impl Gateway {
    /// Whether a message is one that is sent here at all: before anything of its data is read.
    pub(crate) fn require_request(&self, head: &AsyncMessage) -> Result<(), Refusal> {
        if head.sender_id != self.portal.sender_id {
            return Err(Refusal::Sender);
        }
        if head.service_id != self.channel.service_id() {
            return Err(Refusal::Service);
        }
        if head.kind != MessageKind::Request {
            return Err(Refusal::Kind);
        }
        // The gateway keeps it while we are away, so it may be old; from the future it is not.
        let age = self.party.now().duration_since(head.date);
        if age > self.portal.request_age || age < -self.party.freshness() {
            return Err(Refusal::Stale);
        }
        Ok(())
    }

    /// Keeps a request; the same one again is kept already.
    pub(crate) async fn take(&self, head: &AsyncMessage, form: Form) -> Result<(), Refusal> {
        if !form.is_for(&self.portal) {
            return Err(Refusal::Service);
        }
        let exchange = form.into_exchange(head, self.party.now());
        match self.desk.take(&exchange).await {
            Ok(ExchangeTaken::New | ExchangeTaken::Same) => Ok(()),
            Ok(ExchangeTaken::OtherBody) => Err(Refusal::OtherBody),
            // The gateway keeps it and brings it again: its own way of coming later.
            Err(TakeError::Busy(_)) => Err(Refusal::NotNow),
            Err(error @ TakeError::Store(_)) => {
                tracing::error!(%error, "a request of the portal cannot be kept now");
                Err(Refusal::NotNow)
            }
        }
    }
}
