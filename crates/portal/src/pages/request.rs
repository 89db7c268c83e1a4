//! The page of one request: confirmation, status, result; and its printable receipt. Another person's is not found.
//!
//! Everything shown is read from the store; nothing waits for anybody. Read next: `status.rs`.

use app::RequestView;
use askama::Template;
use axum::Json;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Number;
use serde_json::json;
use tokio::try_join;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::pages::progress::Progress;
use crate::pages::recourse::Recourse;
use crate::pages::repair::Repair;
use crate::pages::status::Status;
use crate::visitor::Person;

#[derive(Template)]
#[template(path = "request.html")]
struct RequestPage {
    page: Page,
    status: Status,
    progress: Progress,
    repair: Option<Repair>,
    recourse: Recourse,
    consents: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusBlock {
    page: Page,
    status: Status,
}

#[derive(Template)]
#[template(path = "progress.html")]
struct ProgressBlock {
    page: Page,
    progress: Progress,
    repair: Option<Repair>,
    recourse: Recourse,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    page: Page,
    status: Status,
    name: String,
    consents: Vec<(String, String)>,
}

/// `GET /{language}/requests/{number}`
pub async fn show(
    person: Person,
    Path((_, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let view = own_request(&person, &number).await?;
    let mut page = person.page();
    let status = Status::of(&view, &page);
    page.refresh = status.retry_after_s();
    let (progress, consents) = (Progress::of(&view, &page), consents(&view, &page));
    let again_s = status.retry_after_s();
    let number = &view.request.number;
    let (repair, recourse) =
        try_join!(Repair::of(&person, number, &page), Recourse::of(&person, number, &page))?;
    let shown = RequestPage { progress, repair, recourse, consents, status, page };
    let answer = html(StatusCode::OK, &shown)?;
    Ok(asking_again(answer, again_s))
}

/// `GET /{language}/requests/{number}/state`
pub async fn state(
    person: Person,
    Path((_, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let view = own_request(&person, &number).await?;
    let page = person.page();
    let number = &view.request.number;
    let (repair, recourse) =
        try_join!(Repair::of(&person, number, &page), Recourse::of(&person, number, &page))?;
    let progress = ProgressBlock { progress: Progress::of(&view, &page), repair, recourse, page };
    let page = person.page();
    let block = StatusBlock { status: Status::of(&view, &page), page };
    let status = &block.status;
    let body = json!({
        "state": status.mark,
        "final": status.is_final,
        "html": block.render()?,
        "progress": { "mark": progress.progress.mark, "html": progress.render()? },
    });
    Ok(asking_again(Json(body).into_response(), status.retry_after_s()))
}

/// Says when asking again is worth while, as long as the answer is not there.
fn asking_again(mut answer: Response, again_s: Option<u32>) -> Response {
    if let Some(seconds) = again_s {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

/// `GET /{language}/requests/{number}/receipt`
pub async fn receipt(
    person: Person,
    Path((_, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let view = own_request(&person, &number).await?;
    let page = person.page();
    let (status, consents) = (Status::of(&view, &page), consents(&view, &page));
    let name = view.request.applicant_name.clone();
    let again_s = status.retry_after_s();
    let answer = html(StatusCode::OK, &ReceiptPage { name, consents, status, page })?;
    Ok(asking_again(answer, again_s))
}

/// The person's own request; a wrong, unknown or foreign number is the same to him. One that is no longer kept is nobody's, so everybody
/// may hear that.
pub(super) async fn own_request(person: &Person, number: &str) -> Result<RequestView, Failure> {
    let number = Number::parse(number).map_err(|_| Failure::NotFound)?;
    let viewer = Some(person.session.iin);
    let service = &person.visitor.portal.service;
    match service.request_view(&number, viewer).await? {
        Some(view) => Ok(view),
        None => match service.erased_request(&number).await? {
            Some(_) => Err(Failure::Gone),
            None => Err(Failure::NotFound),
        },
    }
}

/// Title and answer of each consent.
fn consents(view: &RequestView, page: &Page) -> Vec<(String, String)> {
    let answer = |given: bool| page.t(if given { "consent-given" } else { "consent-refused" });
    let title = |kind| match kind {
        domain::ConsentKind::RestrictedData => page.t("consent-restricted-short"),
        domain::ConsentKind::ProtectedSecret => page.t("consent-secret-short"),
    };
    view.consents
        .iter()
        .map(|record| (title(record.kind), answer(record.decision.is_given())))
        .collect()
}
