//! Requests that come over the portal of the e-government: each is submitted as one of our own portal is, and its sender
//! is told each state, and at the end the answer with its documents.
//!
//! Registering and telling have turns of their own, so that a gateway that is slow to hear holds up no registration. Telling
//! is at least once, and what is told again bears the same identifier. Nothing is told of requests that came another way.
//! Knows no SOAP: that stands behind [`PortalLine`]. Read next: `registering.rs`, `telling.rs`; `word.rs` for what is told,
//! `ports/exchanges.rs` for what is kept.

mod registering;
mod telling;
mod word;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};

use crate::backlog::Busy;
use crate::ports::{
    Delivery, DeliveryNote, ExchangeLease, ExchangeProgress, ExchangeTaken, ExchangeWork,
    Exchanges, ExternalId, NewExchange, PortalExchange, StoreError,
};
use crate::retry::retry_delay;
use crate::service::Service;
pub use word::{PortalDocument, PortalWord, Said};

/// Longest sleep between two looks for something to do.
const POLL: Duration = Duration::from_millis(500);
/// First and longest wait before what was not delivered is told again.
const REDELIVERY_FIRST: SignedDuration = SignedDuration::from_secs(30);
const REDELIVERY_LONGEST: SignedDuration = SignedDuration::from_hours(1);

/// Why a word did not reach the gateway, by a stable code. The next try may.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the gateway did not take it: {0}")]
pub struct LineFault(pub &'static str);

/// The way to the portal.
#[async_trait]
pub trait PortalLine: Send + Sync {
    /// Tells; answers how the gateway calls the message. Bounds its own time.
    async fn tell(&self, word: &PortalWord) -> Result<String, LineFault>;

    /// What the gateway says of the delivery of a message of ours. Bounds its own time.
    async fn delivery(&self, message: &str) -> Result<Delivery, LineFault>;
}

/// Takes what the portal sends, and tells it what becomes of it.
pub struct PortalDesk {
    service: Arc<Service>,
    exchanges: Arc<dyn Exchanges>,
    line: Arc<dyn PortalLine>,
    news: Notify,
}

/// Why a turn came to nothing.
#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Line(#[from] LineFault),
}

/// Why a request was not kept.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// More wait than can be answered: it had better come again.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How far an exchange is after a turn, and when its next is due.
type Turned = (ExchangeProgress, Timestamp);

impl PortalDesk {
    /// Over a service.
    #[must_use]
    pub fn new(
        service: Arc<Service>,
        exchanges: Arc<dyn Exchanges>,
        line: Arc<dyn PortalLine>,
    ) -> Self {
        Self { service, exchanges, line, news: Notify::new() }
    }

    /// The service it stands before.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Keeps a request that came; from then on it is ours to see to. What is kept already is, however many wait.
    ///
    /// # Errors
    /// [`TakeError`]; then it must come again.
    pub async fn take(&self, new: &NewExchange) -> Result<ExchangeTaken, TakeError> {
        if let Err(busy) = self.service.room_to_wait().await
            && self.exchanges.exchange(&new.external_id).await?.is_none()
        {
            return Err(busy.into());
        }
        let taken = self.exchanges.take_exchange(new).await?;
        if taken == ExchangeTaken::New {
            self.news.notify_waiters();
        }
        Ok(taken)
    }

