//! What is counted of any set of requests.
//!
//! Quantiles are of the times from acceptance to answer, by the nearest rank: the shortest time within which at least that
//! share of the answered requests was answered. They are exact; nothing is put into classes.

use jiff::Timestamp;
use serde::Serialize;

use domain::RefusalGround;

use crate::ports::{FigureKind, FigureMoments};

/// The promise of the law, and two of our own making, in milliseconds.
const WITHIN_30_MINUTES: i64 = 30 * 60 * 1_000;
const WITHIN_2_MINUTES: i64 = 2 * 60 * 1_000;
const WITHIN_5_SECONDS: i64 = 5 * 1_000;

/// What a request led to. A request is one of these, however many documents its answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FigureResult {
    /// Certificates alone.
    Granted,
    /// Certificates, and a refusal about wards that he named and the bank does not know.
    Partly,
    /// Refused by item 9.1.
    NoGuardianRecord,
    /// Refused by item 9.2.
    NoConsent,
    /// Refused, and on which ground cannot be read any more.
    Unclear,
    /// Not answered yet.
    Open,
}

impl FigureResult {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Granted,
        Self::Partly,
        Self::NoGuardianRecord,
        Self::NoConsent,
        Self::Unclear,
        Self::Open,
    ];

    /// What a line tells.
    #[must_use]
    pub fn of(kind: &FigureKind, line: &FigureMoments) -> Self {
        match (line.ended_at, kind.certificates, kind.refusals, kind.ground) {
            (None, ..) => Self::Open,
            (Some(_), 1.., 0, _) => Self::Granted,
            (Some(_), 1.., 1.., _) => Self::Partly,
            (Some(_), 0, _, Some(RefusalGround::NoGuardianRecord)) => Self::NoGuardianRecord,
            (Some(_), 0, _, Some(RefusalGround::NoConsent)) => Self::NoConsent,
            (Some(_), 0, _, None) => Self::Unclear,
        }
    }

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Partly => "partly",
            Self::NoGuardianRecord => "no_guardian_record",
            Self::NoConsent => "no_consent",
            Self::Unclear => "unclear",
            Self::Open => "open",
        }
    }
}

/// Counts of a set of requests. Times are in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Requests.
    pub requests: u64,
    /// Answered by certificates alone.
    pub granted: u64,
    /// Answered by certificates and a refusal.
    pub partly: u64,
    /// Refused by item 9.1.
    pub no_guardian_record: u64,
    /// Refused by item 9.2.
    pub no_consent: u64,
    /// Refused on a ground that cannot be read any more.
    pub unclear: u64,
    /// Not answered yet.
    pub open: u64,
    /// Of those, past their term when it was counted.
    pub overdue: u64,
    /// Answered, but past their term.
    pub late: u64,
    /// Certificates.
    pub certificates: u64,
    /// Refusals.
    pub refusals: u64,
    /// Answered within five seconds.
    pub within_5_seconds: u64,
    /// Answered within two minutes.
    pub within_2_minutes: u64,
    /// Answered within half an hour.
    pub within_30_minutes: u64,
    /// Half of the answers took no longer.
    pub median_ms: Option<i64>,
    /// Nineteen of twenty answers took no longer.
    pub p95_ms: Option<i64>,
}

impl Tally {
    /// How many are answered.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.requests.saturating_sub(self.open)
    }

    /// How many led to a result.
    #[must_use]
    pub fn led_to(&self, result: FigureResult) -> u64 {
        match result {
            FigureResult::Granted => self.granted,
            FigureResult::Partly => self.partly,
            FigureResult::NoGuardianRecord => self.no_guardian_record,
            FigureResult::NoConsent => self.no_consent,
            FigureResult::Unclear => self.unclear,
            FigureResult::Open => self.open,
        }
    }

    /// Thousandths of the answered requests, rounded down; `None` where none is answered.
    #[must_use]
    pub fn per_mille(&self, count: u64) -> Option<u64> {
        count.saturating_mul(1_000).checked_div(self.answered())
    }
}

/// A count or a time of a tally, for tables and files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// A count.
    Count(u64),
    /// A time in milliseconds; `None` where nothing is answered.
    Time(Option<i64>),
}

