//! The form of one record: a new one, or the correction or end of one that the department keeps. It becomes a proposal of
//! one line and goes the way of a file.
//!
//! A form that is filled in with a record shows it, so it is a look: with a purpose, and in the journal. Read next: `records.rs`.

use app::{CellFault, LookError, ProposalKind, ProposalOrder, REASON_CHARS_MAX, RegistryRow};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::astana_date;
use jiff::civil::Date;

use super::acting::proposed;
use super::purpose;
use super::records::{self, at_desk, record_key};
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

/// What is known of the record that is corrected; nothing of a new one.
#[derive(Default)]
struct Known {
    cells: Cells,
    /// The version these cells are of.
    version: u32,
    /// The cells of the version that was shown when the form was filled in, where there was such a version.
    shown: Option<Cells>,
}

impl Known {
    /// Columns that somebody else changed since the form was shown, with what stands there now.
    fn changed_meanwhile(&self) -> Vec<(&'static str, &str)> {
        let Some(shown) = &self.shown else { return Vec::new() };
        let present = self.cells.iter().filter(|cell| !shown.contains(cell));
        present.map(|(name, text)| (*name, text.as_str())).collect()
    }
}

/// Which record is corrected, and what for.
#[derive(Clone, Copy, Default)]
struct Which<'a> {
    /// Key of the record; empty for a new one.
    key: &'a str,
    purpose: &'a str,
    /// The version that the form shows.
    version: u32,
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

#[derive(Template)]
#[template(path = "staff/record.html")]
struct RecordPage {
    page: Page,
    desk: Desk,
    key: String,
    purpose: String,
    version: u32,
    fields: Vec<Field>,
    reason: String,
    faults: Vec<FieldFault>,
}

/// `GET /{language}/staff/record`: an empty form.
pub async fn show(visit: OfficerVisit) -> Result<Response, Failure> {
    record_page(&visit, Which::default(), (&Known::default(), &Vec::new()), "", Vec::new())
}

