//! Tables of figures in words: what a row is called, and what stands in its cells.

use app::{FigureAxis, FigureReport, FigureResult, FigureTable, Tally};
use domain::{Kato, Language};
use jiff::civil::Date;

use super::chart::Chart;
use super::words;
use crate::page::Page;
use crate::pages::staff::words::day;

/// Columns of every table, behind the name of the row.
const COLUMNS: [&str; 11] = [
    "requests",
    "granted",
    "partly",
    "no_guardian_record",
    "no_consent",
    "open",
    "late",
    "median",
    "p95",
    "within_5_seconds",
    "within_30_minutes",
];

/// A table with its picture.
pub struct TableView {
    /// Identifier on the page.
    pub id: &'static str,
    /// Its title.
    pub title: String,
    /// What its rows are.
    pub key: String,
    /// What stands above the other columns.
    pub columns: Vec<String>,
    /// Name and cells.
    pub rows: Vec<(String, Vec<String>)>,
    /// The picture.
    pub chart: Chart,
}

impl TableView {
    /// A table in words.
    #[must_use]
    pub fn of(page: &Page, table: &FigureTable) -> Self {
        let axis = table.axis;
        let title = page.t(&format!("figures-by-{}", axis.code()));
        let name = |key: &str| row_name(page, axis, key);
        let rows = table.rows.iter().map(|row| (name(&row.key), cells(page, &row.tally)));
        let rows: Vec<(String, Vec<String>)> = rows.collect();
        Self {
            id: axis.code(),
            key: page.t(&format!("figures-axis-{}", axis.code())),
            columns: COLUMNS.map(|word| page.t(&format!("figures-column-{word}"))).into(),
            chart: chart(page, table, title.clone()),
            title,
            rows,
        }
    }
}

/// What a row of a table is called.
#[must_use]
pub fn row_name(page: &Page, axis: FigureAxis, key: &str) -> String {
    let known = match axis {
        FigureAxis::Territory => Kato::parse(key).ok().and_then(|kato| page.provider(&kato)),
        FigureAxis::Channel => page.texts().find(&format!("channel-{key}")),
        FigureAxis::Language => Language::parse(key).map(|language| {
            let [kk, ru, en] = page.languages();
            match language {
                Language::Kk => kk.1,
                Language::Ru => ru.1,
                Language::En => en.1,
            }
            .to_owned()
        }),
        // Short, so that each day is one line beside eleven columns.
        FigureAxis::Day => key.parse().ok().map(day),
        FigureAxis::Month => month_of(key).map(|month| month_name(page, month)),
    };
    known.unwrap_or_else(|| if key.is_empty() { page.t("figures-unknown") } else { key.to_owned() })
}

/// The first day of a month written `YYYY-MM`.
#[must_use]
pub fn month_of(text: &str) -> Option<Date> {
    let is_month =
        text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    is_month.then(|| format!("{text}-01").parse().ok()).flatten()
}

/// «November 2026».
#[must_use]
pub fn month_name(page: &Page, month: Date) -> String {
    let name = page.t(&format!("figures-month-{}", month.month()));
    let year = month.year().to_string();
    page.texts().with_all("figures-month", &[("month", &name), ("year", &year)])
}

fn cells(page: &Page, tally: &Tally) -> Vec<String> {
    let language = page.language;
    let time = |ms: Option<i64>| ms.map_or_else(|| "–".to_owned(), |ms| words::time(page, ms));
    let share = |count: u64| {
        let share = tally.per_mille(count);
        share.map_or_else(|| "–".to_owned(), |share| words::share(language, share))
    };
    let cell = |word: &str| match word {
        "requests" => words::count(language, tally.requests),
        "granted" => words::count(language, tally.granted),
        "partly" => words::count(language, tally.partly),
        "no_guardian_record" => words::count(language, tally.no_guardian_record),
        "no_consent" => words::count(language, tally.no_consent),
        "open" => words::count(language, tally.open),
        "late" => words::count(language, tally.late + tally.overdue),
        "median" => time(tally.median_ms),
        "p95" => time(tally.p95_ms),
        "within_5_seconds" => share(tally.within_5_seconds),
        _ => share(tally.within_30_minutes),
    };
    COLUMNS.map(cell).into()
}

fn chart(page: &Page, table: &FigureTable, title: String) -> Chart {
    let (axis, id) = (table.axis, table.axis.code());
    let description = page.t("figures-chart-text");
    match axis {
        FigureAxis::Day | FigureAxis::Month => {
            let name = |key: &str| key.get(5..).unwrap_or(key).replace('-', ".");
            let values = table.rows.iter().map(|row| (name(&row.key), row.tally.requests));
            Chart::standing(id, title, description, values.collect())
        }
        FigureAxis::Territory | FigureAxis::Channel | FigureAxis::Language => {
            let value = |row: &app::FigureRow| {
                let count = row.tally.requests;
                let words = words::count(page.language, count);
                (row_name(page, axis, &row.key), count, words)
            };
            Chart::lying(id, title, description, table.rows.iter().map(value).collect())
        }
    }
}

/// What requests led to: name, count and share of all requests.
pub struct ResultsView {
    /// Name, count, share.
    pub rows: Vec<(String, String, String)>,
    /// The picture.
    pub chart: Chart,
}

impl ResultsView {
    /// Results of the whole; the one that ought not to be is shown only where it is.
    #[must_use]
    pub fn of(page: &Page, report: &FigureReport) -> Self {
        let whole = &report.whole;
        let is_shown =
            |result: &FigureResult| *result != FigureResult::Unclear || whole.unclear > 0;
        let results: Vec<FigureResult> = FigureResult::ALL.into_iter().filter(is_shown).collect();
        let name = |result: &FigureResult| page.t(&format!("figures-result-{}", result.code()));
        let row = |result: &FigureResult| {
            let count = whole.led_to(*result);
            let share = (count * 1_000).checked_div(whole.requests);
            let share =
                share.map_or_else(|| "–".to_owned(), |one| words::share(page.language, one));
            (name(result), words::count(page.language, count), share)
        };
        let value = |result: &FigureResult| {
            let count = whole.led_to(*result);
            (name(result), count, words::count(page.language, count))
        };
        let title = page.t("figures-by-result");
        let description = page.t("figures-chart-text");
        let values = results.iter().map(value).collect();
        let chart = Chart::lying("result", title, description, values);
        Self { rows: results.iter().map(row).collect(), chart }
    }
}

/// How long answers took: name and value.
#[must_use]
pub fn times(page: &Page, whole: &Tally) -> Vec<(String, String)> {
    let (language, none) = (page.language, || "–".to_owned());
    let time = |ms: Option<i64>| ms.map_or_else(none, |ms| words::time(page, ms));
    let within = |count: u64| {
        let share = whole.per_mille(count);
        let share = share.map_or_else(none, |share| words::share(language, share));
        format!("{share} ({})", words::count(language, count))
    };
    let row = |word: &str, value: String| (page.t(&format!("figures-column-{word}")), value);
    vec![
        row("answered", words::count(language, whole.answered())),
        row("median", time(whole.median_ms)),
        row("p95", time(whole.p95_ms)),
        row("within_5_seconds", within(whole.within_5_seconds)),
        row("within_2_minutes", within(whole.within_2_minutes)),
        row("within_30_minutes", within(whole.within_30_minutes)),
        row("late", words::count(language, whole.late)),
        row("overdue", words::count(language, whole.overdue)),
    ]
}
