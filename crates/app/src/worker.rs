//! The worker: leases the job that is due longest, advances it, and sleeps when there is none.
//!
//! Polling is the truth; the signal of a registration in this process only shortens the sleep.

use std::sync::Arc;
use std::time::Duration;

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

    /// Works for ever; to stop, drop the future between two requests or kill the process: what was leased comes
    /// up again when its lease ends.
    pub async fn run(&self) {
        loop {
            match self.work_once().await {
                Ok(true) => {}
                Ok(false) => self.sleep().await,
                Err(error) => {
                    tracing::error!(%error, "the worker cannot reach the store");
                    tokio::time::sleep(POLL).await;
                }
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
        match service.advance(&lease).await {
            Ok(advanced) => log_advanced(&lease, advanced),
            Err(error) => self.put_back(&lease, &error).await,
        }
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

    async fn sleep(&self) {
        // Either the signal or the end of the wait: both lead to the next look.
        let _ = tokio::time::timeout(POLL, self.service.work.notified()).await;
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