impl Tally {
    /// Everything that is counted, each under a stable word, in the order of tables.
    #[must_use]
    pub fn figures(&self) -> [(&'static str, Figure); 16] {
        use Figure::{Count, Time};
        [
            ("requests", Count(self.requests)),
            ("granted", Count(self.granted)),
            ("partly", Count(self.partly)),
            ("no_guardian_record", Count(self.no_guardian_record)),
            ("no_consent", Count(self.no_consent)),
            ("unclear", Count(self.unclear)),
            ("open", Count(self.open)),
            ("overdue", Count(self.overdue)),
            ("late", Count(self.late)),
            ("certificates", Count(self.certificates)),
            ("refusals", Count(self.refusals)),
            ("within_5_seconds", Count(self.within_5_seconds)),
            ("within_2_minutes", Count(self.within_2_minutes)),
            ("within_30_minutes", Count(self.within_30_minutes)),
            ("median", Time(self.median_ms)),
            ("p95", Time(self.p95_ms)),
        ]
    }
}

/// A tally on its way.
#[derive(Default)]
pub(super) struct Counter {
    tally: Tally,
    times: Vec<i64>,
}

impl Counter {
    pub(super) fn add(&mut self, kind: &FigureKind, line: &FigureMoments, now: Timestamp) {
        let tally = &mut self.tally;
        tally.requests += 1;
        tally.certificates += u64::from(kind.certificates);
        tally.refusals += u64::from(kind.refusals);
        match FigureResult::of(kind, line) {
            FigureResult::Granted => tally.granted += 1,
            FigureResult::Partly => tally.partly += 1,
            FigureResult::NoGuardianRecord => tally.no_guardian_record += 1,
            FigureResult::NoConsent => tally.no_consent += 1,
            FigureResult::Unclear => tally.unclear += 1,
            FigureResult::Open => tally.open += 1,
        }
        let Some(ended_at) = line.ended_at else {
            tally.overdue += u64::from(now.as_millisecond() > line.due_at);
            return;
        };
        tally.late += u64::from(ended_at > line.due_at);
        let took = ended_at.saturating_sub(line.accepted_at);
        tally.within_5_seconds += u64::from(took <= WITHIN_5_SECONDS);
        tally.within_2_minutes += u64::from(took <= WITHIN_2_MINUTES);
        tally.within_30_minutes += u64::from(took <= WITHIN_30_MINUTES);
        self.times.push(took);
    }

    /// Takes in what others have counted.
    pub(super) fn merge(&mut self, other: &Self) {
        let (tally, more) = (&mut self.tally, &other.tally);
        tally.requests += more.requests;
        tally.granted += more.granted;
        tally.partly += more.partly;
        tally.no_guardian_record += more.no_guardian_record;
        tally.no_consent += more.no_consent;
        tally.unclear += more.unclear;
        tally.open += more.open;
        tally.overdue += more.overdue;
        tally.late += more.late;
        tally.certificates += more.certificates;
        tally.refusals += more.refusals;
        tally.within_5_seconds += more.within_5_seconds;
        tally.within_2_minutes += more.within_2_minutes;
        tally.within_30_minutes += more.within_30_minutes;
        self.times.extend_from_slice(&other.times);
    }

    pub(super) fn finish(mut self) -> Tally {
        self.tally.median_ms = quantile(&mut self.times, 50);
        self.tally.p95_ms = quantile(&mut self.times, 95);
        self.tally
    }
}

/// By the nearest rank. The times are put into no whole order: only the one of that rank is found.
fn quantile(times: &mut [i64], percent: usize) -> Option<i64> {
    let rank = times.len().saturating_mul(percent).div_ceil(100);
    let place = rank.checked_sub(1).filter(|place| *place < times.len())?;
    Some(*times.select_nth_unstable(place).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition itself: the shortest of the times within which so many were answered.
    fn by_definition(times: &[i64], percent: usize) -> Option<i64> {
        let enough = |limit: &i64| {
            times.iter().filter(|time| *time <= limit).count() * 100 >= times.len() * percent
        };
        times.iter().copied().filter(enough).min()
    }

    proptest::proptest! {
        #[test]
        fn a_quantile_is_the_shortest_time_within_which_that_share_was_answered(
            mut times in proptest::collection::vec(0_i64..50, 0..60),
        ) {
            for percent in [50, 95] {
                let expected = by_definition(&times, percent);
                assert_eq!(quantile(&mut times, percent), expected);
            }
        }
    }

    #[test]
    fn a_share_of_nothing_is_none() {
        assert_eq!(Tally::default().per_mille(0), None);
        let two_of_three = Tally { requests: 4, open: 1, ..Tally::default() };
        assert_eq!(two_of_three.per_mille(2), Some(666));
    }
}
