//! The legal clock (item 3 of the list: 30 minutes) and the time of Kazakhstan.
//!
//! The deadline is data on the request. It is wall-clock time around the clock, because item 7 keeps the portal open
//! day and night, and no outage of ours moves it.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// One time zone since 1 March 2024, UTC+5. A constant, because old time zone data still say +6 for Almaty.
pub const ASTANA_OFFSET: Offset = Offset::constant(5);

/// Item 3: «30 (отыз) минут».
const TERM: SignedDuration = SignedDuration::from_mins(30);
const TERM_MS: i64 = 30 * 60 * 1_000;

/// The date on calendars in Kazakhstan.
#[must_use]
pub fn astana_date(instant: Timestamp) -> Date {
    astana_time(instant).date()
}

/// The date and time on clocks in Kazakhstan.
#[must_use]
pub fn astana_time(instant: Timestamp) -> DateTime {
    ASTANA_OFFSET.to_datetime(instant)
}

/// How much of the term has gone by without an answer; each is an alarm to the people who run the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alarm {
    /// Half of it.
    HalfTerm,
    /// Four fifths.
    MostOfTerm,
    /// Nineteen twentieths: a minute and a half is left.
    NearlyDue,
    /// All of it: the applicant is told what the law says to that.
    Overdue,
}

impl Alarm {
    /// Every alarm, the mildest first.
    pub const ALL: [Self; 4] = [Self::HalfTerm, Self::MostOfTerm, Self::NearlyDue, Self::Overdue];

    /// Percent of the term.
    #[must_use]
    pub fn percent(self) -> i32 {
        match self {
            Self::HalfTerm => 50,
            Self::MostOfTerm => 80,
            Self::NearlyDue => 95,
            Self::Overdue => 100,
        }
    }

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::HalfTerm => "half_term",
            Self::MostOfTerm => "most_of_term",
            Self::NearlyDue => "nearly_due",
            Self::Overdue => "overdue",
        }
    }

    /// What is left of the term when the alarm is raised.
    #[must_use]
    pub fn left(self) -> SignedDuration {
        let left_percent = 100 - i64::from(self.percent());
        SignedDuration::from_millis(TERM_MS * left_percent / 100)
    }
}

/// When the request was accepted and until when it must be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalClock {
    /// Moment of registration.
    pub accepted_at: Timestamp,
    /// Last moment of a timely answer.
    pub due_at: Timestamp,
}

/// Whether an answer is still in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Not later than `due_at`.
    Running,
    /// Administrative Procedural and Process-Related Code, Article 91(2): from now the provider is deemed to have
    /// refused, the applicant may complain, and the real answer is still owed.
    Exceeded,
}

impl LegalClock {
    /// Starts the clock.
    #[must_use]
    pub fn start(accepted_at: Timestamp) -> Self {
        let due_at = accepted_at.checked_add(TERM).unwrap_or(Timestamp::MAX);
        Self { accepted_at, due_at }
    }

    /// Whether the term still runs at `now`.
    #[must_use]
    pub fn term_at(&self, now: Timestamp) -> Term {
        if now <= self.due_at { Term::Running } else { Term::Exceeded }
    }

    /// The gravest alarm a request without answer deserves at `now`.
    #[must_use]
    pub fn alarm_at(&self, now: Timestamp) -> Option<Alarm> {
        let left = self.due_at.duration_since(now);
        Alarm::ALL.into_iter().rev().find(|alarm| match alarm {
            Alarm::Overdue => self.term_at(now) == Term::Exceeded,
            Alarm::HalfTerm | Alarm::MostOfTerm | Alarm::NearlyDue => left <= alarm.left(),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_term_is_thirty_minutes_to_the_second() {
        let accepted_at: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let clock = LegalClock::start(accepted_at);
        assert_eq!(clock.due_at, "2026-11-23T10:30:00Z".parse().unwrap());
        assert_eq!(clock.term_at(clock.due_at), Term::Running);
        assert_eq!(clock.term_at("2026-11-23T10:30:01Z".parse().unwrap()), Term::Exceeded);
    }

    #[test]
    fn alarms_come_at_half_four_fifths_nineteen_twentieths_and_past_the_term() {
        let clock = LegalClock::start("2026-11-23T10:00:00Z".parse().unwrap());
        let at = |time: &str| clock.alarm_at(format!("2026-11-23T{time}Z").parse().unwrap());
        assert_eq!(at("10:14:59"), None);
        assert_eq!(at("10:15:00"), Some(Alarm::HalfTerm));
        assert_eq!(at("10:24:00"), Some(Alarm::MostOfTerm));
        assert_eq!(at("10:28:30"), Some(Alarm::NearlyDue));
        assert_eq!(at("10:30:00"), Some(Alarm::NearlyDue));
        assert_eq!(at("10:30:01"), Some(Alarm::Overdue));
        assert_eq!(TERM, SignedDuration::from_millis(TERM_MS));
    }

    #[test]
    fn the_day_changes_at_midnight_in_astana() {
        assert_eq!(astana_date("2026-11-23T18:59:59Z".parse().unwrap()), date(2026, 11, 23));
        assert_eq!(astana_date("2026-11-23T19:00:00Z".parse().unwrap()), date(2026, 11, 24));
    }
}
