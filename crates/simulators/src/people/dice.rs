//! Chance, from a seed: the same throws every time.

use jiff::ToSpan;
use jiff::civil::Date;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::PeopleError;

/// A seeded source of choices.
pub(super) struct Dice(StdRng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// True in so many cases of a hundred.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// From `low` to `high`, both included; `low` where they are crossed.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        if high <= low { low } else { self.0.random_range(low..=high) }
    }

    /// One of several.
    pub(super) fn one_of<T: Copy>(&mut self, several: &[T], otherwise: T) -> T {
        several.choose(&mut self.0).copied().unwrap_or(otherwise)
    }

    /// A word of a table.
    pub(super) fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.one_of(words, "")
    }

    /// A day from `first` to `last`, both included.
    pub(super) fn day(&mut self, first: Date, last: Date) -> Result<Date, PeopleError> {
        let days = first.until(last)?.get_days();
        Ok(first.checked_add(self.between(0, days).days())?)
    }
}
