//! The real clock and the operating system's randomness: the only place that asks for either.
#![allow(clippy::disallowed_methods, reason = "this file is where time and randomness come from")]

use jiff::Timestamp;
use rand::Rng;

/// The wall clock.
pub struct SystemClock;

impl app::Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The operating system's generator behind a fast cryptographic one.
pub struct SystemIds;

impl app::Ids for SystemIds {
    fn fill(&self, buffer: &mut [u8]) {
        rand::rng().fill_bytes(buffer);
    }
}
