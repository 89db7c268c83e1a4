//! The working days of Kazakhstan: Saturdays, Sundays, holidays, and what each year's calendar moves.
//!
//! Holidays and moved days are data (`data/working-days.toml`), because laws and yearly orders change them. Of a year the
//! data do not know, weekends and the fixed holidays count, and every term that runs into it says that it may be another
//! day. Days are those of Astana, which are those of the whole country. Read next: `recourse.rs`, whose terms count in them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

/// Furthest that a working day is looked for: more days off in a row are a fault of the data.
const LOOKED_THROUGH_MAX: u32 = 60;

/// A holiday on the same day of every year.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixedHoliday {
    /// Month, from 1.
    pub month: i8,
    /// Day of it, from 1.
    pub day: i8,
    /// Labour Code, Articles 84 and 85: where it falls on a weekend, the next working day is off. Not so with days off that are no
    /// national or state holidays.
    pub moves: bool,
}

/// A year as its official calendar has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarYear {
    /// The year.
    pub year: i16,
    /// Every day off that is neither Saturday nor Sunday.
    pub days_off: BTreeSet<Date>,
    /// Saturdays and Sundays on which work was moved.
    #[serde(default)]
    pub working: BTreeSet<Date>,
}

/// Why a calendar is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkingDaysError {
    /// No such day in a year.
    #[error("the fixed holiday {0:02}-{1:02} is no day of a year")]
    NoDay(i8, i8),
    /// A day of another year than the one it stands under.
    #[error("{0} does not belong to the year {1}")]
    OtherYear(Date, i16),
    /// A day off that is a weekend anyway, or a working day that is none.
    #[error("{0} says nothing: it is so without being named")]
    SaysNothing(Date),
    /// The year stands there twice.
    #[error("the year {0} stands there twice")]
    Twice(i16),
}

/// A last day that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastDay {
    /// The day.
    pub date: Date,
    /// Whether the data know every year that was counted through; else the official calendar may move the day.
    pub is_certain: bool,
}

/// The calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingDays {
    fixed: Vec<FixedHoliday>,
    years: BTreeMap<i16, CalendarYear>,
}

impl WorkingDays {
    /// A calendar of data.
    ///
    /// # Errors
    /// [`WorkingDaysError`].
    pub fn new(
        fixed: Vec<FixedHoliday>,
        years: Vec<CalendarYear>,
    ) -> Result<Self, WorkingDaysError> {
        for one in &fixed {
            // A leap year has every day there is.
            Date::new(2024, one.month, one.day)
                .map_err(|_| WorkingDaysError::NoDay(one.month, one.day))?;
        }
        let mut known = BTreeMap::new();
        for year in years {
            let of_other = |day: &&Date| day.year() != year.year;
            if let Some(day) = year.days_off.iter().chain(&year.working).find(of_other) {
                return Err(WorkingDaysError::OtherYear(*day, year.year));
            }
            let mut empty_words = year.days_off.iter().filter(|day| is_weekend(**day));
            let mut working = year.working.iter().filter(|day| !is_weekend(**day));
            if let Some(day) = empty_words.next().or_else(|| working.next()) {
                return Err(WorkingDaysError::SaysNothing(*day));
            }
            let number = year.year;
            if known.insert(number, year).is_some() {
                return Err(WorkingDaysError::Twice(number));
            }
        }
        Ok(Self { fixed, years: known })
    }

    /// Whether the data have the official calendar of a year.
    #[must_use]
    pub fn knows(&self, year: i16) -> bool {
        self.years.contains_key(&year)
    }

    /// Whether a day is worked.
    #[must_use]
    pub fn is_working(&self, day: Date) -> bool {
        match self.years.get(&day.year()) {
            Some(year) if is_weekend(day) => year.working.contains(&day),
            Some(year) => !year.days_off.contains(&day),
            None => !is_weekend(day) && !self.days_off_by_rule(day.year()).contains(&day),
        }
    }

    /// The first working day from a day on, itself included.
    #[must_use]
    pub fn first_from(&self, day: Date) -> LastDay {
        let (mut found, mut is_certain) = (day, self.knows(day.year()));
        for _ in 0..LOOKED_THROUGH_MAX {
            if self.is_working(found) {
                break;
            }
            found = found.tomorrow().unwrap_or(found);
            is_certain &= self.knows(found.year());
        }
        LastDay { date: found, is_certain }
    }

    /// The last of so many working days behind a day: the day itself does not count (Civil Code, Article 173).
    #[must_use]
    pub fn after(&self, day: Date, count: u8) -> LastDay {
        let mut last = LastDay { date: day, is_certain: true };
        for _ in 0..count {
            let next = last.date.tomorrow().unwrap_or(last.date);
            let found = self.first_from(next);
            let is_certain = last.is_certain && found.is_certain;
            last = LastDay { date: found.date, is_certain };
        }
        last
    }

