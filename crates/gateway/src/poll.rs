//! The asynchronous channel where the gateway does not call us: it is asked for what waits, and told what became of it.
//! What is not acknowledged comes again, and is the same request then.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use adapters::shep::{AsyncMessage, ShepFault};

use crate::Gateway;
use crate::form::Form;
use crate::refusal::Refusal;

/// Messages asked for at once: as many requests as fit into the size of an answer, with room.
const AMOUNT: u32 = 10;

/// Asks the gateway again and again.
pub struct Poll {
    gateway: Arc<Gateway>,
}

impl Poll {
    /// Of a gateway.
    #[must_use]
    pub fn new(gateway: Arc<Gateway>) -> Self {
        Self { gateway }
    }

    /// Asks until `stop` ends; ends at once where nobody is to be asked.
    pub async fn run_until(&self, stop: impl Future<Output = ()>) {
        let Some(pause) = self.gateway.portal.poll else { return };
        let mut stop = pin!(stop);
        let mut was_silent = false;
        loop {
            let pause = match self.once().await {
                Ok(taken) => {
                    was_silent = false;
                    // A full page has another behind it. What was not taken comes again, and not faster than that.
                    if taken < AMOUNT { pause } else { Duration::ZERO }
                }
                Err(fault) => {
                    let (code, detail) = (fault.code(), fault.detail());
                    if !was_silent {
                        tracing::warn!(code, detail, "the gateway gave no messages");
                    }
                    was_silent = true;
                    pause
                }
            };
            // A gateway that does not call us does not tell by itself what was delivered.
            if let Err(error) = self.gateway.desk.ask_deliveries().await {
                tracing::error!(%error, "what became of messages cannot be noted now");
            }
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Asks once, where there is room for more; answers how many messages were taken. One that is not holds up none of those behind it.
    pub(crate) async fn once(&self) -> Result<u32, ShepFault> {
        let gateway = &self.gateway;
        // Where more wait than can be answered, what the gateway keeps is well kept there.
        if gateway.desk.service().room_to_wait().await.is_err() {
            return Ok(0);
        }
        let read = |head: AsyncMessage, data: roxmltree::Node<'_, '_>| {
            let form = gateway.require_request(&head).and_then(|()| Ok(Form::read(data)?));
            (head, form)
        };
        let came = gateway.channel.fetch(AMOUNT, read).await?;
        let mut count = 0;
        for message in came {
            let (message_id, taken) = match message {
                Ok((head, Ok(form))) => {
                    let taken = gateway.take(&head, form).await;
                    (Some(head.message_id), taken)
                }
                Ok((head, Err(refusal))) => (Some(head.message_id), Err(refusal)),
                Err(unread) => (unread.message_id, Err(unread.unfit.into())),
            };
            count += u32::from(self.acknowledge(message_id.as_deref(), taken).await);
        }
        Ok(count)
    }

    /// Says what became of a message; `true` where it was taken and the gateway knows.
    async fn acknowledge(&self, message_id: Option<&str>, taken: Result<(), Refusal>) -> bool {
        let refusal = taken.err();
        if let Some(refusal) = refusal {
            log(refusal);
        }
        // Of one without a name nothing can be said to the gateway.
        let Some(message_id) = message_id else { return false };
        let said = refusal.map(|refusal| (refusal.code(), refusal.may_come_again()));
        match self.gateway.channel.acknowledge(message_id, said).await {
            Ok(()) => refusal.is_none(),
            Err(fault) => {
                let (code, detail) = (fault.code(), fault.detail());
                tracing::warn!(code, detail, "the gateway was not told what became of a message");
                false
            }
        }
    }
}

pub(crate) fn log(refusal: Refusal) {
    let (code, detail) = (refusal.code(), refusal.detail());
    tracing::warn!(code, detail, "a message from the gateway was not taken");
}
