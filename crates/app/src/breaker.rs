//! A breaker per source: a source that fails again and again is left alone, but for one canary at a time, so that
//! nothing waits for time-outs. When the canary is answered, all who wait are released, the oldest first.
//!
//! Pure: time and chance come in as arguments. Each process has its own breakers; they only spare calls, what waits
//! is in the store. Read next: `advance.rs`, which asks it.

use domain::Number;
use jiff::{SignedDuration, Timestamp};

/// Failures in a row after which the source is left alone.
const FAILURES_MAX: u32 = 3;
/// First pause; it doubles with each canary that fails.
const PAUSE_MS: i64 = 1_000;
/// Longest pause: a source that returned is noticed after this at the latest.
const PAUSE_MS_MAX: i64 = 15_000;
/// A canary that was not heard of for so long is given up: its worker may have crashed.
const CANARY: SignedDuration = SignedDuration::from_secs(30);
/// Who has not made his question ready after so long makes room for another.
const READY: SignedDuration = SignedDuration::from_mins(5);

/// Whether the source may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Ask, and report what came of it.
    Ask,
    /// Do not ask before this moment.
    Wait(Timestamp),
}

/// What is known of a source.
#[derive(Clone, Debug, Default)]
pub struct Breaker {
    state: State,
    /// The request that may make its question ready while the source is left alone, and until when.
    ahead: Option<(Number, Timestamp)>,
}

#[derive(Clone, Debug)]
enum State {
    /// It is asked.
    Closed { failures: u32 },
    /// It is left alone.
    Open { until: Timestamp, pause_ms: i64 },
    /// One request asks it.
    Canary { until: Timestamp, pause_ms: i64 },
}

impl Default for State {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// Whether the source may be asked at `now`. Of those who ask while it is left alone, one becomes the canary.
    pub fn admit(&mut self, now: Timestamp) -> Admission {
        match self.state {
            State::Closed { .. } => Admission::Ask,
            State::Open { until, pause_ms } | State::Canary { until, pause_ms }
                if is_over(until, now) =>
            {
                self.state = State::Canary { until: later(now, CANARY), pause_ms };
                Admission::Ask
            }
            State::Open { until, .. } | State::Canary { until, .. } => Admission::Wait(until),
        }
    }

    /// Whether a request may bother a person for what the source is to be shown. Of those who need that while the source
    /// is left alone, one may, once the pause is over: without him there might never be a canary again. Nobody becomes
    /// the canary by it.
    pub fn make_ready(&mut self, number: &Number, now: Timestamp) -> Admission {
        let (State::Open { until, .. } | State::Canary { until, .. }) = self.state else {
            return Admission::Ask;
        };
        if !is_over(until, now) {
            return Admission::Wait(until);
        }
        let ahead = self.ahead.as_ref().filter(|(_, end)| *end > now && *end <= later(now, READY));
        match ahead {
            Some((other, _)) if other != number => Admission::Wait(until),
            Some(_) => Admission::Ask,
            None => {
                self.ahead = Some((number.clone(), later(now, READY)));
                Admission::Ask
            }
        }
    }

    /// Whether the source is asked without restraint.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }

    /// The source answered. `true` where it had been left alone: then those who wait are to be released.
    pub fn answered(&mut self) -> bool {
        let was_closed = self.is_closed();
        *self = Self::default();
        !was_closed
    }

    /// Whoever was admitted had nothing to ask after all: where he was the canary, another may be it at once.
    pub fn was_not_asked(&mut self, now: Timestamp) {
        if let State::Canary { pause_ms, .. } = self.state {
            self.state = State::Open { until: now, pause_ms };
        }
    }

    /// The source did not answer. Where it is left alone from now on: until when.
    pub fn failed(&mut self, now: Timestamp, random: u64) -> Option<Timestamp> {
        let pause_ms = match self.state {
            State::Closed { failures } if failures + 1 < FAILURES_MAX => {
                self.state = State::Closed { failures: failures + 1 };
                return None;
            }
            State::Closed { .. } => PAUSE_MS,
            // A call that began before the source was left alone ends late: it says nothing new.
            State::Open { until, .. } => return Some(until),
            State::Canary { pause_ms, .. } => (pause_ms * 2).min(PAUSE_MS_MAX),
        };
        let percent = 75 + i64::try_from(random % 26).unwrap_or_default();
        let until = later(now, SignedDuration::from_millis(pause_ms * percent / 100));
        self.state = State::Open { until, pause_ms };
        Some(until)
    }
}

/// A moment farther away than any pause is long was set while the clock was ahead; it counts for nothing.
fn is_over(until: Timestamp, now: Timestamp) -> bool {
    until <= now || until > later(now, CANARY)
}

