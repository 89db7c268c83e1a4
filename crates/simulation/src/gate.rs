//! Where an errand can be made to wait in the middle, while others go on; and who is on an errand now.
//!
//! One errand runs at a time, so the gate knows for whom a call is made. Knows no store and no source.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// Shared by all who may hold an errand up.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    errand: u64,
    until_hold: Option<u32>,
    held_at: Option<&'static str>,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on an errand runs; it is held after so many places, or nowhere.
    pub(crate) fn enter(&self, errand: u64, until_hold: Option<u32>) {
        *self.lock() = Inner { errand, until_hold, held_at: None };
    }

    /// The errand that runs.
    pub(crate) fn errand(&self) -> u64 {
        self.lock().errand
    }

    /// Where the errand was held, said once.
    pub(crate) fn held_at(&self) -> Option<&'static str> {
        self.lock().held_at.take()
    }

    /// A place where the errand may be held.
    pub(crate) fn pass(&self, place: &'static str) -> Hold {
        Hold { gate: self.clone(), place, always: false, was_held: false }
    }

    /// A place where the errand is held whatever was agreed: its counterpart is slow.
    pub(crate) fn stop(&self, place: &'static str) -> Hold {
        Hold { always: true, ..self.pass(place) }
    }

    fn holds(&self, place: &'static str, always: bool) -> bool {
        let mut inner = self.lock();
        let holds = always || inner.until_hold == Some(0);
        inner.until_hold = inner.until_hold.map(|left| left.saturating_sub(1));
        if holds {
            inner.held_at = Some(place);
        }
        holds
    }
}

/// Ready at once, or when it is polled again.
pub(crate) struct Hold {
    gate: Gate,
    place: &'static str,
    always: bool,
    was_held: bool,
}

impl Future for Hold {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.was_held || !self.gate.holds(self.place, self.always) {
            return Poll::Ready(());
        }
        self.was_held = true;
        // Nobody is woken: who goes on and when is an operation of its own.
        Poll::Pending
    }
}
