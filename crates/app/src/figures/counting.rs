//! Lines into tables: the whole, and one table for each axis with a full tally in every row.

use std::collections::HashMap;
use std::hash::Hash;

use domain::{Kato, Language, astana_date};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::period::FigurePeriod;
use super::tally::{Counter, Tally};
use crate::ports::FigureLine;
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
        lines: &[FigureLine],
        period: FigurePeriod,
        territory: Option<Kato>,
        providers: &Providers,
        now: Timestamp,
    ) -> Self {
        let todays = Todays::of(lines, providers);
        let is_wanted =
            |line: &&FigureLine| territory.is_none() || todays.of_line(line) == territory.as_ref();
        let lines: Vec<&FigureLine> = lines.iter().filter(is_wanted).collect();
        let mut whole = Counter::default();
        for line in &lines {
            whole.add(line, now);
        }
        let mut tables = vec![
            by_time(&lines, period, now),
            table(FigureAxis::Channel, &lines, now, |line| line.channel.code(), str::to_owned),
            table(
                FigureAxis::Language,
                &lines,
                now,
                |line| line.language.map_or("", Language::code),
                str::to_owned,
            ),
        ];
        if territory.is_none() {
            let key = |line: &FigureLine| todays.of_line(line).cloned();
            let text = |key: Option<Kato>| key.map(|kato| kato.as_str().to_owned());
            tables.push(table(FigureAxis::Territory, &lines, now, key, |key| {
                text(key).unwrap_or_default()
            }));
        }
        Self { period, territory, counted_at: now, whole: whole.finish(), tables }
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

/// A table whose days or months have a row each, with requests or without.
fn by_time(lines: &[&FigureLine], period: FigurePeriod, now: Timestamp) -> FigureTable {
    let by_day = period.days() <= DAYS_ON_AN_AXIS;
    let day = |line: &FigureLine| astana_date(line.clock.accepted_at);
    let mut found = if by_day {
        table(FigureAxis::Day, lines, now, day, |day: Date| day.to_string())
    } else {
        let month = |line: &FigureLine| day(line).first_of_month();
        table(FigureAxis::Month, lines, now, month, |day: Date| day.strftime("%Y-%m").to_string())
    };
    let mut keys: Vec<String> = Vec::new();
    let mut next = Some(period.from());
    while let Some(day) = next.filter(|day| *day <= period.to()) {
        let (key, after) = if by_day {
            (day.to_string(), day.tomorrow())
        } else {
            (day.strftime("%Y-%m").to_string(), day.last_of_month().tomorrow())
        };
        keys.push(key);
        next = after.ok();
    }
    let empty = |key: String| FigureRow { key, tally: Tally::default() };
    keys.retain(|key| found.rows.iter().all(|row| row.key != *key));
    found.rows.extend(keys.into_iter().map(empty));
    found.rows.sort_by(|one, other| one.key.cmp(&other.key));
    found
}

fn table<K: Hash + Eq>(
    axis: FigureAxis,
    lines: &[&FigureLine],
    now: Timestamp,
    key: impl Fn(&FigureLine) -> K,
    text: impl Fn(K) -> String,
) -> FigureTable {
    let mut counters: HashMap<K, Counter> = HashMap::new();
    for line in lines {
        counters.entry(key(line)).or_default().add(line, now);
    }
    let row = |(key, counter): (K, Counter)| FigureRow { key: text(key), tally: counter.finish() };
    let mut rows: Vec<FigureRow> = counters.into_iter().map(row).collect();
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    FigureTable { axis, rows }
}

/// Today's provider of each territory that occurs; looked up once each, because the list is long.
struct Todays<'a>(HashMap<&'a Kato, &'a Kato>);

impl<'a> Todays<'a> {
    fn of(lines: &'a [FigureLine], providers: &'a Providers) -> Self {
        let mut todays = HashMap::new();
        for kato in lines.iter().filter_map(FigureLine::territory) {
            todays.entry(kato).or_insert_with(|| &providers.of(kato).kato);
        }
        Self(todays)
    }

    fn of_line(&self, line: &FigureLine) -> Option<&'a Kato> {
        self.0.get(line.territory()?).copied()
    }
}
