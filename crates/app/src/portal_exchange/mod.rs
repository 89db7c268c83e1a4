//! Requests that come over the portal of the e-government: each is submitted as one of our own portal is, and its sender
//! is told each state, and at the end the answer with its documents.
//!
//! Telling is at least once, and what is told again bears the same identifier. Nothing is told of requests that came
//! another way. Knows no SOAP: that stands behind [`PortalLine`]. Read next: `word.rs` for what is told,
//! `ports/exchanges.rs` for what is kept.

mod word;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    Channel, ExchangeLease, ExchangeProgress, ExchangeTaken, Exchanges, ExternalId, IdempotencyKey,
    NewExchange, NoticeKind, PortalExchange, StoreError, StoredRequest,
};
use crate::retry::retry_delay;
use crate::service::Service;
use crate::submit::{Submission, SubmitError, Submitted};
pub use word::{PortalDocument, PortalWord, Said};

/// Longest sleep between two looks for something to tell.
const POLL: Duration = Duration::from_millis(500);
/// Notices looked through for the one that the term has passed.
const NOTICES: u32 = 200;

/// Why a word did not reach the gateway, by a stable code. The next try may.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the gateway did not take it: {0}")]
pub struct LineFault(pub &'static str);

/// The way to the portal.
#[async_trait]
pub trait PortalLine: Send + Sync {
    /// Tells; answers how the gateway calls the message. Bounds its own time.
    async fn tell(&self, word: &PortalWord) -> Result<String, LineFault>;
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

    /// Keeps a request that came; from then on it is ours to see to.
    ///
    /// # Errors
    /// [`StoreError`]; then it must come again.
    pub async fn take(&self, new: &NewExchange) -> Result<ExchangeTaken, StoreError> {
        let taken = self.exchanges.take_exchange(new).await?;
        if taken == ExchangeTaken::New {
            self.news.notify_one();
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

    /// Notes what the gateway says of the delivery of a message of ours.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_delivery(&self, message: &str, delivery: &str) -> Result<(), StoreError> {
        if !self.exchanges.note_delivery(message, delivery).await? {
            tracing::debug!(delivery, "of a message that was not told last");
        }
        Ok(())
    }

    /// Works until `stop` ends; a turn that was begun is finished.
    pub async fn run_until(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            let pause = match self.work_once().await {
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

    /// Takes one turn if there is one; `false` when there was none.
    ///
    /// # Errors
    /// [`StoreError`] when no exchange can be leased.
    pub async fn work_once(&self) -> Result<bool, StoreError> {
        let now = self.service.now();
        let until = self.service.after(self.service.settings().lease);
        let Some(lease) = self.exchanges.lease_exchange(now, until).await? else {
            return Ok(false);
        };
        let (progress, next_at) = match self.turn(&lease.exchange).await {
            Ok(done) => done,
            Err(stuck) => {
                let number = lease.exchange.progress.number.as_ref().map(ToString::to_string);
                let attempts = lease.exchange.progress.attempts;
                tracing::warn!(number, attempts, %stuck, "the portal will be told later");
                self.later(&lease.exchange.progress)
            }
        };
        self.settle(&lease, &progress, next_at).await;
        Ok(true)
    }

    /// Where this fails the turn comes again when the lease ends: what was told is told again, under the same identifier.
    async fn settle(&self, lease: &ExchangeLease, progress: &ExchangeProgress, next_at: Timestamp) {
        if let Err(error) = self.exchanges.settle_exchange(lease, progress, next_at).await {
            tracing::warn!(%error, "an exchange with the portal comes up again when its lease ends");
        }
    }

    fn later(&self, progress: &ExchangeProgress) -> (ExchangeProgress, Timestamp) {
        let random = self.service.parts.ids.random_u64();
        let next_at = self.service.after(retry_delay(progress.attempts, random));
        let attempts = progress.attempts.saturating_add(1);
        (ExchangeProgress { attempts, ..progress.clone() }, next_at)
    }

    async fn turn(
        &self,
        exchange: &PortalExchange,
    ) -> Result<(ExchangeProgress, Timestamp), Stuck> {
        let progress = &exchange.progress;
        let now = self.service.now();
        let word = match (&progress.number, &progress.fault) {
            (None, None) => return self.submit(exchange).await,
            (None, Some(code)) => PortalWord::not_registered(exchange, code),
            (Some(number), _) => {
                let stored = self.service.store().request(number).await?;
                let stored = stored.ok_or(StoreError::Corrupt("portal_exchanges.number"))?;
                let told_version = stored.version;
                match self.due(exchange, stored).await? {
                    Some(word) => word,
                    None => {
                        return Ok((ExchangeProgress { told_version, ..progress.clone() }, now));
                    }
                }
            }
        };
        let message = self.line.tell(&word).await?;
        if let (true, Said::Request { stored, .. }) = (word.is_last, &word.said) {
            self.service.store().append_audit(&delivered(stored, now)).await?;
        }
        Ok((word.told(progress, message, now), now))
    }

    /// Submits what was sent, or says why it cannot be judged yet.
    async fn submit(
        &self,
        exchange: &PortalExchange,
    ) -> Result<(ExchangeProgress, Timestamp), Stuck> {
        let progress = &exchange.progress;
        let cms = progress.signature.clone().unwrap_or_default();
        let submission = Submission {
            key: IdempotencyKey(format!("egov-portal-{}", exchange.external_id.as_str())),
            cms: cms.clone(),
            channel: Channel::EgovPortal,
            signed_in: Some(exchange.applicant),
        };
        let judged = ExchangeProgress { signature: None, attempts: 0, ..progress.clone() };
        let now = self.service.now();
        match self.service.submit(submission).await {
            Ok(
                Submitted::New(stored)
                | Submitted::Same(stored)
                | Submitted::DraftUsed(stored)
                | Submitted::Open(stored),
            ) => Ok((ExchangeProgress { number: Some(stored.number), ..judged }, now)),
            Err(SubmitError::Store(error)) => Err(error.into()),
            Err(error) if passes(&error) && !self.service.is_past(&cms).await? => {
                Ok(self.waits(exchange, error.code()).await)
            }
            Err(error) if passes(&error) => {
                let code = SubmitError::DraftExpired.code().to_owned();
                Ok((ExchangeProgress { fault: Some(code), ..judged }, now))
            }
            Err(error) => {
                Ok((ExchangeProgress { fault: Some(error.code().to_owned()), ..judged }, now))
            }
        }
    }

    /// Nothing is lost by waiting but time: the portal is told why, once; should it not hear of it now, then next time.
    async fn waits(
        &self,
        exchange: &PortalExchange,
        code: &'static str,
    ) -> (ExchangeProgress, Timestamp) {
        let word = PortalWord::kept(exchange, code);
        let mut progress = exchange.progress.clone();
        if progress.told != word.state()
            && let Ok(message) = self.line.tell(&word).await
        {
            progress.told = word.state().to_owned();
            progress.last_message = Some(message);
        }
        self.later(&progress)
    }

    /// What the portal does not know yet of a request.
    async fn due(
        &self,
        exchange: &PortalExchange,
        stored: StoredRequest,
    ) -> Result<Option<PortalWord>, StoreError> {
        let progress = &exchange.progress;
        if progress.told_version == 0 {
            return Ok(Some(PortalWord::accepted(exchange, stored)));
        }
        if stored.state.is_final() {
            let documents = self.documents(&stored).await?;
            return Ok(Some(PortalWord::answered(exchange, stored, documents)));
        }
        if progress.overdue_told_at.is_none() && self.was_told_overdue(&stored).await? {
            return Ok(Some(PortalWord::term_passed(exchange, stored)));
        }
        let is_known = progress.told == stored.state.code();
        Ok((!is_known).then(|| PortalWord::state_of(exchange, stored)))
    }

    async fn was_told_overdue(&self, stored: &StoredRequest) -> Result<bool, StoreError> {
        let notices = self.service.store().notices_of(stored.request.applicant, NOTICES).await?;
        Ok(notices
            .iter()
            .any(|one| one.number == stored.number && one.notice.kind == NoticeKind::Overdue))
    }

    async fn documents(&self, stored: &StoredRequest) -> Result<Vec<PortalDocument>, StoreError> {
        let mut documents = Vec::new();
        for result in self.service.issued(&stored.number).await? {
            let bytes = self.service.store().document(&result.id).await?;
            let bytes = bytes.ok_or(StoreError::Corrupt("sealed_documents"))?;
            let (kind, number, digest) = (result.kind, result.number, result.digest);
            documents.push(PortalDocument { kind, number, digest, bytes });
        }
        Ok(documents)
    }
}

/// Whether time may mend it.
fn passes(error: &SubmitError) -> bool {
    matches!(error, SubmitError::CannotTell { .. } | SubmitError::TechnicalBreak { .. })
}

fn delivered(stored: &StoredRequest, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        actor: Actor::System,
        action: AuditAction::Delivered,
        request: Some(stored.number.clone()),
        subject: Some(stored.request.applicant),
        detail: Channel::EgovPortal.code().to_owned(),
        evidence: String::new(),
    }
}
