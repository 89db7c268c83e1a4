//! How many requests are prepared and registered at the same time, and how many may wait for a worker (`limits.waiting_max`). Where
//! there is no room, whoever comes is told so, and when to come again, before anything was begun; where it can be, before he
//! signs (adr 43).
//!
//! Every way that prepares or registers a signed request asks here, and nothing else does: what has a term of its own (complaints,
//! reviews, withdrawals of consent) never waits for requests, nor does a one-time password. How many wait is asked of the store about
//! once a second by one of those who come; while it does not tell, nobody is sent away for it. Read next: `draft.rs`, `submit.rs`,
//! `portal_exchange/mod.rs`.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::ports::Draft;
use crate::service::Service;

/// Requests prepared, judged and registered at the same time. Far more than processors and connections to the database: those
/// who come beyond would wait longer than whoever asks them to come again.
const PLACES: usize = 128;
/// How old what is known of those who wait may be.
const KEPT: SignedDuration = SignedDuration::from_secs(1);
/// A place is free again by then.
const NO_PLACE: Busy = Busy { retry_after_s: 2 };
/// Some of those who wait have been answered by then.
const TOO_MANY_WAIT: Busy = Busy { retry_after_s: 15 };

/// More is asked than can be done now. Nothing was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more is asked than can be done now")]
pub struct Busy {
    /// Seconds after which it is worth while to come again.
    pub retry_after_s: u32,
}

impl Busy {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        "busy"
    }
}

/// Places, and what is known of those who wait.
pub(crate) struct Backlog {
    places: Semaphore,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    asked_at: Option<Timestamp>,
    waiting: u64,
}

impl Default for Backlog {
    fn default() -> Self {
        Self { places: Semaphore::new(PLACES), known: Mutex::default() }
    }
}

impl Backlog {
    /// Whether the caller is to ask the store now; nobody else is until the answer is old again.
    fn is_to_be_asked(&self, now: Timestamp) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = known.asked_at.is_none_or(|at| now.duration_since(at).abs() >= KEPT);
        if is_due {
            known.asked_at = Some(now);
        }
        is_due
    }

    fn learn(&self, waiting: u64) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).waiting = waiting;
    }

    fn waiting(&self) -> u64 {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).waiting
    }
}

impl Service {
    /// Whether those who wait leave room for more.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn room_to_wait(&self) -> Result<(), Busy> {
        let Some(waiting_max) = self.settings().waiting_max else { return Ok(()) };
        if self.backlog.is_to_be_asked(self.now()) {
            match self.job_counts().await {
                Ok(counts) => self.backlog.learn(counts.due),
                Err(error) => {
                    tracing::warn!(%error, "how many requests wait is not known");
                    self.backlog.learn(0);
                }
            }
        }
        if self.backlog.waiting() >= waiting_max { Err(TOO_MANY_WAIT) } else { Ok(()) }
    }

    /// A place among those who prepare and register, until it is dropped.
    pub(crate) fn place(&self) -> Result<SemaphorePermit<'_>, Busy> {
        self.backlog.places.try_acquire().map_err(|_| NO_PLACE)
    }

    /// A place for preparing a request.
    pub(crate) async fn place_to_prepare(&self) -> Result<SemaphorePermit<'_>, Busy> {
        let place = self.place()?;
        self.room_to_wait().await?;
        Ok(place)
    }

    /// A place for judging and registering a signed draft. Who is led to a request that is there adds to nobody's waiting, and who comes
    /// too late had better learn that than wait.
    pub(crate) async fn place_to_register(
        &self,
        draft: &Draft,
    ) -> Result<SemaphorePermit<'_>, Busy> {
        let place = self.place()?;
        if draft.request_number().is_none() && draft.expires_at >= self.now() {
            self.room_to_wait().await?;
        }
        Ok(place)
    }
}
