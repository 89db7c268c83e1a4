//! Consents in the cabinet: all of the person's, the eight items of one, and its withdrawal, which says before what it
//! will do.
//!
//! Read next: `consent_receipt.rs` for what can be downloaded, `app::WithdrawalEffect` for what a withdrawal does.

use app::{Channel, ConsentEntry, RequestView, WithdrawError, WithdrawalEffect};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ConsentRecord;
use jiff::Timestamp;
use serde::Deserialize;

use crate::failure::Failure;
use crate::form::FormFields;
use crate::page::{Page, html};
use crate::pages::request::own_request;
use crate::visitor::Person;

/// Consents on one page; a full page may have older ones behind it.
const PAGE: usize = 50;

/// From where on to list.
#[derive(Debug, Default, Deserialize)]
pub struct Before {
    before: Option<i64>,
}

/// A consent in the list.
struct Line {
    number: String,
    state: String,
    stands: bool,
    decided_at: Timestamp,
    refused_at: Option<Timestamp>,
    withdrawn_at: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "consents.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
    older: Option<i64>,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage {
    page: Page,
    number: String,
    state: String,
    stands: bool,
    decided_at: Timestamp,
    refused_at: Option<Timestamp>,
    withdrawn_at: Option<Timestamp>,
    record: ConsentRecord,
}

#[derive(Template)]
#[template(path = "consent_withdrawal.html")]
struct WithdrawalPage {
    page: Page,
    token: String,
    number: String,
    effect: String,
}

/// `GET /{language}/cabinet/consents`
pub async fn list(person: Person, Query(before): Query<Before>) -> Result<Response, Failure> {
    let before = before.before.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let service = &person.visitor.portal.service;
    let entries = service.consents_by(person.session.iin, before).await?;
    let page = person.page();
    let last = entries.last().map(|one| one.decided_at.as_millisecond());
    let older = last.filter(|_| entries.len() >= PAGE);
    let lines = entries.iter().map(|entry| Line::of(entry, &page)).collect();
    html(StatusCode::OK, &ListPage { lines, older, page })
}

impl Line {
    fn of(entry: &ConsentEntry, page: &Page) -> Self {
        let given = entry.record.decision.is_given();
        Self {
            number: entry.number.to_string(),
            state: state(page, given, entry.withdrawn_at, entry.refused_at),
            stands: given && entry.withdrawn_at.is_none() && entry.refused_at.is_none(),
            decided_at: entry.decided_at,
            refused_at: entry.refused_at,
            withdrawn_at: entry.withdrawn_at,
        }
    }
}

/// How it stands, in words.
fn state(
    page: &Page,
    given: bool,
    withdrawn_at: Option<Timestamp>,
    refused_at: Option<Timestamp>,
) -> String {
    page.t(match (given, withdrawn_at, refused_at) {
        (false, ..) => "consent-state-refused",
        (true, Some(_), _) => "consent-state-withdrawn",
        (true, None, Some(_)) => "consent-state-refused_later",
        (true, None, None) => "consent-state-given",
    })
}

/// `GET /{language}/requests/{number}/consent`
pub async fn show(
    person: Person,
    Path((_, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let view = own_request(&person, &number).await?;
    let page = person.page();
    let record = view.restricted_consent().ok_or(Failure::NotFound)?.clone();
    let shown = ConsentPage {
        number: view.request.number.to_string(),
        state: state(&page, record.decision.is_given(), view.withdrawn_at, view.refused_at),
        stands: view.consent_stands(),
        refused_at: view.refused_at,
        decided_at: view.request.clock.accepted_at,
        withdrawn_at: view.withdrawn_at,
        record,
        page,
    };
    html(StatusCode::OK, &shown)
}

/// `GET /{language}/requests/{number}/consent/withdrawal`: what it would do, and the button.
pub async fn ask(
    person: Person,
    Path((_, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let view = own_request(&person, &number).await?;
    if !view.consent_stands() {
        return Ok(to_consent(&person, &view));
    }
    let page = person.page();
    let code = WithdrawalEffect::of(&view.request).code();
    let effect = page.t(&format!("consent-effect-{code}"));
    let (token, number) = (person.token.clone(), view.request.number.to_string());
    html(StatusCode::OK, &WithdrawalPage { page, token, number, effect })
}

/// `POST /{language}/requests/{number}/consent/withdrawal`: twice is the same as once.
pub async fn withdraw(
    person: Person,
    Path((_, number)): Path<(String, String)>,
    form: FormFields,
) -> Result<Response, Failure> {
    person.require(form.text("token"))?;
    let view = own_request(&person, &number).await?;
    let service = &person.visitor.portal.service;
    let (number, iin) = (&view.request.number, person.session.iin);
    match service.withdraw_consent(number, iin, Channel::Portal).await {
        Ok(_) | Err(WithdrawError::NeverGiven) => Ok(to_consent(&person, &view)),
        Err(WithdrawError::Unknown) => Err(Failure::NotFound),
        Err(WithdrawError::Store(error)) => Err(error.into()),
    }
}

fn to_consent(person: &Person, view: &RequestView) -> Response {
    let place = format!("/requests/{}/consent", view.request.number);
    Redirect::to(&person.visitor.link(&place)).into_response()
}
