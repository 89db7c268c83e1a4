//! How many requests wait for a worker. Where there are more than the operator allows (`limits.waiting_max`), no more are
//! registered before some are answered: what could not be answered within its term had better be sent again.
//!
//! Asked of the store about once a second by one of those who come. While the store does not tell, nobody is sent away for it.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::Portal;
use crate::failure::Failure;

/// How old what is known may be.
const KEPT: SignedDuration = SignedDuration::from_secs(1);
/// When it is worth while to come again, in seconds: some have been answered by then.
const RETRY_AFTER_S: u64 = 15;

/// What is known of those who wait.
#[derive(Default)]
pub struct Backlog(Mutex<Known>);

#[derive(Default)]
struct Known {
    asked_at: Option<Timestamp>,
    waiting: u64,
}

impl Backlog {
    /// Whether the caller is to ask the store now; nobody else is until the answer is old again.
    fn is_to_be_asked(&self, now: Timestamp) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = known.asked_at.is_none_or(|at| now.duration_since(at).abs() >= KEPT);
        if is_due {
            known.asked_at = Some(now);
        }
        is_due
    }

    fn learn(&self, waiting: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).waiting = waiting;
    }

    fn waiting(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).waiting
    }
}

impl Portal {
    /// Whether those who wait leave room for more.
    ///
    /// # Errors
    /// [`Failure::Busy`].
    pub(super) async fn waiting(&self) -> Result<(), Failure> {
        if self.backlog.is_to_be_asked(self.service.now()) {
            match self.service.job_counts().await {
                Ok(counts) => self.backlog.learn(counts.due),
                Err(error) => {
                    tracing::warn!(%error, "how many requests wait is not known");
                    self.backlog.learn(0);
                }
            }
        }
        let is_full = self.backlog.waiting() >= self.config.waiting_max;
        if is_full { Err(Failure::Busy { retry_after: RETRY_AFTER_S }) } else { Ok(()) }
    }
}
