//! The person's e-mail address for notices: to leave one, to confirm it by the code that was sent there, to take it back.

use app::{EmailError, EmailStanding};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::FieldFault;
use crate::visitor::Person;

/// Where it is.
const PLACE: &str = "/cabinet/email";

#[derive(Template)]
#[template(path = "email.html")]
struct EmailPage {
    page: Page,
    token: String,
    /// The address notices go to.
    confirmed: Option<String>,
    /// One that waits for its code, and until when.
    waiting: Option<(String, Timestamp)>,
    /// As it was typed.
    typed: String,
    faults: Vec<FieldFault>,
}

/// `GET /{language}/cabinet/email`
pub async fn show(person: Person) -> Result<Response, Failure> {
    page_of(&person, None, "").await
}

/// `POST /{language}/cabinet/email`
pub async fn leave(person: Person, form: FormFields) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let (page, typed) = (person.page(), form.text("email"));
    let words = |code: &str| {
        let texts = page.texts();
        let text = texts.with_all("email-letter", &[("code", code), ("domain", page.domain())]);
        (texts.with("email-letter-subject", "domain", page.domain()), text)
    };
    let service = &person.visitor.portal.service;
    let left = service.leave_email(person.session.iin, typed, page.language, words).await;
    told(&person, left, typed).await
}

/// `POST /{language}/cabinet/email/confirm`
pub async fn confirm(person: Person, form: FormFields) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let service = &person.visitor.portal.service;
    let confirmed = service.confirm_email(person.session.iin, form.text("code")).await;
    told(&person, confirmed, "").await
}

/// `POST /{language}/cabinet/email/remove`
pub async fn remove(person: Person, form: FormFields) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let removed = person.visitor.portal.service.remove_email(person.session.iin).await;
    told(&person, removed, "").await
}

async fn told(
    person: &Person,
    outcome: Result<(), EmailError>,
    typed: &str,
) -> Result<Response, Failure> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&person.visitor.link(PLACE)).into_response()),
        Err(error) => page_of(person, Some(error), typed).await,
    }
}

async fn page_of(
    person: &Person,
    error: Option<EmailError>,
    typed: &str,
) -> Result<Response, Failure> {
    if let Some(EmailError::Store(error)) = error {
        return Err(error.into());
    }
    let mut page = person.page();
    page.place = PLACE.to_owned();
    let standing = match person.visitor.portal.service.email_of(person.session.iin).await {
        Ok(standing) => standing,
        Err(EmailError::Store(error)) => return Err(error.into()),
        Err(_) => return Err(Failure::NotFound),
    };
    let faults = error.iter().map(|error| fault_of(&page, &standing, error)).collect();
    let status = error.as_ref().map_or(StatusCode::OK, status_of);
    let EmailStanding { confirmed, waiting } = standing;
    let shown = EmailPage {
        token: person.token.clone(),
        confirmed: confirmed.map(|address| address.as_str().to_owned()),
        waiting: waiting.map(|(address, until)| (address.as_str().to_owned(), until)),
        typed: typed.to_owned(),
        faults,
        page,
    };
    html(status, &shown)
}

fn fault_of(page: &Page, standing: &EmailStanding, error: &EmailError) -> FieldFault {
    let key = format!("fault-{}", error.code());
    let text = match error {
        EmailError::Wait(until) => page.with(&key, "until", &page.moment(until)),
        EmailError::Wrong { left } => page.with(&key, "left", &left.to_string()),
        _ => page.t(&key),
    };
    let is_code =
        matches!(error, EmailError::Form | EmailError::NoneSent | EmailError::Wrong { .. });
    let field = if is_code && standing.waiting.is_some() { "code" } else { "email" };
    FieldFault { field: field.to_owned(), text }
}

fn status_of(error: &EmailError) -> StatusCode {
    match error {
        EmailError::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
        error if error.is_outage() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
