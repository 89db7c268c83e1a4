//! Alarms before the providers' seals can no longer be put on: 60, 30 and 7 days ahead, and from the day on which one has
//! no valid certificate any more.
//!
//! Pure. A certificate whose successor is there already raises none. Read next: `watchdog.rs`, which tells them.

use std::collections::{BTreeMap, BTreeSet};

use domain::astana_date;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::ports::SealTerm;

/// How near the end is, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SealAlarm {
    /// At most 60 days.
    SixtyDays,
    /// At most 30 days.
    ThirtyDays,
    /// At most 7 days.
    SevenDays,
    /// No certificate is valid.
    Ended,
}

impl SealAlarm {
    /// The gravest that is due; `None` where there is time.
    #[must_use]
    pub fn at(ends_at: Timestamp, now: Timestamp) -> Option<Self> {
        let left = ends_at.duration_since(now);
        let within = |days: i64| left <= SignedDuration::from_hours(days * 24);
        [(0, Self::Ended), (7, Self::SevenDays), (30, Self::ThirtyDays), (60, Self::SixtyDays)]
            .into_iter()
            .find_map(|(days, alarm)| within(days).then_some(alarm))
    }
}

/// Until when an owner's seal can be put on without a gap, by the certificates there are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealCover {
    /// Whose seal: a provider's KATO code or `system`.
    pub owner: String,
    /// The certificate that ends last of these.
    pub certificate: String,
    /// When; not after now where none is valid.
    pub ends_at: Timestamp,
}

impl SealCover {
    /// Whole days that are left.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> i64 {
        (self.ends_at.duration_since(now).as_hours() / 24).max(0)
    }
}

/// The cover of each owner.
#[must_use]
pub fn seal_covers(terms: &[SealTerm], now: Timestamp) -> Vec<SealCover> {
    let owners: BTreeSet<&str> = terms.iter().map(|term| term.owner.as_str()).collect();
    owners
        .into_iter()
        .filter_map(|owner| {
            let own: Vec<_> = terms.iter().filter(|term| term.owner == owner).collect();
            cover(&own, now)
        })
        .collect()
}

fn cover(own: &[&SealTerm], now: Timestamp) -> Option<SealCover> {
    let begun = own.iter().filter(|term| term.not_before <= now);
    let Some(mut last) = begun.max_by_key(|term| term.not_after) else {
        let next = own.iter().min_by_key(|term| term.not_before)?;
        return Some(named(next, now));
    };
    // Whatever begins before the end so far and ends later takes over there.
    while let Some(next) = own
        .iter()
        .filter(|term| term.not_before <= last.not_after && term.not_after > last.not_after)
        .max_by_key(|term| term.not_after)
    {
        last = next;
    }
    Some(named(last, last.not_after))
}

fn named(term: &SealTerm, ends_at: Timestamp) -> SealCover {
    SealCover { owner: term.owner.clone(), certificate: term.certificate.clone(), ends_at }
}

/// What a node has told already.
#[derive(Debug, Default)]
pub struct ToldSealAlarms(BTreeMap<(String, SealAlarm), Date>);

impl ToldSealAlarms {
    /// The alarms to tell now: each once a day, for each certificate and gravity.
    pub fn due(&mut self, terms: &[SealTerm], now: Timestamp) -> Vec<(SealCover, SealAlarm)> {
        let today = astana_date(now);
        let raised = seal_covers(terms, now).into_iter().filter_map(|cover| {
            let alarm = SealAlarm::at(cover.ends_at, now)?;
            let before = self.0.insert((cover.certificate.clone(), alarm), today);
            (before != Some(today)).then_some((cover, alarm))
        });
        raised.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days of a calendar that begins on day 0.
    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    fn term(owner: &str, certificate: &str, from: i64, to: i64) -> SealTerm {
        SealTerm {
            owner: owner.to_owned(),
            certificate: certificate.to_owned(),
            not_before: day(from),
            not_after: day(to),
        }
    }

    #[test]
    fn alarms_are_due_sixty_thirty_and_seven_days_before_the_end() {
        let hour = SignedDuration::from_hours(1);
        for (at, expected) in [
            (day(40) - hour, None),
            (day(40), Some(SealAlarm::SixtyDays)),
            (day(70) - hour, Some(SealAlarm::SixtyDays)),
            (day(70), Some(SealAlarm::ThirtyDays)),
            (day(93) - hour, Some(SealAlarm::ThirtyDays)),
            (day(93), Some(SealAlarm::SevenDays)),
            (day(100) - hour, Some(SealAlarm::SevenDays)),
            (day(100), Some(SealAlarm::Ended)),
            (day(500), Some(SealAlarm::Ended)),
        ] {
            assert_eq!(SealAlarm::at(day(100), at), expected, "{at}");
        }
    }

    #[test]
    fn a_successor_takes_over_where_there_is_no_gap() {
        let covered = |terms: &[SealTerm], now: i64| {
            let covers = seal_covers(terms, day(now));
            let [cover] = covers.as_slice() else { panic!("one owner") };
            (cover.certificate.clone(), cover.ends_at, cover.days_left(day(now)))
        };
        let (first, second) = (term("a", "a", 0, 100), term("a", "a.2", 90, 200));
        let after_a_gap = term("a", "a.3", 201, 300);
        assert_eq!(covered(std::slice::from_ref(&first), 10), ("a".to_owned(), day(100), 90));
        let both = [first.clone(), second, after_a_gap];
        assert_eq!(covered(&both, 10), ("a.2".to_owned(), day(200), 190), "it begins in time");
        assert_eq!(covered(&both, 95), ("a.2".to_owned(), day(200), 105));
        assert_eq!(covered(&both, 250), ("a.3".to_owned(), day(300), 50));
        assert_eq!(covered(std::slice::from_ref(&first), 150), ("a".to_owned(), day(100), 0));
        assert_eq!(covered(&[first], -5), ("a".to_owned(), day(-5), 0), "it has not begun");
        assert!(seal_covers(&[], day(0)).is_empty());
    }

    #[test]
    fn an_alarm_is_told_once_a_day_for_each_certificate_and_gravity() {
        let terms = [term("a", "a", 0, 100), term("b", "b", 0, 100), term("c", "c", 0, 400)];
        let mut told = ToldSealAlarms::default();
        let hours = |from: i64, hours: i64| day(from) + SignedDuration::from_hours(hours);
        // The calendar's days begin at 13:00 in Astana.
        for (now, expected, why) in [
            (day(10), 0, "there is time"),
            (day(69), 2, "60 days"),
            (hours(69, 10), 0, "the same day"),
            (hours(69, 12), 2, "the next day"),
            (day(70), 2, "the same day, but graver"),
            (hours(70, 1), 0, "told"),
            (day(100), 2, "ended"),
            (day(101), 2, "until somebody acts"),
        ] {
            assert_eq!(told.due(&terms, now).len(), expected, "{why}");
        }
    }
}
