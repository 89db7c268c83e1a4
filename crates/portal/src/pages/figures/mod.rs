//! Figures in words and pictures, and the pages on which the public sees those of each month.
//!
//! Knows no counting. Read next: `tables.rs`, `chart.rs`; `../staff/figures.rs` for the people who serve.

pub mod chart;
pub mod export;
pub mod tables;
pub mod words;

use app::{FigureAxis, Published, PublishedMonth, PublishedTable};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::visitor::Visitor;
use chart::Chart;
use tables::{month_name, month_of, row_name};

#[derive(Template)]
#[template(path = "figures.html")]
struct MonthsPage {
    page: Page,
    months: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "figures_month.html")]
struct MonthPage {
    page: Page,
    name: String,
    file: String,
    total: Option<String>,
    median: Option<String>,
    p95: Option<String>,
    tables: Vec<PublicTable>,
}

/// A table as the public sees it.
struct PublicTable {
    title: String,
    key: String,
    rows: Vec<(String, String)>,
    chart: Chart,
}

/// `GET /{language}/figures`
pub async fn months(visitor: Visitor) -> Result<Response, Failure> {
    let months = visitor.portal.service.published_months().await?;
    let page = visitor.page();
    let line = |month: &Date| {
        let address = page.link(&format!("/figures/{}", month.strftime("%Y-%m")));
        (address, month_name(&page, *month))
    };
    let months = months.iter().map(line).collect();
    html(StatusCode::OK, &MonthsPage { months, page })
}

/// `GET /{language}/figures/{month}`, and the same with `.csv` behind it.
pub async fn month(
    visitor: Visitor,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (text, is_file) = match name.strip_suffix(".csv") {
        Some(month) => (month, true),
        None => (name.as_str(), false),
    };
    let month = month_of(text).ok_or(Failure::NotFound)?;
    let published = visitor.portal.service.published_month(month).await?;
    let published = published.ok_or(Failure::NotFound)?;
    let page = visitor.page();
    if is_file {
        let file = csv(&page, &published).into_bytes();
        return export::answer(file, "text/csv; charset=utf-8", &format!("figures-{name}"));
    }
    let time = |ms: Option<i64>| ms.map(|ms| words::time(&page, ms));
    let view = MonthPage {
        name: month_name(&page, month),
        file: page.link(&format!("/figures/{text}.csv")),
        total: published.total.map(|count| words::count(page.language, count)),
        median: time(published.median_ms),
        p95: time(published.p95_ms),
        tables: published.tables.iter().map(|table| public_table(&page, table)).collect(),
        page,
    };
    html(StatusCode::OK, &view)
}

/// A finished month's identifier on the page follows from its table.
fn public_table(page: &Page, table: &PublishedTable) -> PublicTable {
    let title = page.t(&format!("figures-by-{}", table.name));
    let shown = |count: Published| match count {
        Published::Exactly(count) => words::count(page.language, count),
        Published::FewerThanFive => page.t("figures-fewer"),
        Published::Hidden => page.t("figures-hidden"),
    };
    let rows = table.rows.iter().filter(|row| is_shown(row));
    let rows: Vec<(String, Published)> =
        rows.map(|row| (public_name(page, table.name, &row.key), row.count)).collect();
    let bar = |(name, count): &(String, Published)| match count {
        Published::Exactly(known) => (name.clone(), *known, shown(*count)),
        Published::FewerThanFive | Published::Hidden => (name.clone(), 0, shown(*count)),
    };
    let description = page.t("figures-chart-text");
    let bars = rows.iter().map(bar).collect();
    PublicTable {
        key: page.t(&format!("figures-axis-{}", table.name)),
        chart: Chart::lying(table.name, title.clone(), description, bars),
        title,
        rows: rows.into_iter().map(|(name, count)| (name, shown(count))).collect(),
    }
}

/// What ought not to be is shown only where it is.
fn is_shown(row: &app::PublishedRow) -> bool {
    row.key != app::FigureResult::Unclear.code() || row.count != Published::Exactly(0)
}

fn public_name(page: &Page, table: &str, key: &str) -> String {
    match table {
        "territory" => row_name(page, FigureAxis::Territory, key),
        "channel" => row_name(page, FigureAxis::Channel, key),
        "language" => row_name(page, FigureAxis::Language, key),
        _ => page.t(&format!("figures-{table}-{key}")),
    }
}

/// Stable words and codes, the same in every language but for the names of departments.
fn csv(page: &Page, published: &PublishedMonth) -> String {
    let mut lines = vec!["table,key,name,count".to_owned()];
    let total = published.total.map_or_else(|| "<5".to_owned(), |count| count.to_string());
    lines.push(format!("total,,,{total}"));
    for table in &published.tables {
        for row in table.rows.iter().filter(|row| is_shown(row)) {
            let count = match row.count {
                Published::Exactly(count) => count.to_string(),
                Published::FewerThanFive => "<5".to_owned(),
                Published::Hidden => "hidden".to_owned(),
            };
            let name = public_name(page, table.name, &row.key).replace('"', "\"\"");
            lines.push(format!("{},{},\"{name}\",{count}", table.name, row.key));
        }
    }
    let time = |ms: Option<i64>| ms.map(|ms| ms.to_string()).unwrap_or_default();
    lines.push(format!("median_ms,,,{}", time(published.median_ms)));
    lines.push(format!("p95_ms,,,{}", time(published.p95_ms)));
    format!("\u{feff}{}\r\n", lines.join("\r\n"))
}
