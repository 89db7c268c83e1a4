//! Figures for the people who serve: a department its own, the others the republic or any department of it.
//!
//! No look at anybody's data, so no purpose is asked and nothing is written down. Read next: `../figures/mod.rs`.

use app::{ExportFormat, FigurePeriod, FigureReport, Territory, acts};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Kato, astana_date};
use jiff::civil::Date;
use serde::Deserialize;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::pages::figures::tables::{ResultsView, TableView, times};
use crate::pages::figures::{export as files, words};
use crate::staff::{Desk, DeskVisit};
use crate::times::date_words;

type Visit = DeskVisit<acts::ReadFigures>;

/// What is asked for. Anything may be missing or wrong: an address can be typed.
#[derive(Debug, Default, Deserialize)]
pub struct FiguresQuery {
    from: Option<String>,
    to: Option<String>,
    territory: Option<String>,
    format: Option<String>,
}

#[derive(Template)]
#[template(path = "staff/figures.html")]
struct FiguresPage {
    page: Page,
    desk: Desk,
    faults: Vec<FieldFault>,
    from: String,
    to: String,
    /// Departments to choose from; empty where there is no choice.
    territories: Vec<(String, String, bool)>,
    choices: Vec<(String, String, bool)>,
    view: Option<FiguresView>,
}

/// The figures in words.
struct FiguresView {
    period: String,
    territory: String,
    counted_at: String,
    tiles: Vec<(String, String)>,
    results: ResultsView,
    times: Vec<(String, String)>,
    tables: Vec<TableView>,
    files: Vec<(String, String)>,
}

/// `GET /{language}/staff/figures`
pub async fn show(visit: Visit, Query(query): Query<FiguresQuery>) -> Result<Response, Failure> {
    let today = astana_date(visit.portal.service.now());
    let territory = wanted(&visit, &query)?;
    let page = visit.page();
    let (period, faults) = match period(&page, &query, today) {
        Ok(period) => (Some(period), Vec::new()),
        Err(fault) => (None, vec![fault]),
    };
    let view = match period {
        None => None,
        Some(period) => {
            let report = report(&visit, period, territory.clone()).await?;
            Some(figures_view(&page, &report))
        }
    };
    let text = |typed: &Option<String>| typed.clone().unwrap_or_default();
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = FiguresPage {
        from: period.map_or_else(|| text(&query.from), |period| period.from().to_string()),
        to: period.map_or_else(|| text(&query.to), |period| period.to().to_string()),
        territories: territories(&visit, &page, territory.as_ref()),
        choices: choices(&page, today, period, territory.as_ref()),
        desk: visit.desk(),
        faults,
        view,
        page,
    };
    html(status, &view)
}

/// `GET /{language}/staff/figures/export`
pub async fn export(visit: Visit, Query(query): Query<FiguresQuery>) -> Result<Response, Failure> {
    let today = astana_date(visit.portal.service.now());
    let territory = wanted(&visit, &query)?;
    let page = visit.page();
    let period = period(&page, &query, today).map_err(|_| Failure::Malformed)?;
    let format = query.format.as_deref().and_then(ExportFormat::parse);
    let report = report(&visit, period, territory).await?;
    files::file(&page, &visit.portal.service, &report, format.unwrap_or(ExportFormat::Xlsx))
}

async fn report(
    visit: &Visit,
    period: FigurePeriod,
    territory: Option<Kato>,
) -> Result<FigureReport, Failure> {
    let report = visit.portal.service.figures_for(&visit.permit, period, territory).await?;
    report.ok_or(Failure::NotFound)
}

/// The territory asked for; a department is shown its own without asking.
fn wanted(visit: &Visit, query: &FiguresQuery) -> Result<Option<Kato>, Failure> {
    match query.territory.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Kato::parse(text).map(Some).map_err(|_| Failure::NotFound),
        None => Ok(match visit.permit.territory() {
            Territory::Republic => None,
            Territory::Of(own) => Some(own),
        }),
    }
}