/// `GET /{language}/staff/records/{key}/correction`: asks what for.
pub async fn ask_purpose(
    visit: OfficerVisit,
    Path((_, key)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let key = record_key(key)?;
    if !visit.portal.service.keeps_record(&at_desk(&visit), &key).await? {
        return Err(Failure::NotFound);
    }
    purpose::page(&*visit, asked(place_of(&key), "", None))
}

/// `POST /{language}/staff/records/{key}/correction`: the form with what the record says now.
pub async fn open(
    visit: OfficerVisit,
    Path((_, key)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let key = record_key(key)?;
    let which = Which { key: &key, purpose: form.text("purpose"), version: 0 };
    match known(&visit, which).await {
        Ok(known) => record_page(&visit, which, (&known, &known.cells), "", Vec::new()),
        Err(error) => not_shown(&visit, which, error),
    }
}

fn asked<'a>(place: String, purpose: &'a str, fault: Option<&'static str>) -> purpose::Asked<'a> {
    purpose::Asked { about: purpose::About::Record, place, purpose, fault }
}

fn place_of(key: &str) -> String {
    format!("/staff/records/{key}/correction")
}

/// Whoever forgot the purpose is asked for it.
fn not_shown(
    visit: &OfficerVisit,
    which: Which<'_>,
    error: LookError,
) -> Result<Response, Failure> {
    let LookError::NoPurpose = error else { return Err(records::failure(error)) };
    let (place, fault) = (place_of(which.key), Some(error.code()));
    purpose::page(&**visit, asked(place, which.purpose, fault))
}

/// What is known of the record of a key; nothing for a new one. The look stands in the journal before.
async fn known(visit: &OfficerVisit, which: Which<'_>) -> Result<Known, LookError> {
    if which.key.is_empty() {
        return Ok(Known::default());
    }
    let service = &visit.portal.service;
    let own = service.own_record(&at_desk(visit), which.key, which.purpose).await?;
    let cells = |row: &RegistryRow| {
        let mut cells = visit.staff.files().cells(row);
        for (_, text) in cells.iter_mut().filter(|(name, _)| DATES.contains(name)) {
            *text = written(text);
        }
        cells
    };
    let shown = own.at(which.version).map(cells);
    Ok(Known { cells: cells(&own.row), version: own.version, shown })
}

/// `POST /{language}/staff/record`
pub async fn submit(visit: OfficerVisit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let reason = form.text("reason");
    let version = form.text("version").parse().unwrap_or_default();
    let which = Which { key: form.text("key"), purpose: form.text("purpose"), version };
    let known = match known(&visit, which).await {
        Ok(known) => known,
        Err(error) => return not_shown(&visit, which, error),
    };
    let cells = typed_cells(&visit, &known.cells, &form);
    let typed: Vec<(&str, &str)> =
        cells.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let files = visit.staff.files();
    let content = files.of_one_line(&typed);
    let today = astana_date(visit.staff.now());
    let read = files.read(&content, &visit.officer.provider, today, &|_, _| ());
    let mut faults = read.err().map(|faults| told(&visit, &faults)).unwrap_or_default();
    faults.extend(overtaken(&visit, &known, which));
    if !which.key.is_empty() && (reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX) {
        let text = visit.page().texts().staff_fault("proposal_reason");
        faults.push(FieldFault { field: "reason".to_owned(), text });
    }
    if !faults.is_empty() {
        return record_page(&visit, which, (&known, &cells), reason, faults);
    }
    let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    let (kind, file_name) = (ProposalKind::Record, String::new());
    proposed(&visit, ProposalOrder { kind, file_name, content, reason }).await
}

/// A correction is made of what was seen. Whoever was overtaken is told what stands there now; what he typed stays, and the
/// form that he gets back is of the present version.
fn overtaken(visit: &OfficerVisit, known: &Known, which: Which<'_>) -> Vec<FieldFault> {
    let page = visit.page();
    if !which.key.is_empty() && known.shown.is_none() {
        let text = page.t("staff-record-version-unknown");
        return vec![FieldFault { field: "guardian_iin".to_owned(), text }];
    }
    let told = |(name, now): (&'static str, &str)| {
        let label = page.t(&format!("column-{name}"));
        let words = visit.staff.files().words(name);
        let now =
            if words.contains(&now) { words::word_text(&page, name, now) } else { now.into() };
        let now = if now.is_empty() { "—".to_owned() } else { now };
        let values = [("field", label.as_str()), ("now", now.as_str())];
        let text = page.texts().with_all("staff-record-changed", &values);
        FieldFault { field: name.to_owned(), text }
    };
    known.changed_meanwhile().into_iter().map(told).collect()
}

/// The cells as typed; those that a correction keeps as they are, and the officer's own department.
fn typed_cells(visit: &OfficerVisit, known: &Cells, form: &FormFields) -> Cells {
    let own = visit.officer.provider.as_str().to_owned();
    let columns = visit.staff.files().columns().into_iter().filter(|name| *name != PROVIDER);
    let cell = |name: &'static str| {
        let fixed = known.iter().find(|(column, _)| *column == name && is_fixed(known, name));
        let typed = fixed.map_or(form.text(name), |(_, text)| text.as_str());
        (name, typed.to_owned())
    };
    columns.map(cell).chain([(PROVIDER, own)]).collect()
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
    which: Which<'_>,
    (known, cells): (&Known, &Cells),
    reason: &str,
    faults: Vec<FieldFault>,
) -> Result<Response, Failure> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut page = visit.page();
    page.place =
        if which.key.is_empty() { "/staff/record".to_owned() } else { place_of(which.key) };
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
            is_fixed: is_fixed(&known.cells, name),
        }
    };
    let columns = files.columns().into_iter().filter(|name| *name != PROVIDER);
    let fields = columns.map(field).collect();
    let (key, purpose) = (which.key.to_owned(), which.purpose.to_owned());
    let (desk, reason) = (visit.desk(), reason.to_owned());
    let version = known.version;
    html(status, &RecordPage { desk, key, purpose, version, fields, reason, faults, page })
}
