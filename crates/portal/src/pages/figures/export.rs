//! Figures as files: a workbook with a sheet for each table, or one table of everything as CSV.

use app::{ExportFormat, Figure, FigureReport, FigureTable, Sheet, SheetCell, Tally};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::tables::row_name;
use crate::failure::Failure;
use crate::page::Page;

/// The file of a report.
///
/// # Errors
/// [`Failure::Broken`] where it cannot be made.
pub fn file(
    page: &Page,
    service: &app::Service,
    report: &FigureReport,
    format: ExportFormat,
) -> Result<Response, Failure> {
    let sheets = match format {
        ExportFormat::Xlsx => sheets(page, report),
        ExportFormat::Csv => vec![flat(page, report)],
    };
    let bytes = service.sheets(format, &sheets).map_err(|error| {
        tracing::error!(%error, "a file of figures");
        Failure::Broken
    })?;
    let place = report.territory.as_ref().map_or("kz", domain::Kato::as_str);
    let (from, to) = (report.period.from(), report.period.to());
    let name = format!("figures-{place}-{from}-{to}.{}", format.code());
    answer(bytes, format.media_type(), &name)
}

/// A file that is saved and not shown.
///
/// # Errors
/// [`Failure::Broken`] for a name that no header can carry.
pub fn answer(bytes: Vec<u8>, kind: &str, name: &str) -> Result<Response, Failure> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Failure::Broken);
    let mut answer = bytes.into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, value(kind)?);
    let disposition = format!("attachment; filename=\"{name}\"");
    headers.insert(header::CONTENT_DISPOSITION, value(&disposition)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

fn sheets(page: &Page, report: &FigureReport) -> Vec<Sheet> {
    let whole = Sheet {
        name: page.t("figures-whole"),
        heading: heading(page, page.t("figures-whole")),
        rows: vec![row(period_words(report), &report.whole)],
    };
    let of_table = |table: &FigureTable| Sheet {
        name: page.t(&format!("figures-axis-{}", table.axis.code())),
        heading: heading(page, page.t(&format!("figures-axis-{}", table.axis.code()))),
        rows: table
            .rows
            .iter()
            .map(|one| row(row_name(page, table.axis, &one.key), &one.tally))
            .collect(),
    };
    std::iter::once(whole).chain(report.tables.iter().map(of_table)).collect()
}

/// For programs: one table, whose rows say which table they are of.
fn flat(page: &Page, report: &FigureReport) -> Sheet {
    let mut heading = heading(page, page.t("figures-row"));
    heading.insert(0, page.t("figures-table"));
    let line = |table: String, name: String, tally: &Tally| {
        let mut cells = row(name, tally);
        cells.insert(0, SheetCell::Text(table));
        cells
    };
    let mut rows = vec![line(page.t("figures-whole"), period_words(report), &report.whole)];
    for table in &report.tables {
        let name = page.t(&format!("figures-axis-{}", table.axis.code()));
        for one in &table.rows {
            rows.push(line(name.clone(), row_name(page, table.axis, &one.key), &one.tally));
        }
    }
    Sheet { name: page.t("figures-title"), heading, rows }
}

fn period_words(report: &FigureReport) -> String {
    format!("{} – {}", report.period.from(), report.period.to())
}

fn heading(page: &Page, first: String) -> Vec<String> {
    let column = |(word, figure): (&'static str, Figure)| {
        let name = page.t(&format!("figures-column-{word}"));
        match figure {
            Figure::Count(_) => name,
            Figure::Time(_) => page.with("figures-in-seconds", "name", &name),
        }
    };
    let columns = Tally::default().figures().map(column);
    std::iter::once(first).chain(columns).collect()
}

fn row(name: String, tally: &Tally) -> Vec<SheetCell> {
    let cell = |(_, figure): (&'static str, Figure)| match figure {
        Figure::Count(count) => SheetCell::Whole(count),
        Figure::Time(None) => SheetCell::Empty,
        Figure::Time(Some(ms)) => SheetCell::Thousandths(ms),
    };
    std::iter::once(SheetCell::Text(name)).chain(tally.figures().map(cell)).collect()
}
