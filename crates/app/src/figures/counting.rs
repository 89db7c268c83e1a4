//! Lines into tables: the whole, and one table for each axis with a full tally in every row.

use std::collections::HashMap;

use domain::{Kato, Language};
use jiff::Timestamp;
use serde::Serialize;

use super::period::{FigurePeriod, midnight};
use super::tally::{Counter, Tally};
use crate::ports::{FigureGroup, FigureKind};
use crate::providers::Providers;

/// Up to so many days a period is shown day by day, a longer one month by month.
const DAYS_ON_AN_AXIS: i32 = 62;

/// By what requests are told apart in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureAxis {
    /// The day when they were accepted.
    Day,
    /// The month when they were accepted.
    Month,
    /// Today's provider of their territory.
    Territory,
    /// The way they came.
    Channel,
    /// Their language.
    Language,
}

impl FigureAxis {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Territory => "territory",
            Self::Channel => "channel",
            Self::Language => "language",
        }
    }
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FigureRow {
    /// Day, month (`YYYY-MM`), territory, or stable word; empty where it is not known.
    pub key: String,
    /// Its counts.
    pub tally: Tally,
}

/// A table whose rows together are the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FigureTable {
    /// By what.
    pub axis: FigureAxis,
    /// In the order of the calendar, of the codes of territories, or of the words.
    pub rows: Vec<FigureRow>,
}

/// The figures of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureReport {
    /// Which days.
    pub period: FigurePeriod,
    /// Of this territory alone.
    pub territory: Option<Kato>,
    /// When it was counted: what is open or overdue is so at this moment.
    pub counted_at: Timestamp,
    /// All of it.
    pub whole: Tally,
    /// By days or months, channel, language and, for the republic, territory.
    pub tables: Vec<FigureTable>,
}

impl FigureReport {
    /// Counts.
    #[must_use]
    pub fn of(
        groups: &[FigureGroup],
        period: FigurePeriod,
        territory: Option<Kato>,
        providers: &Providers,
        now: Timestamp,
    ) -> Self {
        let todays = Todays::of(groups, providers);
        let mut over_time = OverTime::of(period);
        let (mut channels, mut languages) = (Rows::default(), Rows::default());
        let mut territories = Rows::default();
        for group in groups {
            let todays = todays.of_kind(&group.kind);
            if territory.is_some() && todays != territory.as_ref() {
                continue;
            }
            let counted = over_time.count(group, now);
            channels.add(group.kind.channel.code(), &counted);
            languages.add(group.kind.language.map_or("", Language::code), &counted);
            territories.add(todays.map_or("", Kato::as_str), &counted);
        }
        let (whole, over_time) = over_time.finish();
        let mut tables = vec![
            over_time,
            channels.finish(FigureAxis::Channel),
            languages.finish(FigureAxis::Language),
        ];
        if territory.is_none() {
            tables.push(territories.finish(FigureAxis::Territory));
        }
        Self { period, territory, counted_at: now, whole, tables }
    }

    /// The table of an axis.
    #[must_use]
    pub fn table(&self, axis: FigureAxis) -> Option<&FigureTable> {
        self.tables.iter().find(|table| table.axis == axis)
    }

    /// The table by days or months.
    #[must_use]
    pub fn over_time(&self) -> Option<&FigureTable> {
        self.table(FigureAxis::Day).or_else(|| self.table(FigureAxis::Month))
    }
}

/// Days or months, each with its first moment and its counter, with requests or without.
struct OverTime {
    axis: FigureAxis,
    begins_ms: Vec<i64>,
    rows: Vec<(String, Counter)>,
}

impl OverTime {
    fn of(period: FigurePeriod) -> Self {
        let by_day = period.days() <= DAYS_ON_AN_AXIS;
        let axis = if by_day { FigureAxis::Day } else { FigureAxis::Month };
        let (mut begins_ms, mut rows) = (Vec::new(), Vec::new());
        let mut next = Some(period.from());
        while let Some(day) = next.filter(|day| *day <= period.to()) {
            let (key, after) = if by_day {
                (day.to_string(), day.tomorrow())
            } else {
                (day.strftime("%Y-%m").to_string(), day.last_of_month().tomorrow())
            };
            begins_ms.push(midnight(day).as_millisecond());
            rows.push((key, Counter::default()));
            next = after.ok();
        }
        Self { axis, begins_ms, rows }
    }

    /// Counts a group's lines, each in its row; answers what they are together.
    fn count(&mut self, group: &FigureGroup, now: Timestamp) -> Counter {
        let mut together = Counter::default();
        for line in &group.lines {
            together.add(&group.kind, line, now);
            let place = self.begins_ms.partition_point(|begins| *begins <= line.accepted_at);
            if let Some((_, counter)) = self.rows.get_mut(place.saturating_sub(1)) {
                counter.add(&group.kind, line, now);
            }
        }
        together
    }

    fn finish(self) -> (Tally, FigureTable) {
        let mut whole = Counter::default();
        for (_, counter) in &self.rows {
            whole.merge(counter);
        }
        let row = |(key, counter): (String, Counter)| FigureRow { key, tally: counter.finish() };
        let rows = self.rows.into_iter().map(row).collect();
        (whole.finish(), FigureTable { axis: self.axis, rows })
    }
}

/// The rows of a table by their keys.
#[derive(Default)]
struct Rows<'a>(HashMap<&'a str, Counter>);

impl<'a> Rows<'a> {
    fn add(&mut self, key: &'a str, counted: &Counter) {
        self.0.entry(key).or_default().merge(counted);
    }

    fn finish(self, axis: FigureAxis) -> FigureTable {
        let row = |(key, counter): (&str, Counter)| FigureRow {
            key: key.to_owned(),
            tally: counter.finish(),
        };
        let mut rows: Vec<FigureRow> = self.0.into_iter().map(row).collect();
        rows.sort_by(|one, other| one.key.cmp(&other.key));
        FigureTable { axis, rows }
    }
}

/// Today's provider of each territory that occurs; looked up once each, because the list is long.
struct Todays<'a>(HashMap<&'a Kato, &'a Kato>);

impl<'a> Todays<'a> {
    fn of(groups: &'a [FigureGroup], providers: &'a Providers) -> Self {
        let mut todays = HashMap::new();
        for kato in groups.iter().filter_map(|group| group.kind.territory()) {
            todays.entry(kato).or_insert_with(|| &providers.of(kato).kato);
        }
        Self(todays)
    }

    fn of_kind(&self, kind: &FigureKind) -> Option<&'a Kato> {
        self.0.get(kind.territory()?).copied()
    }
}
