//! What the public sees of a month: counts from which nobody can work out that one, two, three or four people were meant.
//!
//! Every table adds up to the month's total, which is shown. A count from 1 to 4 is hidden as "fewer than 5". That is not
//! enough: one hidden count is the total less the others. Where it could be worked out, another is hidden with it and nobody
//! is told which of them is small, so that each small one could have at least two values even for somebody who knows this
//! rule. Where no table allows that, the month shows nothing.
//! No count stands in two tables, and none follows from another table by more than the total.

use jiff::civil::Date;
use serde::Serialize;

use super::counting::{FigureAxis, FigureReport, FigureTable};
use super::tally::{FigureResult, Tally};

/// Counts below it and above nothing are small.
pub const SMALL: u64 = 5;
/// Times are told of at least so many answers: of fewer, one person's shows.
const TIMES_FROM: u64 = 20;

/// A count as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Published {
    /// As it is.
    Exactly(u64),
    /// From 1 to 4.
    FewerThanFive,
    /// Small, or hidden so that a small one cannot be worked out: nobody is told which.
    Hidden,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedRow {
    /// Stable word, or the code of a territory; empty where it is not known.
    pub key: String,
    /// How many requests.
    pub count: Published,
}

/// A table that adds up to the total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedTable {
    /// `result`, `time`, or the word of an axis.
    pub name: &'static str,
    /// Its rows.
    pub rows: Vec<PublishedRow>,
}

/// A month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedMonth {
    /// Its first day.
    pub month: Date,
    /// Requests of the month; `None` where there were too few to show anything.
    pub total: Option<u64>,
    /// Empty where there were too few.
    pub tables: Vec<PublishedTable>,
    /// The median of the times, in milliseconds, where there are enough.
    pub median_ms: Option<i64>,
    /// The time within which 95 of 100 were answered, in milliseconds, where there are enough.
    pub p95_ms: Option<i64>,
}

impl PublishedMonth {
    /// Hides what must be hidden.
    #[must_use]
    pub fn of(month: Date, report: &FigureReport) -> Self {
        let whole = &report.whole;
        let nothing =
            Self { month, total: None, tables: Vec::new(), median_ms: None, p95_ms: None };
        if (1..SMALL).contains(&whole.requests) {
            return nothing;
        }
        let shown = [FigureAxis::Territory, FigureAxis::Channel, FigureAxis::Language];
        let by_axis = shown.into_iter().filter_map(|axis| report.table(axis)).map(counts_of);
        let tables: Option<Vec<PublishedTable>> =
            [by_result(whole), by_time(whole)].into_iter().chain(by_axis).map(protected).collect();
        let Some(tables) = tables else { return nothing };
        let enough = whole.answered() >= TIMES_FROM;
        Self {
            month,
            total: Some(whole.requests),
            tables,
            median_ms: whole.median_ms.filter(|_| enough),
            p95_ms: whole.p95_ms.filter(|_| enough),
        }
    }
}