/// The period typed; this month where none is.
fn period(page: &Page, query: &FiguresQuery, today: Date) -> Result<FigurePeriod, FieldFault> {
    let day = |text: &Option<String>, field: &str, otherwise: Date| match text
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        None => Ok(otherwise),
        Some(text) => text
            .parse::<Date>()
            .map_err(|_| FieldFault { field: field.to_owned(), text: page.t("figures-fault-day") }),
    };
    let to = day(&query.to, "to", today)?;
    let from = day(&query.from, "from", to.first_of_month())?;
    FigurePeriod::new(from, to).ok_or_else(|| FieldFault {
        field: "from".to_owned(),
        text: page.t("figures-fault-period"),
    })
}

/// Departments to choose from: code, name, whether it is the one shown.
fn territories(visit: &Visit, page: &Page, shown: Option<&Kato>) -> Vec<(String, String, bool)> {
    if visit.permit.territory() != Territory::Republic {
        return Vec::new();
    }
    let option = |provider: &domain::Provider| {
        let name = provider.name.on_screen(page.language).to_owned();
        (provider.kato.as_str().to_owned(), name, shown == Some(&provider.kato))
    };
    visit.portal.service.providers().all().iter().map(option).collect()
}

/// Periods most often asked for: address, name, whether it is the one shown.
fn choices(
    page: &Page,
    today: Date,
    shown: Option<FigurePeriod>,
    territory: Option<&Kato>,
) -> Vec<(String, String, bool)> {
    let last_year = today.first_of_year().yesterday().unwrap_or(today);
    let this = |period: FigurePeriod| FigurePeriod::new(period.from(), today).unwrap_or(period);
    let periods = [
        ("figures-choice-today", FigurePeriod::last_days(today, 1)),
        ("figures-choice-week", FigurePeriod::last_days(today, 7)),
        ("figures-choice-month", this(FigurePeriod::month(today))),
        ("figures-choice-last-month", FigurePeriod::last_month(today)),
        ("figures-choice-year", this(FigurePeriod::year(today))),
        ("figures-choice-last-year", FigurePeriod::year(last_year)),
    ];
    let choice = |(key, period): (&str, FigurePeriod)| {
        let address = page.link(&format!("/staff/figures?{}", query_of(period, territory)));
        (address, page.t(key), shown == Some(period))
    };
    periods.map(choice).into()
}

fn query_of(period: FigurePeriod, territory: Option<&Kato>) -> String {
    let territory = territory.map(|kato| format!("&territory={}", kato.as_str()));
    format!("from={}&to={}{}", period.from(), period.to(), territory.unwrap_or_default())
}

fn figures_view(page: &Page, report: &FigureReport) -> FiguresView {
    let whole = &report.whole;
    let tile = |key: &str, count: u64| (page.t(key), words::count(page.language, count));
    let (from, to) = (report.period.from(), report.period.to());
    let words = |day: Date| date_words(page.texts(), day);
    let period =
        if from == to { words(from) } else { format!("{} – {}", words(from), words(to)) };
    let query = query_of(report.period, report.territory.as_ref());
    let file = |format: ExportFormat, key: &str| {
        let address = format!("/staff/figures/export?format={}&{query}", format.code());
        (page.link(&address), page.t(key))
    };
    let territory = report.territory.as_ref();
    let republic = || page.t("figures-republic");
    FiguresView {
        period,
        territory: territory.map_or_else(republic, |kato| {
            page.provider(kato).unwrap_or_else(|| kato.as_str().to_owned())
        }),
        counted_at: page.moment(&report.counted_at),
        tiles: vec![
            tile("figures-column-requests", whole.requests),
            tile("figures-column-certificates", whole.certificates),
            tile("figures-column-refusals", whole.refusals),
            tile("figures-column-open", whole.open),
            tile("figures-column-overdue", whole.overdue),
        ],
        results: ResultsView::of(page, report),
        times: times(page, whole),
        tables: report.tables.iter().map(|table| TableView::of(page, table)).collect(),
        files: vec![
            file(ExportFormat::Xlsx, "figures-xlsx"),
            file(ExportFormat::Csv, "figures-csv"),
        ],
    }
}