fn later(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use domain::{NumberClass, NumberKind};

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_795_000_000_000 + ms).unwrap()
    }

    #[test]
    fn a_clock_that_is_set_back_leaves_no_source_alone_for_long() {
        for hour in [-3_600_000, -60_000] {
            assert_eq!(open().admit(at(hour)), Admission::Ask);
        }
        assert_eq!(open().admit(at(-20_000)), Admission::Wait(at(1_000)));
    }

    fn open() -> Breaker {
        let mut breaker = Breaker::default();
        assert_eq!(breaker.failed(at(0), 25), None);
        assert_eq!(breaker.failed(at(0), 25), None);
        assert_eq!(breaker.failed(at(0), 25), Some(at(1_000)));
        breaker
    }

    #[test]
    fn single_failures_leave_a_source_in_use() {
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            assert_eq!(breaker.failed(at(0), 0), None);
            assert_eq!(breaker.failed(at(0), 0), None);
            assert!(!breaker.answered());
        }
        assert_eq!(breaker.admit(at(0)), Admission::Ask);
    }

    #[test]
    fn a_source_that_keeps_failing_is_asked_by_one_canary_at_a_time() {
        let mut breaker = open();
        assert_eq!(breaker.admit(at(999)), Admission::Wait(at(1_000)));
        assert_eq!(breaker.admit(at(1_000)), Admission::Ask);
        assert!(matches!(breaker.admit(at(1_001)), Admission::Wait(_)));
    }

    #[test]
    fn pauses_double_up_to_fifteen_seconds() {
        let mut breaker = open();
        let mut now = at(1_000);
        for pause_ms in [2_000, 4_000, 8_000, 15_000, 15_000] {
            assert_eq!(breaker.admit(now), Admission::Ask);
            let until = breaker.failed(now, 25).unwrap();
            assert_eq!(until.duration_since(now), SignedDuration::from_millis(pause_ms));
            now = until;
        }
    }

    #[test]
    fn an_answer_to_the_canary_ends_the_restraint_and_says_so_once() {
        let mut breaker = open();
        assert_eq!(breaker.admit(at(1_000)), Admission::Ask);
        assert!(breaker.answered());
        assert!(!breaker.answered());
        assert_eq!(breaker.admit(at(1_001)), Admission::Ask);
    }

    #[test]
    fn one_request_makes_its_question_ready_for_a_source_that_is_left_alone() {
        let number = |random| Number::of_class(NumberKind::Request, NumberClass::FIRST, random);
        let (first, second) = (number(1), number(2));
        let mut breaker = open();
        assert_eq!(breaker.make_ready(&first, at(999)), Admission::Wait(at(1_000)));
        for ms in [1_000, 2_000] {
            assert_eq!(breaker.make_ready(&first, at(ms)), Admission::Ask);
            assert_eq!(breaker.make_ready(&second, at(ms)), Admission::Wait(at(1_000)));
        }
        // Who is ready becomes the canary as ever; until its answer even the one ahead waits.
        assert_eq!(breaker.admit(at(3_000)), Admission::Ask);
        assert_eq!(breaker.make_ready(&first, at(3_001)), Admission::Wait(at(33_000)));
        let until = breaker.failed(at(4_000), 25).unwrap();
        assert_eq!(breaker.make_ready(&first, until), Admission::Ask);
        assert_eq!(breaker.make_ready(&second, until), Admission::Wait(until));
        assert_eq!(breaker.make_ready(&second, at(301_000)), Admission::Ask, "five minutes later");
        assert_eq!(breaker.make_ready(&first, at(301_000)), Admission::Wait(until));
        assert!(breaker.answered());
        for number in [&first, &second] {
            assert_eq!(breaker.make_ready(number, at(302_000)), Admission::Ask);
        }
    }

    #[test]
    fn a_canary_that_had_nothing_to_ask_makes_room_for_another_at_once() {
        let mut breaker = open();
        assert_eq!(breaker.admit(at(1_000)), Admission::Ask);
        breaker.was_not_asked(at(1_001));
        assert_eq!(breaker.admit(at(1_001)), Admission::Ask);
        let until = breaker.failed(at(1_002), 25).unwrap();
        assert_eq!(until, at(3_002), "the pause goes on doubling");
    }

    #[test]
    fn a_canary_that_is_never_heard_of_is_followed_by_another() {
        let mut breaker = open();
        assert_eq!(breaker.admit(at(1_000)), Admission::Ask);
        assert!(matches!(breaker.admit(at(30_999)), Admission::Wait(_)));
        assert_eq!(breaker.admit(at(31_000)), Admission::Ask);
    }
}
