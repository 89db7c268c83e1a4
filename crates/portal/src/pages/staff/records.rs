//! Officers at the registry: the search, one record with its history, the list of contradictions, the export.
//!
//! A purpose comes first and with every look; IINs and names come in forms and never in addresses, where a record goes by its
//! key, which shows neither. Read next: `record_view.rs` for what is shown of a record.

use app::{
    AtDesk, ConflictsPage, ExportFormat, Found, LookError, PresentRecord, RecordExport, Service,
    Sought,
};
use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Iin;
use futures_util::stream;
use serde::Deserialize;
use std::sync::Arc;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::pages::staff::purpose;
use crate::pages::staff::record_view::{AskedMoment, FoundLine, HistoryView};
use crate::staff::{Desk, OfficerVisit};
use crate::times::date_words;

/// What was typed into the search.
#[derive(Clone, Debug, Default)]
pub struct SearchForm {
    purpose: String,
    iin: String,
    surname: String,
    given: String,
    act: String,
}

impl SearchForm {
    fn of(form: &FormFields) -> Self {
        let text = |name: &str| form.text(name).trim().to_owned();
        Self {
            purpose: text("purpose"),
            iin: text("iin"),
            surname: text("surname"),
            given: text("given"),
            act: text("act"),
        }
    }

    /// The one thing that is looked for; of several filled fields the most exact.
    fn sought(&self, page: &Page) -> Result<Sought, FieldFault> {
        if !self.iin.is_empty() {
            return Iin::parse(&self.iin).map(Sought::Iin).map_err(|error| FieldFault {
                field: "iin".to_owned(),
                text: page.t(&format!("iin-{}", error.code())),
            });
        }
        if !self.act.is_empty() {
            return Ok(Sought::Act(self.act.clone()));
        }
        Ok(Sought::Name { surname: self.surname.clone(), given: self.given.clone() })
    }
}

#[derive(Template)]
#[template(path = "staff/records.html")]
struct RecordsPage {
    page: Page,
    desk: Desk,
    form: SearchForm,
    faults: Vec<FieldFault>,
    found: Option<FoundBlock>,
}

/// What was found, in words.
struct FoundBlock {
    lines: Vec<FoundLine>,
    is_cut: bool,
    is_complete: bool,
    is_of_whole_surnames: bool,
}

/// The officer at his department's desk.
#[must_use]
pub fn at_desk(visit: &OfficerVisit) -> AtDesk {
    AtDesk { officer: visit.officer.iin, department: visit.officer.provider.clone() }
}

/// `GET /{language}/staff/records`
pub async fn show(visit: OfficerVisit) -> Result<Response, Failure> {
    records_page(&visit, SearchForm::default(), Vec::new(), None)
}

/// `POST /{language}/staff/records`
pub async fn search(visit: OfficerVisit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let form = SearchForm::of(&form);
    let page = visit.page();
    let sought = match form.sought(&page) {
        Ok(sought) => sought,
        Err(fault) => return records_page(&visit, form, vec![fault], None),
    };
    let service = &visit.portal.service;
    match service.find_records(&at_desk(&visit), &sought, &form.purpose).await {
        Ok(found) => records_page(&visit, form, Vec::new(), Some(found)),
        Err(error @ (LookError::NoPurpose | LookError::NothingSought)) => {
            let field = if matches!(error, LookError::NoPurpose) { "purpose" } else { "surname" };
            let text = page.t(&format!("records-fault-{}", error.code()));
            records_page(&visit, form, vec![FieldFault { field: field.to_owned(), text }], None)
        }
        Err(error) => Err(failure(error)),
    }
}

fn records_page(
    visit: &OfficerVisit,
    form: SearchForm,
    faults: Vec<FieldFault>,
    found: Option<Found>,
) -> Result<Response, Failure> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = visit.page();
    let own = &visit.officer.provider;
    let found = found.map(|found| FoundBlock {
        lines: found.records.iter().map(|one| FoundLine::of(one, (&page, own))).collect(),
        is_cut: found.is_cut,
        is_complete: found.is_complete,
        is_of_whole_surnames: found.is_of_whole_surnames,
    });
    html(status, &RecordsPage { desk: visit.desk(), form, faults, found, page })
}

/// What may go wrong with a look, as an answer.
pub(super) fn failure(error: LookError) -> Failure {
    match error {
        LookError::Store(error) => error.into(),
        LookError::NotFound => Failure::NotFound,
        LookError::NoPurpose | LookError::NothingSought => Failure::Malformed,
        LookError::File(error) => {
            tracing::error!(%error, "records cannot be exported");
            Failure::Broken
        }
    }
}

#[derive(Template)]
#[template(path = "staff/record_history.html")]
struct RecordPage {
    page: Page,
    desk: Desk,
    key: String,
    purpose: String,
    history: HistoryView,
}

