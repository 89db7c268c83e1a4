//! The real clock and the operating system's randomness: the only place that asks for either.
#![allow(clippy::disallowed_methods, reason = "this file is where time and randomness come from")]

use jiff::Timestamp;
use rand::Rng;
use rand::rngs::ThreadRng;

/// The wall clock, in whole milliseconds: what is kept is then equal to what was told.
pub struct SystemClock;

impl app::Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// The operating system's generator behind a fast cryptographic one.
pub struct SystemIds;

impl app::Ids for SystemIds {
    fn fill(&self, buffer: &mut [u8]) {
        rand::rng().fill_bytes(buffer);
    }
}

/// The same generator, for simulators that take one.
pub fn randomness() -> ThreadRng {
    rand::rng()
}
