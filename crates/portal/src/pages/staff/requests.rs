//! Requests as those who serve find them: by number, or by a person's IIN; and the whole story of one.
//!
//! A purpose comes before anything personal; IINs come in forms and never in addresses. Read next: `story_view.rs` for what is
//! shown of a request.

use app::{DueRequest, LookError, NoteError, StaffAct, StoredRequest, acts};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Iin, Number};
use jiff::Timestamp;

use super::purpose;
use super::records::failure;
use super::story_view::StoryView;
use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::staff::{Desk, DeskVisit};

type Visit = DeskVisit<acts::ReadRequests>;

/// A request in a list.
struct Line {
    number: String,
    state: String,
    at: Timestamp,
}

/// What was typed into the search.
#[derive(Default)]
struct Typed {
    purpose: String,
    number: String,
    iin: String,
}

#[derive(Template)]
#[template(path = "staff/requests.html")]
struct RequestsPage {
    page: Page,
    desk: Desk,
    typed: Typed,
    faults: Vec<FieldFault>,
    purpose_fault: Option<String>,
    found: Option<Vec<Line>>,
    due: Vec<Line>,
}

/// `GET /{language}/staff/requests`
pub async fn show(visit: Visit) -> Result<Response, Failure> {
    search_page(&visit, Typed::default(), Vec::new(), None).await
}

async fn search_page(
    visit: &Visit,
    typed: Typed,
    faults: Vec<FieldFault>,
    found: Option<Vec<StoredRequest>>,
) -> Result<Response, Failure> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = visit.page();
    let line = |one: &StoredRequest, at: Timestamp| Line {
        number: one.number.to_string(),
        state: page.t(&format!("state-{}", one.state.code())),
        at,
    };
    let due = visit.portal.service.due_requests(&visit.permit).await?;
    let due = due.iter().map(|DueRequest { request, .. }| line(request, request.clock.due_at));
    let due = due.collect();
    let found =
        found.map(|found| found.iter().map(|one| line(one, one.clock.accepted_at)).collect());
    let of_purpose = faults.iter().find(|one| one.field == "purpose");
    let purpose_fault = of_purpose.map(|one| one.text.clone());
    let desk = visit.desk();
    html(status, &RequestsPage { desk, typed, faults, purpose_fault, found, due, page })
}

/// `POST /{language}/staff/requests`
pub async fn search(visit: Visit, form: FormFields) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let text = |name: &str| form.text(name).trim().to_owned();
    let typed = Typed { purpose: text("purpose"), number: text("number"), iin: text("iin") };
    let page = visit.page();
    let fault = |field: &str, key: &str| FieldFault { field: field.to_owned(), text: page.t(key) };
    if !typed.number.is_empty() {
        let Ok(number) = Number::parse(&typed.number) else {
            let fault = fault("number", "requests-fault-number");
            return search_page(&visit, typed, vec![fault], None).await;
        };
        return match opened(&visit, &number, &typed.purpose).await {
            Ok(shown) => Ok(shown),
            Err(LookError::NoPurpose) => {
                let fault = fault("purpose", "records-fault-no_purpose");
                search_page(&visit, typed, vec![fault], None).await
            }
            Err(LookError::NotFound) => {
                let erased = visit.portal.service.erased_request(&number).await?;
                let key = erased.map_or("requests-fault-none", |_| "requests-fault-erased");
                let fault = fault("number", key);
                search_page(&visit, typed, vec![fault], None).await
            }
            Err(error) => Err(failure(error)),
        };
    }
    let iin = match Iin::parse(&typed.iin) {
        Ok(iin) => iin,
        Err(error) => {
            let fault = fault("iin", &format!("iin-{}", error.code()));
            return search_page(&visit, typed, vec![fault], None).await;
        }
    };
    match visit.portal.service.requests_for(&visit.permit, iin, &typed.purpose).await {
        Ok(found) => search_page(&visit, typed, Vec::new(), Some(found)).await,
        Err(LookError::NoPurpose) => {
            let fault = fault("purpose", "records-fault-no_purpose");
            search_page(&visit, typed, vec![fault], None).await
        }
        Err(error) => Err(failure(error)),
    }
}

/// `GET /{language}/staff/requests/{number}`: asks what for.
pub async fn ask_purpose(
    visit: Visit,
    Path((_, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let number = number_of(&number)?;
    if !visit.portal.service.has_request(&visit.permit, &number).await? {
        let erased = visit.portal.service.erased_request(&number).await?;
        return Err(erased.map_or(Failure::NotFound, |_| Failure::Gone));
    }
    purpose::page(&visit, asked(&number, "", None))
}

pub(super) fn asked<'a>(
    number: &Number,
    purpose: &'a str,
    fault: Option<&'static str>,
) -> purpose::Asked<'a> {
    let place = format!("/staff/requests/{number}");
    purpose::Asked { about: purpose::About::Request, place, purpose, fault }
}

/// `POST /{language}/staff/requests/{number}`
pub async fn open(
    visit: Visit,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let (number, purpose) = (number_of(&number)?, form.text("purpose"));
    match opened(&visit, &number, purpose).await {
        Ok(shown) => Ok(shown),
        Err(error @ LookError::NoPurpose) => {
            purpose::page(&visit, asked(&number, purpose, Some(error.code())))
        }
        Err(error) => Err(failure(error)),
    }
}

#[derive(Template)]
#[template(path = "staff/request.html")]
struct StoryPage {
    page: Page,
    desk: Desk,
    number: String,
    purpose: String,
    story: StoryView,
    may_note: bool,
}

async fn opened(visit: &Visit, number: &Number, purpose: &str) -> Result<Response, LookError> {
    let story = visit.portal.service.request_story(&visit.permit, number, purpose).await?;
    let mut page = visit.page();
    page.place = format!("/staff/requests/{number}");
    let roles = &visit.permit.member().roles;
    let view = StoryView::of(visit, &page, &story, roles.may(StaffAct::AnnulCertificates)).await;
    let shown = StoryPage {
        desk: visit.desk(),
        number: number.to_string(),
        purpose: purpose.to_owned(),
        story: view,
        may_note: roles.may(StaffAct::NoteRequests),
        page,
    };
    Ok(html(StatusCode::OK, &shown).unwrap_or_else(IntoResponse::into_response))
}

/// `POST /{language}/staff/requests/{number}/notes`
pub async fn note(
    visit: DeskVisit<acts::NoteRequests>,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    visit.require(form.text("token"))?;
    let number = number_of(&number)?;
    let written = visit.portal.service.write_note(&visit.permit, &number, form.text("words")).await;
    match written {
        Ok(()) => {
            let place = format!("/staff/requests/{number}");
            Ok(Redirect::to(&visit.link(&place)).into_response())
        }
        Err(NoteError::Unknown) => Err(Failure::NotFound),
        Err(NoteError::WordsMissing) => Err(Failure::Malformed),
        Err(NoteError::Store(error)) => Err(error.into()),
    }
}

pub(super) fn number_of(text: &str) -> Result<Number, Failure> {
    Number::parse(text).map_err(|_| Failure::NotFound)
}
