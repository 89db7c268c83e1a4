//! `figures`: how many requests, what they led to, how long answers took. `--check` counts the same from the journal.
//!
//! No personal data: numbers of requests at most, where a line differs. Read next: `docs/figures.md`.

use anyhow::Result;
use app::{Figure, FigureDifference, FigurePeriod, FigureReport, FigureTable, FiguresCheck, Tally};
use domain::Kato;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::FiguresArguments;
use crate::commands::Status;
use crate::config::Config;
use crate::output::{complain, say};
use crate::wiring;

/// Differences named one by one; the rest are counted.
const NAMED_MAX: usize = 50;

/// The figures as JSON.
#[derive(Serialize)]
struct FiguresJson<'a> {
    from: String,
    to: String,
    territory: Option<&'a str>,
    counted_at: Timestamp,
    whole: &'a Tally,
    tables: &'a [FigureTable],
}

/// `figures`
pub async fn figures(arguments: &FiguresArguments) -> Result<Status> {
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_store(&config).await?;
    let service = wiring::service_without_seal(&config, &store).await?;
    let to = arguments.to.unwrap_or_else(|| domain::astana_date(service.now()));
    let from = arguments.from.unwrap_or_else(|| to.first_of_month());
    let Some(period) = FigurePeriod::new(from, to) else {
        complain(format!("{from} to {to} is no period of at most ten years"));
        return Ok(Status::WrongUse);
    };
    let territory = match arguments.territory.as_deref().map(Kato::parse).transpose() {
        Ok(territory) => territory,
        Err(error) => {
            complain(format!("--territory: {error}"));
            return Ok(Status::WrongUse);
        }
    };
    let (report, status) = if arguments.check {
        let check = service.check_figures(period).await?;
        let status = tell_differences(&check);
        (check.by_lines, status)
    } else {
        (service.figures(period, territory).await?, Status::Done)
    };
    store.close().await;
    tell(arguments, &report)?;
    Ok(status)
}

fn tell(arguments: &FiguresArguments, report: &FigureReport) -> Result<()> {
    if arguments.json {
        say(serde_json::to_string_pretty(&FiguresJson {
            from: report.period.from().to_string(),
            to: report.period.to().to_string(),
            territory: report.territory.as_ref().map(Kato::as_str),
            counted_at: report.counted_at,
            whole: &report.whole,
            tables: &report.tables,
        })?);
    } else if arguments.csv {
        for line in csv_lines(report) {
            say(line);
        }
    } else {
        say(format!("{} to {}", report.period.from(), report.period.to()));
        for (word, figure) in report.whole.figures() {
            say(format!("{word:>20}  {}", words(figure)));
        }
    }
    Ok(())
}

/// No cell has a comma: all are stable words, codes and numbers. Times are in milliseconds.
fn csv_lines(report: &FigureReport) -> Vec<String> {
    let columns = report.whole.figures().map(|(word, figure)| match figure {
        Figure::Count(_) => word.to_owned(),
        Figure::Time(_) => format!("{word}_ms"),
    });
    let mut lines = vec![format!("table,key,{}", columns.join(","))];
    lines.push(csv_line("whole", "", &report.whole));
    for table in &report.tables {
        let rows = table.rows.iter().map(|row| csv_line(table.axis.code(), &row.key, &row.tally));
        lines.extend(rows);
    }
    lines
}

fn csv_line(table: &str, key: &str, tally: &Tally) -> String {
    let cells = tally.figures().map(|(_, figure)| match figure {
        Figure::Count(count) => count.to_string(),
        Figure::Time(time) => time.map(|ms| ms.to_string()).unwrap_or_default(),
    });
    format!("{table},{key},{}", cells.join(","))
}

fn words(figure: Figure) -> String {
    match figure {
        Figure::Count(count) => count.to_string(),
        Figure::Time(None) => "-".to_owned(),
        Figure::Time(Some(ms)) => format!("{}.{:03} s", ms / 1_000, ms % 1_000),
    }
}

fn tell_differences(check: &FiguresCheck) -> Status {
    for difference in check.differences.iter().take(NAMED_MAX) {
        complain(match difference {
            FigureDifference::Missing(number) => format!("{number} is not counted"),
            FigureDifference::Unlike(number) => format!("{number} is counted as something else"),
            FigureDifference::TooMany(more) => {
                format!("{more} more requests are counted than the journal knows")
            }
        });
    }
    let rest = check.differences.len().saturating_sub(NAMED_MAX);
    if rest > 0 {
        complain(format!("and {rest} more"));
    }
    if check.agrees() {
        let requests = check.by_journal.whole.requests;
        complain(format!("the figures of {requests} requests are those of the journal"));
        return Status::Done;
    }
    complain("the figures are not those of the journal");
    Status::Refused
}