/// `GET /{language}/staff/records/{key}`: asks what for.
pub async fn ask_purpose(
    visit: OfficerVisit,
    Path((_, key)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let place = format!("/staff/records/{}", record_key(key)?);
    let about = purpose::About::Record;
    purpose::page(&*visit, purpose::Asked { about, place, purpose: "", fault: None })
}

/// `POST /{language}/staff/records/{key}`
pub async fn history(
    visit: OfficerVisit,
    Path((_, key)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let key = record_key(key)?;
    let purpose = form.text("purpose").to_owned();
    let known_at = AskedMoment::parse(form.text("known_on"), form.text("known_at"));
    let moment = known_at.map(AskedMoment::moment);
    let asked = (purpose.as_str(), moment);
    let found = visit.portal.service.record_history(&at_desk(&visit), &key, asked).await;
    match found {
        Ok(history) => {
            let (page, desk) = (visit.page(), visit.desk());
            let history = HistoryView::of(&history, known_at, (&page, &visit.officer.provider));
            html(StatusCode::OK, &RecordPage { page, desk, key, purpose, history })
        }
        Err(error @ LookError::NoPurpose) => {
            let (place, fault) = (format!("/staff/records/{key}"), Some(error.code()));
            let about = purpose::About::Record;
            purpose::page(&*visit, purpose::Asked { about, place, purpose: &purpose, fault })
        }
        Err(error) => Err(failure(error)),
    }
}

/// Keys are hexadecimal digests; nothing else is asked for.
pub(super) fn record_key(key: String) -> Result<String, Failure> {
    let is_key = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_key { Ok(key) } else { Err(Failure::NotFound) }
}

/// From which record on.
#[derive(Debug, Default, Deserialize)]
pub struct After {
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "staff/conflicts.html")]
struct ConflictsView {
    page: Page,
    desk: Desk,
    lines: Vec<ConflictLine>,
    next: Option<String>,
}

/// A record with what contradicts it, in words.
struct ConflictLine {
    key: String,
    ward: String,
    act: String,
    conflicts: Vec<ConflictWords>,
}

struct ConflictWords {
    text: String,
    todo: String,
    other: Option<(String, String)>,
}

/// `GET /{language}/staff/conflicts`
pub async fn conflicts(
    visit: OfficerVisit,
    Query(after): Query<After>,
) -> Result<Response, Failure> {
    let after = Some(after.after).filter(|key| !key.is_empty()).map(record_key).transpose()?;
    let service = &visit.portal.service;
    let found = service.conflicts_of(&at_desk(&visit), after.as_deref()).await.map_err(failure)?;
    let page = visit.page();
    let ConflictsPage { found, next } = found;
    let lines = found.iter().map(|(record, found)| conflict_line(record, found, &page)).collect();
    let next = next.map(|key| page.link(&format!("/staff/conflicts?after={key}")));
    html(StatusCode::OK, &ConflictsView { desk: visit.desk(), lines, next, page })
}

/// Names are masked in the list: whoever works on a line opens its record and says so.
fn conflict_line(record: &PresentRecord, found: &[app::Conflict], page: &Page) -> ConflictLine {
    let (ward, act) = (&record.row.ward.ward, &record.row.ward.placement.act);
    let conflicts = found.iter().map(|one| {
        let code = one.kind.code();
        let keeper = one.other_kept_by.as_ref().map(|kato| {
            let own = kato.as_str().to_owned();
            page.provider(page.todays_provider(kato)).unwrap_or(own)
        });
        ConflictWords {
            text: page.t(&format!("conflict-{code}")),
            todo: page.t(&format!("conflict-{code}-todo")),
            other: one.other.clone().zip(keeper),
        }
    });
    ConflictLine {
        key: record.key.clone(),
        ward: ward.name.masked(),
        act: page.texts().with_all(
            "records-act-words",
            &[("number", act.number.as_str()), ("date", &date_words(page.texts(), act.date))],
        ),
        conflicts: conflicts.collect(),
    }
}

#[derive(Template)]
#[template(path = "staff/export.html")]
struct ExportPage {
    page: Page,
    desk: Desk,
    fault: Option<String>,
}

/// `GET /{language}/staff/export`
pub async fn export_form(visit: OfficerVisit) -> Result<Response, Failure> {
    html(StatusCode::OK, &ExportPage { page: visit.page(), desk: visit.desk(), fault: None })
}

/// `POST /{language}/staff/export`
pub async fn export(visit: OfficerVisit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let format = ExportFormat::parse(form.text("format")).unwrap_or(ExportFormat::Xlsx);
    let service = Arc::clone(&visit.portal.service);
    match service.export_records(&at_desk(&visit), format, form.text("purpose")).await {
        Ok(export) => {
            let day = domain::astana_date(service.now());
            let name =
                format!("records-{}-{day}.{}", visit.officer.provider.as_str(), format.code());
            Ok(file_answer(service, export, format, &name))
        }
        Err(LookError::NoPurpose) => {
            let page = visit.page();
            let fault = Some(page.t("records-fault-no_purpose"));
            html(StatusCode::UNPROCESSABLE_ENTITY, &ExportPage { page, desk: visit.desk(), fault })
        }
        Err(error) => Err(failure(error)),
    }
}

/// A file sent as it is made. A fault amid it breaks the connection off, so that no part passes for the whole.
fn file_answer(
    service: Arc<Service>,
    export: RecordExport,
    format: ExportFormat,
    name: &str,
) -> Response {
    let pieces = stream::unfold((service, export), |(service, mut export)| async move {
        match service.export_piece(&mut export).await {
            Ok(Some(piece)) => Some((Ok(Bytes::from(piece)), (service, export))),
            Ok(None) => None,
            Err(error) => {
                tracing::error!(%error, "an export is broken off");
                Some((Err(error), (service, export)))
            }
        }
    });
    let mut answer = Body::from_stream(pieces).into_response();
    let fields = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    for (field, value) in fields {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(field, value);
        }
    }
    answer
}