type Counts = (&'static str, Vec<(String, u64)>);

fn by_result(whole: &Tally) -> Counts {
    let row = |result: FigureResult| (result.code().to_owned(), whole.led_to(result));
    ("result", FigureResult::ALL.into_iter().map(row).collect())
}

/// What is not answered yet counts with what took longer, so that no count stands in two tables.
fn by_time(whole: &Tally) -> Counts {
    let (first, second) = (whole.within_5_seconds, whole.within_2_minutes);
    let third = whole.within_30_minutes;
    let row = |key: &str, count: u64| (key.to_owned(), count);
    let rows = vec![
        row("within_5_seconds", first),
        row("within_2_minutes", second.saturating_sub(first)),
        row("within_30_minutes", third.saturating_sub(second)),
        row("longer_or_open", whole.requests.saturating_sub(third)),
    ];
    ("time", rows)
}

fn counts_of(table: &FigureTable) -> Counts {
    let rows = table.rows.iter().map(|row| (row.key.clone(), row.tally.requests));
    (table.axis.code(), rows.collect())
}

fn protected((name, rows): Counts) -> Option<PublishedTable> {
    let counts: Vec<u64> = rows.iter().map(|(_, count)| *count).collect();
    let shown = hide(&counts)?;
    let rows = rows.into_iter().zip(shown).map(|((key, _), count)| PublishedRow { key, count });
    Some(PublishedTable { name, rows: rows.collect() })
}

/// Counts whose sum is known, as they may be shown; `None` where no choice keeps a small one from being worked out.
///
/// Where the small ones can share their sum in two ways, each is shown as small. Else the smallest that is not small is hidden
/// with them, and all that are hidden look alike: whoever exchanges a small one with another finds a month that would be
/// shown the same, because the rule asks for values and never for places. So equal counts are hidden together.
fn hide(counts: &[u64]) -> Option<Vec<Published>> {
    let small = |count: u64| (1..SMALL).contains(&count);
    let smalls: Vec<u64> = counts.iter().copied().filter(|count| small(*count)).collect();
    if can_share(&smalls) {
        let shown = |count: &u64| match small(*count) {
            true => Published::FewerThanFive,
            false => Published::Exactly(*count),
        };
        return Some(counts.iter().map(shown).collect());
    }
    let beside = counts.iter().copied().filter(|count| *count >= SMALL).min()?;
    let shown = |count: &u64| match small(*count) || *count == beside {
        true => Published::Hidden,
        false => Published::Exactly(*count),
    };
    Some(counts.iter().map(shown).collect())
}

/// Whether each of these small counts has two values that fit their sum; so where there are none.
fn can_share(smalls: &[u64]) -> bool {
    let count = u64::try_from(smalls.len()).unwrap_or(u64::MAX);
    let sum: u64 = smalls.iter().sum();
    let all_at_most = count.saturating_mul(SMALL - 1);
    count == 0 || count > 1 && count < sum && sum < all_at_most
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use super::*;

    fn shown(counts: &[u64]) -> String {
        let Some(shown) = hide(counts) else { return "nothing".to_owned() };
        let word = |one: &Published| match one {
            Published::Exactly(count) => count.to_string(),
            Published::FewerThanFive => "<5".to_owned(),
            Published::Hidden => "hidden".to_owned(),
        };
        shown.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_small_count_never_stands_alone() {
        for (counts, expected) in [
            (vec![10, 20, 30], "10 20 30"),
            (vec![10, 0, 30], "10 0 30"),
            (vec![3, 20, 30], "hidden hidden 30"),
            // Two small ones of which the sum tells nothing.
            (vec![2, 3, 30], "<5 <5 30"),
            // One and one are two, four and four are eight: there is nothing else they could be.
            (vec![1, 1, 30], "hidden hidden hidden"),
            (vec![4, 4, 9, 30], "hidden hidden hidden 30"),
            (vec![1, 1], "nothing"),
            (vec![4, 4], "nothing"),
            // One of them is five, and nobody knows which.
            (vec![1, 5, 0], "hidden hidden 0"),
            // Equal counts are hidden together, or their places would tell.
            (vec![7, 1, 7], "hidden hidden hidden"),
            (vec![0, 0], "0 0"),
        ] {
            assert_eq!(shown(&counts), expected, "{counts:?}");
        }
    }

    /// Whoever knows the total, the rule and everything shown lists all months that would look the same.
    #[test]
    fn nobody_works_out_a_small_count_even_by_trying_all_months() {
        for (cells, most) in [(2, 24), (3, 16), (4, 11)] {
            let mut alike: HashMap<(u64, Vec<Published>), Vec<Vec<u64>>> = HashMap::new();
            let mut counts = vec![0; cells];
            loop {
                if let Some(shown) = hide(&counts) {
                    let sum = counts.iter().sum();
                    alike.entry((sum, shown)).or_default().push(counts.clone());
                }
                let Some(place) = counts.iter().position(|count| *count < most) else { break };
                counts[..place].fill(0);
                counts[place] += 1;
            }
            for ((sum, shown), months) in &alike {
                for place in 0..cells {
                    let values: BTreeSet<u64> = months.iter().map(|month| month[place]).collect();
                    let is_small = values.iter().any(|value| (1..SMALL).contains(value));
                    assert!(!is_small || values.len() > 1, "{sum} {shown:?}: {months:?}");
                }
            }
        }
    }
}
