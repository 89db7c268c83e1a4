//! The journal, for auditors and whoever watches over personal data: by day, request and kind of event.
//!
//! Nobody is named until a purpose is typed; reading leaves a row either way. Read next: `app`'s `journal_reading.rs`.

use app::{AuditAction, JournalQuery, acts};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Number;

use super::story_view::{Event, event};
use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::staff::{Desk, DeskVisit};

type Visit = DeskVisit<acts::ReadJournal>;

/// A row with its place.
struct Line {
    sequence: i64,
    event: Event,
    request: String,
    subject: String,
}

/// What was typed.
#[derive(Default)]
struct Typed {
    day: String,
    number: String,
    action: String,
    purpose: String,
}

#[derive(Template)]
#[template(path = "staff/journal.html")]
struct JournalView {
    page: Page,
    desk: Desk,
    typed: Typed,
    faults: Vec<FieldFault>,
    actions: Vec<(&'static str, String)>,
    lines: Option<Vec<Line>>,
    is_named: bool,
    next: Option<i64>,
}

/// `GET /{language}/staff/journal`
pub async fn show(visit: Visit) -> Result<Response, Failure> {
    let today = domain::astana_date(visit.portal.service.now());
    let typed = Typed { day: today.to_string(), ..Typed::default() };
    journal_page(&visit, typed, Vec::new(), None)
}

/// `POST /{language}/staff/journal`
pub async fn read(visit: Visit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let text = |name: &str| form.text(name).trim().to_owned();
    let typed = Typed {
        day: text("day"),
        number: text("number"),
        action: text("action"),
        purpose: text("purpose"),
    };
    let page = visit.page();
    let fault = |field: &str, key: &str| FieldFault { field: field.to_owned(), text: page.t(key) };
    let mut faults = Vec::new();
    let day = given(&typed.day, |text| text.parse().ok());
    let request = given(&typed.number, |text| Number::parse(text).ok());
    if day.is_err() {
        faults.push(fault("day", "journal-fault-day"));
    }
    if request.is_err() {
        faults.push(fault("number", "requests-fault-number"));
    }
    let (Ok(day), Ok(request)) = (day, request) else {
        return journal_page(&visit, typed, faults, None);
    };
    let (action, from) = (AuditAction::parse(&typed.action), form.text("from").parse().ok());
    let query = JournalQuery { day, request, action, from };
    let service = &visit.portal.service;
    let found = service.read_journal(&visit.permit, &query, &typed.purpose).await?;
    journal_page(&visit, typed, faults, Some(found))
}

/// Nothing where nothing was typed; an error where it cannot be read.
fn given<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, ()> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some).ok_or(()) }
}

fn journal_page(
    visit: &Visit,
    typed: Typed,
    faults: Vec<FieldFault>,
    found: Option<app::JournalPage>,
) -> Result<Response, Failure> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = visit.page();
    let next = found.as_ref().and_then(|found| found.next);
    let line = |row: &app::AuditRow| Line {
        sequence: row.sequence,
        event: event(page.texts(), row),
        request: row.request.clone(),
        subject: row.subject.clone(),
    };
    let lines: Option<Vec<Line>> = found.map(|found| found.rows.iter().map(line).collect());
    let is_named = lines.iter().flatten().any(|line| !line.subject.is_empty());
    let name = |one: AuditAction| page.t(&format!("journal-action-{}", one.code()));
    let actions = AuditAction::ALL.into_iter().map(|one| (one.code(), name(one))).collect();
    let desk = visit.desk();
    html(status, &JournalView { desk, typed, faults, actions, lines, is_named, next, page })
}
