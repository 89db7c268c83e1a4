//! The form of one record: a new one, or the correction or end of one that the department keeps. It becomes a proposal of
//! one line and goes the way of a file.

use app::{CellFault, ProposalKind, ProposalOrder, REASON_CHARS_MAX};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Iin, astana_date};
use jiff::civil::Date;
use serde::Deserialize;

use super::acting::proposed;
use super::words;
use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::staff::{Desk, OfficerVisit};

/// Cells by the names of their columns.
type Cells = Vec<(&'static str, String)>;

/// Columns that make a record the same record: with another value it is another one, so a correction keeps them. A ward
/// without an IIN is known by birth record and date.
const IDENTITY: [&str; 5] = ["guardian_iin", "ward_iin", "act_kind", "act_number", "act_date"];
const WARD_WITHOUT_IIN: [&str; 2] = ["ward_birth_act", "ward_birth_date"];
/// The field of the department is not asked: it is the officer's own.
const PROVIDER: &str = "provider_kato";
/// Fields of dates.
const DATES: [&str; 6] = [
    "guardian_birth_date",
    "ward_birth_date",
    "ward_full_capacity_from",
    "act_date",
    "start_date",
    "end_date",
];
/// Fields that open a part of the form.
const PARTS: [(&str, &str); 4] = [
    ("guardian_iin", "guardian"),
    ("ward_iin", "ward"),
    ("form", "placement"),
    ("end_date", "end"),
];

/// Which record is corrected.
#[derive(Debug, Default, Deserialize)]
pub struct Which {
    #[serde(default)]
    key: String,
}

/// A field of the form.
struct Field {
    name: &'static str,
    label: String,
    value: String,
    /// Heading above it, where it opens a part.
    part: Option<String>,
    /// Words to choose from: code and text.
    words: Vec<(&'static str, String)>,
    is_date: bool,
    is_fixed: bool,
}

impl Field {
    /// The value of a field that is only shown.
    fn shown(&self) -> &str {
        let word = self.words.iter().find(|(code, _)| *code == self.value);
        match word {
            Some((_, text)) => text,
            None if self.value.is_empty() => "—",
            None => &self.value,
        }
    }
}

/// A record that can be corrected.
struct Found {
    address: String,
    ward: String,
    act: String,
}

#[derive(Template)]
#[template(path = "staff/record.html")]
struct RecordPage {
    page: Page,
    desk: Desk,
    key: String,
    fields: Vec<Field>,
    reason: String,
    faults: Vec<FieldFault>,
}

#[derive(Template)]
#[template(path = "staff/find.html")]
struct FindPage {
    page: Page,
    desk: Desk,
    fault: Option<String>,
    found: Option<Vec<Found>>,
}

/// `GET /{language}/staff/record`: an empty form, or a record of the department to correct.
pub async fn show(visit: OfficerVisit, Query(which): Query<Which>) -> Result<Response, Failure> {
    let cells = known_cells(&visit, &which.key).await?;
    record_page(&visit, &which.key, (&cells, &cells), "", Vec::new())
}

/// The cells of the record of a key; none for a new one.
async fn known_cells(visit: &OfficerVisit, key: &str) -> Result<Cells, Failure> {
    if key.is_empty() {
        return Ok(Vec::new());
    }
    let row = visit.staff.own_record(&visit.officer, key).await?.ok_or(Failure::NotFound)?;
    let mut cells = visit.staff.files().cells(&row);
    for (_, text) in cells.iter_mut().filter(|(name, _)| DATES.contains(name)) {
        *text = written(text);
    }
    Ok(cells)
}

/// `POST /{language}/staff/record`
pub async fn submit(visit: OfficerVisit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let (key, reason) = (form.text("key"), form.text("reason"));
    let known = known_cells(&visit, key).await?;
    let files = visit.staff.files();
    let mut cells = Cells::new();
    for name in files.columns() {
        let fixed = known.iter().find(|(column, _)| *column == name && is_fixed(&known, name));
        let typed = fixed.map_or(form.text(name), |(_, text)| text.as_str());
        cells.push((name, typed.to_owned()));
    }
    cells.retain(|(name, _)| *name != PROVIDER);
    cells.push((PROVIDER, visit.officer.provider.as_str().to_owned()));
    let typed: Vec<(&str, &str)> =
        cells.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let content = files.of_one_line(&typed);
    let today = astana_date(visit.staff.now());
    let read = files.read(&content, &visit.officer.provider, today, &|_, _| ());
    let mut faults = read.err().map(|faults| told(&visit, &faults)).unwrap_or_default();
    if !key.is_empty() && (reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX) {
        let text = visit.page().texts().staff_fault("proposal_reason");
        faults.push(FieldFault { field: "reason".to_owned(), text });
    }
    if !faults.is_empty() {
        return record_page(&visit, key, (&known, &cells), reason, faults);
    }
    let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    let (kind, file_name) = (ProposalKind::Record, String::new());
    proposed(&visit, ProposalOrder { kind, file_name, content, reason }).await
}

fn told(visit: &OfficerVisit, faults: &[CellFault]) -> Vec<FieldFault> {
    let page = visit.page();
    let told = |fault: &CellFault| {
        let field = fault.column.unwrap_or("guardian_iin");
        let label = page.t(&format!("column-{field}"));
        let (what, expected) = (fault.what.of(page.language), fault.expected.of(page.language));
        FieldFault { field: field.to_owned(), text: format!("{label}: {what} {expected}") }
    };
    faults.iter().map(told).collect()
}

/// Whether a correction keeps this column of the record with these cells.
fn is_fixed(known: &Cells, name: &str) -> bool {
    let has_iin = known.iter().any(|(column, text)| *column == "ward_iin" && !text.is_empty());
    let is_identity = IDENTITY.contains(&name) || (!has_iin && WARD_WITHOUT_IIN.contains(&name));
    !known.is_empty() && is_identity
}

/// A day as officers write it, where it is one.
fn written(day: &str) -> String {
    day.parse::<Date>().map_or_else(|_| day.to_owned(), words::day)
}

fn record_page(
    visit: &OfficerVisit,
    key: &str,
    (known, cells): (&Cells, &Cells),
    reason: &str,
    faults: Vec<FieldFault>,
) -> Result<Response, Failure> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut page = visit.page();
    page.place = if key.is_empty() {
        "/staff/record".to_owned()
    } else {
        format!("/staff/record?key={key}")
    };
    let files = visit.staff.files();
    let field = |name: &'static str| {
        let value = cells.iter().find(|(column, _)| *column == name);
        let part = PARTS.iter().find(|(first, _)| *first == name);
        let words = files.words(name).into_iter();
        Field {
            name,
            label: page.t(&format!("column-{name}")),
            value: value.map(|(_, text)| text.clone()).unwrap_or_default(),
            part: part.map(|(_, part)| page.t(&format!("staff-part-{part}"))),
            words: words.map(|code| (code, words::word_text(&page, name, code))).collect(),
            is_date: DATES.contains(&name),
            is_fixed: is_fixed(known, name),
        }
    };
    let columns = files.columns().into_iter().filter(|name| *name != PROVIDER);
    let fields = columns.map(field).collect();
    let (key, reason) = (key.to_owned(), reason.to_owned());
    html(status, &RecordPage { desk: visit.desk(), key, fields, reason, faults, page })
}

/// `GET /{language}/staff/find`
pub async fn find(visit: OfficerVisit) -> Result<Response, Failure> {
    find_page(&visit, None, None)
}

/// `POST /{language}/staff/find`: a form and not an address, because an IIN belongs into none.
pub async fn found(visit: OfficerVisit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let Ok(iin) = Iin::parse(form.text("iin")) else {
        let fault = visit.page().texts().staff_fault("iin");
        return find_page(&visit, Some(fault), None);
    };
    let page = visit.page();
    let records = visit.staff.own_records_of(&visit.officer, iin).await?;
    let found = records.iter().map(|one| Found {
        address: page.link(&format!("/staff/record?key={}", one.key)),
        ward: one.row.ward.ward.name.full(),
        act: words::act(&page, &one.row),
    });
    find_page(&visit, None, Some(found.collect()))
}

fn find_page(
    visit: &OfficerVisit,
    fault: Option<String>,
    found: Option<Vec<Found>>,
) -> Result<Response, Failure> {
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    html(status, &FindPage { desk: visit.desk(), fault, found, page: visit.page() })
}
