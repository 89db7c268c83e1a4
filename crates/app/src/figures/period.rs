//! Days of the calendar of Kazakhstan from one to another, both of them within.

use domain::{ASTANA_OFFSET, astana_date};
use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan};

/// Longest period, in days: so that nobody asks for more lines than a machine has room for.
const DAYS_MAX: i32 = 3_660;

/// A period of whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FigurePeriod {
    from: Date,
    to: Date,
}

impl FigurePeriod {
    /// A period; `None` where it ends before it begins, or is longer than ten years.
    #[must_use]
    pub fn new(from: Date, to: Date) -> Option<Self> {
        let days = (to - from).get_days();
        (0..=DAYS_MAX).contains(&days).then_some(Self { from, to })
    }

    /// The month of a day.
    #[must_use]
    pub fn month(day: Date) -> Self {
        Self { from: day.first_of_month(), to: day.last_of_month() }
    }

    /// The year of a day.
    #[must_use]
    pub fn year(day: Date) -> Self {
        Self { from: day.first_of_year(), to: day.last_of_year() }
    }

    /// The month before that of a day.
    #[must_use]
    pub fn last_month(today: Date) -> Self {
        Self::month(today.first_of_month().yesterday().unwrap_or(Date::MIN))
    }

    /// So many days of which a day is the last.
    #[must_use]
    pub fn last_days(today: Date, days: i32) -> Self {
        let from = today.checked_sub((days - 1).max(0).days()).unwrap_or(Date::MIN);
        Self { from, to: today }
    }

    /// First days of the months from that of `first` to the last that is over on `today`, the last one first.
    #[must_use]
    pub fn months_before(first: Date, today: Date) -> Vec<Date> {
        let mut months = Vec::new();
        let mut month = first.first_of_month();
        while month < today.first_of_month() {
            months.push(month);
            let Ok(next) = month.last_of_month().tomorrow() else { break };
            month = next;
        }
        months.reverse();
        months
    }

    /// First day.
    #[must_use]
    pub fn from(&self) -> Date {
        self.from
    }

    /// Last day.
    #[must_use]
    pub fn to(&self) -> Date {
        self.to
    }

    /// How many days.
    #[must_use]
    pub fn days(&self) -> i32 {
        (self.to - self.from).get_days() + 1
    }

    /// Its first moment.
    #[must_use]
    pub fn begins(&self) -> Timestamp {
        midnight(self.from)
    }

    /// The first moment behind it.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.to.tomorrow().map_or(Timestamp::MAX, midnight)
    }

    /// Whether a moment is within.
    #[must_use]
    pub fn contains(&self, moment: Timestamp) -> bool {
        (self.from..=self.to).contains(&astana_date(moment))
    }
}

/// The first moment of a day.
pub(super) fn midnight(day: Date) -> Timestamp {
    ASTANA_OFFSET.to_timestamp(day.to_datetime(Time::midnight())).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_astana() {
        let period = FigurePeriod::new(date(2026, 11, 1), date(2026, 11, 30)).unwrap();
        assert_eq!(period, FigurePeriod::month(date(2026, 11, 17)));
        assert_eq!(period.begins().to_string(), "2026-10-31T19:00:00Z");
        assert_eq!(period.ends().to_string(), "2026-11-30T19:00:00Z");
        assert!(period.contains(period.begins()) && !period.contains(period.ends()));
        assert_eq!(period.days(), 30);
        assert_eq!(FigurePeriod::last_month(date(2026, 1, 5)).from(), date(2025, 12, 1));
        assert_eq!(FigurePeriod::last_days(date(2026, 1, 5), 7).from(), date(2025, 12, 30));
    }

    #[test]
    fn a_period_that_runs_backwards_or_for_ever_is_none() {
        assert_eq!(FigurePeriod::new(date(2026, 2, 1), date(2026, 1, 31)), None);
        assert_eq!(FigurePeriod::new(date(1900, 1, 1), date(2026, 1, 1)), None);
        assert!(FigurePeriod::new(date(2026, 1, 1), date(2026, 1, 1)).is_some());
    }

    #[test]
    fn the_month_that_runs_is_not_among_those_that_are_over() {
        let months = FigurePeriod::months_before(date(2026, 10, 31), date(2027, 1, 1));
        assert_eq!(months, [date(2026, 12, 1), date(2026, 11, 1), date(2026, 10, 1)]);
        assert!(FigurePeriod::months_before(date(2026, 11, 3), date(2026, 11, 30)).is_empty());
    }
}
