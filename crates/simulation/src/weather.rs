//! How the world outside stands: time, which counterpart answers, and how long a node's clock is wrong.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::testing::{FixedClock, SeededIds};
use app::{Clock, Ids};
use jiff::{SignedDuration, Timestamp};

/// How a counterpart behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// Answers.
    #[default]
    Well,
    /// Answers nothing.
    Down,
    /// Answers later, perhaps after the lease of whoever asked.
    Slow,
}

/// The counterparts' moods.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moods {
    pub(crate) bank: Mood,
    pub(crate) consents: Mood,
    pub(crate) sealer: Mood,
    pub(crate) stamper: Mood,
    pub(crate) store_is_down: bool,
}

/// Shared by the whole stage.
#[derive(Clone)]
pub(crate) struct Weather {
    pub(crate) clock: Arc<FixedClock>,
    moods: Arc<Mutex<Moods>>,
}

impl Weather {
    pub(crate) fn new(start: Timestamp) -> Self {
        Self { clock: Arc::new(FixedClock::new(start)), moods: Arc::default() }
    }

    pub(crate) fn moods(&self) -> MutexGuard<'_, Moods> {
        self.moods.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A node's clock: the world's, some seconds wrong.
#[derive(Clone)]
pub(crate) struct NodeClock {
    world: Arc<FixedClock>,
    wrong_by_ms: Arc<AtomicI64>,
}

impl NodeClock {
    pub(crate) fn new(world: Arc<FixedClock>) -> Self {
        Self { world, wrong_by_ms: Arc::default() }
    }

    pub(crate) fn set_wrong_by(&self, ms: i64) {
        self.wrong_by_ms.store(ms, Ordering::Relaxed);
    }
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        self.world.now() + SignedDuration::from_millis(self.wrong_by_ms.load(Ordering::Relaxed))
    }
}

/// Randomness of a seed. Where numbers are drawn from few, the same comes up twice and must be drawn again.
pub(crate) struct WorldIds {
    ids: SeededIds,
    numbers: u64,
}

impl WorldIds {
    pub(crate) fn new(seed: u64, numbers: u64) -> Self {
        Self { ids: SeededIds::new(seed), numbers }
    }
}

impl Ids for WorldIds {
    fn fill(&self, buffer: &mut [u8]) {
        self.ids.fill(buffer);
    }

    fn random_u64(&self) -> u64 {
        self.ids.random_u64() % self.numbers
    }
}