    /// Fixed holidays of a year, and the working days behind those that fall on a weekend.
    fn days_off_by_rule(&self, year: i16) -> BTreeSet<Date> {
        let in_year =
            |one: &FixedHoliday| Some((Date::new(year, one.month, one.day).ok()?, one.moves));
        let mut holidays: Vec<(Date, bool)> = self.fixed.iter().filter_map(in_year).collect();
        holidays.sort_unstable();
        let mut off: BTreeSet<Date> = holidays.iter().map(|(day, _)| *day).collect();
        for (day, _) in holidays.iter().filter(|(day, moves)| *moves && is_weekend(*day)) {
            let mut next = *day;
            for _ in 0..LOOKED_THROUGH_MAX {
                if !is_weekend(next) && !off.contains(&next) {
                    break;
                }
                next = next.tomorrow().unwrap_or(next);
            }
            off.insert(next);
        }
        off
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn fixed() -> Vec<FixedHoliday> {
        let national = [
            (1, 1),
            (1, 2),
            (3, 8),
            (3, 21),
            (3, 22),
            (3, 23),
            (5, 1),
            (5, 7),
            (5, 9),
            (7, 6),
            (8, 30),
            (10, 25),
            (12, 16),
        ];
        let moving = national.map(|(month, day)| FixedHoliday { month, day, moves: true });
        moving.into_iter().chain([FixedHoliday { month: 1, day: 7, moves: false }]).collect()
    }

    fn calendar() -> WorkingDays {
        let days_off = [date(2026, 3, 9), date(2026, 5, 27)].into();
        let working = [date(2026, 3, 14)].into();
        WorkingDays::new(fixed(), vec![CalendarYear { year: 2026, days_off, working }]).unwrap()
    }

    /// The calendars published for 2025 (save the moved Friday of January) and 2026, by the rule alone.
    #[test]
    fn holidays_on_weekends_move_to_the_next_working_days() {
        let rule = WorkingDays::new(fixed(), Vec::new()).unwrap();
        for day in [
            date(2026, 3, 9),
            date(2026, 3, 23),
            date(2026, 3, 24),
            date(2026, 3, 25),
            date(2026, 5, 11),
            date(2026, 8, 31),
            date(2026, 10, 26),
            date(2025, 3, 10),
            date(2025, 3, 24),
            date(2025, 3, 25),
            date(2025, 7, 7),
            date(2025, 9, 1),
            date(2025, 10, 27),
        ] {
            assert!(!rule.is_working(day), "{day}");
        }
        for day in [
            date(2026, 3, 10),
            date(2026, 3, 26),
            date(2026, 5, 8),
            date(2026, 5, 12),
            date(2026, 9, 1),
            date(2023, 1, 9),
        ] {
            assert!(rule.is_working(day), "{day}");
        }
        assert!(!rule.knows(2026));
    }

    #[test]
    fn a_known_year_is_as_its_data_say() {
        let calendar = calendar();
        assert!(!calendar.is_working(date(2026, 5, 27)));
        assert!(calendar.is_working(date(2026, 3, 14)), "work was moved to this Saturday");
        assert!(calendar.is_working(date(2026, 5, 1)), "the data say all there is to a year");
    }

    #[test]
    fn terms_count_from_the_next_day_and_tell_where_nothing_is_known() {
        let calendar = calendar();
        let last = calendar.after(date(2026, 3, 6), 5);
        assert_eq!(last, LastDay { date: date(2026, 3, 14), is_certain: true });
        let over_the_end = calendar.after(date(2026, 12, 30), 3);
        assert_eq!(over_the_end, LastDay { date: date(2027, 1, 6), is_certain: false });
        assert_eq!(calendar.after(date(2026, 12, 30), 0).date, date(2026, 12, 30));
    }

    #[test]
    fn data_that_say_nothing_or_twice_are_refused() {
        let year = |days_off: &[Date], working: &[Date]| CalendarYear {
            year: 2026,
            days_off: days_off.iter().copied().collect(),
            working: working.iter().copied().collect(),
        };
        for (years, fault) in [
            (vec![year(&[date(2026, 3, 8)], &[])], WorkingDaysError::SaysNothing(date(2026, 3, 8))),
            (vec![year(&[], &[date(2026, 3, 9)])], WorkingDaysError::SaysNothing(date(2026, 3, 9))),
            (
                vec![year(&[date(2025, 3, 10)], &[])],
                WorkingDaysError::OtherYear(date(2025, 3, 10), 2026),
            ),
            (vec![year(&[], &[]), year(&[], &[])], WorkingDaysError::Twice(2026)),
        ] {
            assert_eq!(WorkingDays::new(fixed(), years), Err(fault));
        }
        let no_day = vec![FixedHoliday { month: 2, day: 30, moves: true }];
        assert_eq!(WorkingDays::new(no_day, Vec::new()), Err(WorkingDaysError::NoDay(2, 30)));
    }

    proptest! {
        #[test]
        fn a_last_day_is_worked_and_so_many_working_days_behind(days in 0_i32..3_000, count in 1_u8..40) {
            let calendar = calendar();
            let start = date(2024, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let last = calendar.after(start, count);
            prop_assert!(calendar.is_working(last.date));
            let mut worked = 0;
            let mut day = start;
            while day < last.date {
                day = day.tomorrow().unwrap();
                worked += u8::from(calendar.is_working(day));
            }
            prop_assert_eq!(worked, count);
            prop_assert_eq!(last.is_certain, start.year() == 2026 && last.date.year() == 2026 || start.tomorrow().unwrap().year() == 2026 && last.date.year() == 2026);
        }

        #[test]
        fn a_later_start_or_a_longer_term_never_ends_earlier(days in 0_i32..3_000, count in 0_u8..40) {
            let calendar = calendar();
            let start = date(2024, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let last = calendar.after(start, count).date;
            prop_assert!(calendar.after(start.tomorrow().unwrap(), count).date >= last);
            prop_assert!(calendar.after(start, count + 1).date > last);
        }
    }
}
