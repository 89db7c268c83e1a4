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
                    // A full page has another behind it.
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
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Asks once; answers how many messages came.
    pub(crate) async fn once(&self) -> Result<u32, ShepFault> {
        let gateway = &self.gateway;
        let read = |head: AsyncMessage, data: roxmltree::Node<'_, '_>| {
            let form = gateway.require_request(&head).and_then(|()| Ok(Form::read(data)?));
            (head, form)
        };
        let came = gateway.channel.fetch(AMOUNT, read).await?;
        let count = u32::try_from(came.len()).unwrap_or(AMOUNT);
        for (head, form) in came {
            let taken = match form {
                Ok(form) => gateway.take(&head, form).await,
                Err(refusal) => Err(refusal),
            };
            let refusal = taken.err();
            if let Some(refusal) = refusal {
                log(refusal);
            }
            let said = refusal.map(|refusal| (refusal.code(), refusal.may_come_again()));
            gateway.channel.acknowledge(&head.message_id, said).await?;
        }
        Ok(count)
    }
}

pub(crate) fn log(refusal: Refusal) {
    let (code, detail) = (refusal.code(), refusal.detail());
    tracing::warn!(code, detail, "a message from the gateway was not taken");
}
