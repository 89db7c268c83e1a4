//! The worker: leases the job that is due longest, advances it, and sleeps when there is none.
//!
//! Polling is the truth; the signal of a registration in this process only shortens the sleep.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tracing::{Instrument, info_span};

use crate::advance::{AdvanceError, Advanced};
use crate::ports::{Lease, StoreError};
use crate::service::Service;

/// Longest sleep between two looks for work.
const POLL: Duration = Duration::from_millis(500);

/// Works until told to stop.
pub struct Worker {
    service: Arc<Service>,
}

impl Worker {
    /// A worker of a service.
    #[must_use]
    pub fn new(service: Arc<Service>) -> Self {
        Self { service }
    }

    /// Works until `stop` ends. A job that was begun is finished first; should the process be killed instead, the
    /// job comes up again when its lease ends and goes on at the stored step.
    pub async fn run_until(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            let pause = match self.work_once().await {
                Ok(true) => Duration::ZERO,
                Ok(false) => POLL,
                Err(error) => {
                    tracing::error!(%error, "the worker cannot reach the store");
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

    /// Takes one job if one is due; `false` when there was none.
    ///
    /// # Errors
    /// [`StoreError`] when no job can be leased.
    pub async fn work_once(&self) -> Result<bool, StoreError> {
        let service = &self.service;
        let until = service.after(service.settings().lease);
        let Some(lease) = service.store().lease_job(service.now(), until).await? else {
            return Ok(false);
        };
        let span = info_span!("job", request = %lease.number, attempts = lease.attempts);
        let work = async {
            match service.advance(&lease).await {
                Ok(advanced) => log_advanced(&lease, advanced),
                Err(error) => self.put_back(&lease, &error).await,
            }
        };
        work.instrument(span).await;
        Ok(true)
    }

    /// A fault never ends a request: its job comes up again.
    async fn put_back(&self, lease: &Lease, error: &AdvanceError) {
        tracing::warn!(request = %lease.number, attempts = lease.attempts, %error, "will be tried again");
        let run_at = self.service.retry_at(lease);
        if let Err(error) = self.service.store().postpone_job(lease, run_at).await {
            tracing::warn!(request = %lease.number, %error, "comes up again when its lease ends");
        }
    }

    /// Ends at the signal of a registration or after the pause: both lead to the next look.
    async fn sleep(&self, pause: Duration) {
        if !pause.is_zero() {
            let _ = tokio::time::timeout(pause, self.service.work.notified()).await;
        }
    }
}

fn log_advanced(lease: &Lease, advanced: Advanced) {
    match advanced {
        Advanced::Ended => tracing::info!(request = %lease.number, "answered"),
        Advanced::Waits => {
            tracing::info!(request = %lease.number, attempts = lease.attempts, "waits")
        }
    }
}