    /// An exchange.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn exchange(&self, id: &ExternalId) -> Result<Option<PortalExchange>, StoreError> {
        self.exchanges.exchange(id).await
    }

    /// Notes what the gateway says of the delivery of a message of ours. What was not delivered is told again, later and
    /// later, until it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_delivery(&self, message: &str, delivery: Delivery) -> Result<(), StoreError> {
        let Some(before) = self.exchanges.undelivered(message).await? else {
            tracing::debug!(delivery = delivery.code(), "of a message that was not told last");
            return Ok(());
        };
        let again = delivery.is_failed().then(|| redelivery_delay(before));
        if again.is_some() {
            let (delivery, times) = (delivery.code(), before.saturating_add(1));
            tracing::warn!(delivery, times, "a message to the portal is told again");
        }
        let note = DeliveryNote {
            message: message.to_owned(),
            delivery: Some(delivery),
            tell_at: again.map(|pause| self.service.after(pause)),
            ask_at: None,
        };
        self.exchanges.note_delivery(&note).await?;
        Ok(())
    }

    /// Works until `stop` ends; turns that were begun are finished.
    pub async fn run_until(&self, stop: impl Future<Output = ()>) {
        let (ended, end) = watch::channel(false);
        let stopping = async {
            stop.await;
            let _ = ended.send(true);
        };
        let tell = || self.run(ExchangeWork::Tell, end.clone());
        // Three words are on their way at once: one that takes its time does not hold up those of others.
        let tellers = async { tokio::join!(tell(), tell(), tell()) };
        tokio::join!(stopping, self.run(ExchangeWork::Register, end.clone()), tellers);
    }

    async fn run(&self, work: ExchangeWork, mut end: watch::Receiver<bool>) {
        let mut stop = pin!(async move {
            let _ = end.wait_for(|ended| *ended).await;
        });
        loop {
            let pause = match self.turn(work).await {
                Ok(true) => Duration::ZERO,
                Ok(false) => POLL,
                Err(error) => {
                    tracing::error!(%error, "exchanges with the portal cannot reach the store");
                    POLL
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = self.sleep(pause) => {}
            }
        }
    }

    async fn sleep(&self, pause: Duration) {
        if !pause.is_zero() {
            let _ = tokio::time::timeout(pause, self.news.notified()).await;
        }
    }

    /// Takes one turn of each kind where there is one; `false` when there was none.
    ///
    /// # Errors
    /// [`StoreError`] when no exchange can be leased.
    pub async fn work_once(&self) -> Result<bool, StoreError> {
        let registered = self.turn(ExchangeWork::Register).await?;
        Ok(self.turn(ExchangeWork::Tell).await? || registered)
    }

    /// Takes one turn of a kind if there is one.
    async fn turn(&self, work: ExchangeWork) -> Result<bool, StoreError> {
        let now = self.service.now();
        let until = self.service.after(self.service.settings().lease);
        let Some(lease) = self.exchanges.lease_exchange(work, now, until).await? else {
            return Ok(false);
        };
        let done = match work {
            ExchangeWork::Register => self.register(&lease.exchange).await,
            ExchangeWork::Tell => self.tell(&lease.exchange).await,
        };
        let (progress, next_at) = done.unwrap_or_else(|stuck| {
            let number = lease.exchange.progress.number.as_ref().map(ToString::to_string);
            let attempts = lease.exchange.progress.attempts;
            tracing::warn!(number, attempts, %stuck, "an exchange with the portal goes on later");
            self.later(&lease.exchange.progress)
        });
        self.settle(&lease, &progress, next_at).await;
        Ok(true)
    }

    /// Where this fails the turn comes again when the lease ends: what was told is told again, under the same identifier.
    async fn settle(&self, lease: &ExchangeLease, progress: &ExchangeProgress, next_at: Timestamp) {
        match self.exchanges.settle_exchange(lease, progress, next_at).await {
            Ok(()) if lease.work == ExchangeWork::Register => self.news.notify_waiters(),
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(%error, "an exchange with the portal comes up again when its lease ends");
            }
        }
    }

    fn later(&self, progress: &ExchangeProgress) -> Turned {
        let random = self.service.parts.ids.random_u64();
        let next_at = self.service.after(retry_delay(progress.attempts, random));
        let attempts = progress.attempts.saturating_add(1);
        (ExchangeProgress { attempts, ..progress.clone() }, next_at)
    }
}

/// The wait before what was not delivered so often is told again.
fn redelivery_delay(before: u32) -> SignedDuration {
    let doubled = 2_i32.checked_pow(before).and_then(|times| REDELIVERY_FIRST.checked_mul(times));
    doubled.unwrap_or(REDELIVERY_LONGEST).min(REDELIVERY_LONGEST)
}
