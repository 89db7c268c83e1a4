//! The personal cabinet: every request of the person, newest first, with its results.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;

use crate::Shared;
use crate::failure::Failure;
use crate::page::{Page, html};
use crate::pages::messages::{Message, messages_of};
use crate::pages::status::Status;
use crate::visitor::Person;

/// Requests on one page of the cabinet; a full page may have older ones behind it.
const PAGE: usize = 50;
/// Messages shown in the cabinet itself.
const MESSAGES: usize = 3;

/// From where on to list.
#[derive(Debug, Default, Deserialize)]
pub struct Before {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "cabinet.html")]
struct CabinetPage {
    page: Page,
    name: String,
    messages: Vec<Message>,
    requests: Vec<Status>,
    older: Option<i64>,
    session_ends_at: Timestamp,
    sends_letters: bool,
    kept_days: Option<String>,
}

/// For how many days answered requests are kept; `None` where for ever.
pub(super) fn kept_days(portal: &Shared) -> Option<String> {
    portal.service.requests_kept_days().map(|days| days.to_string())
}

/// `GET /{language}/cabinet`
pub async fn show(person: Person, Query(before): Query<Before>) -> Result<Response, Failure> {
    let before = before.before.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let iin = person.session.iin;
    let views = person.visitor.portal.service.requests_of(iin, before).await?;
    let page = person.page();
    let mut messages = messages_of(&person, &page).await?;
    messages.truncate(MESSAGES);
    let last = views.last().map(|view| view.request.clock.accepted_at.as_millisecond());
    let cabinet = CabinetPage {
        name: person.session.name.clone(),
        messages,
        requests: views.iter().map(|view| Status::of(view, &page)).collect(),
        older: last.filter(|_| views.len() >= PAGE),
        session_ends_at: person.session.expires_at,
        sends_letters: person.visitor.portal.service.sends_letters(),
        kept_days: kept_days(&person.visitor.portal),
        page,
    };
    html(StatusCode::OK, &cabinet)
}
