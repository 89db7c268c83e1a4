//! The person's page of who read his data: sources asked, checks of his certificates, officers, programs, signing in.
//!
//! Knows no journal: rows come as `app::Access`, and their words from `locales/`. A word this program does not know is
//! told in general terms.

use app::Access;
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::visitor::Person;

/// From where on to list.
#[derive(Debug, Default, Deserialize)]
pub struct Before {
    before: Option<i64>,
}

/// One line in words.
struct Line {
    at: Timestamp,
    what: String,
    who: String,
    why: String,
    way: Option<String>,
    /// The request it belongs to.
    request: Option<String>,
}

#[derive(Template)]
#[template(path = "access.html")]
struct AccessListPage {
    page: Page,
    lines: Vec<Line>,
    older: Option<i64>,
}

/// `GET /{language}/cabinet/access`
pub async fn show(person: Person, Query(before): Query<Before>) -> Result<Response, Failure> {
    let service = &person.visitor.portal.service;
    let found = service.accesses_of(person.session.iin, before.before).await?;
    let page = person.page();
    let lines = found.lines.iter().map(|access| Line::of(access, &page)).collect();
    html(StatusCode::OK, &AccessListPage { lines, older: found.older, page })
}

impl Line {
    fn of(access: &Access, page: &Page) -> Self {
        let texts = page.texts();
        let known = |key: String| texts.find(&key);
        let is_staff = app::Actor::parse(&access.actor).is_some_and(app::Actor::is_staff);
        let general = if is_staff { "access-what-staff" } else { "access-what-other" };
        Self {
            at: access.at,
            what: known(format!("access-what-{}", access.action))
                .unwrap_or_else(|| texts.text(general)),
            who: known(format!("access-who-{}", access.actor))
                .unwrap_or_else(|| texts.text("access-who-other")),
            why: why(access, page),
            way: known(format!("access-way-{}", way(access))),
            request: access.request.as_ref().map(ToString::to_string),
        }
    }
}

/// The purpose, with the number of the document or request it is about.
fn why(access: &Access, page: &Page) -> String {
    let texts = page.texts();
    let number = access.document.as_ref().or(access.request.as_ref());
    let Some(number) = number.map(ToString::to_string) else {
        let alone = texts.find(&format!("access-alone-{}", access.action));
        return alone.unwrap_or_else(|| texts.text("access-alone-other"));
    };
    let key = format!("access-why-{}", access.action);
    let key = if texts.find(&key).is_some() { key.as_str() } else { "access-why-other" };
    texts.with(key, "number", &number)
}

/// The channel as the journal names it, or as it follows from who acted.
fn way(access: &Access) -> &str {
    match (access.action.as_str(), access.actor.as_str(), access.way.as_str()) {
        ("signed_in", _, "") => "signature",
        ("downloaded", "applicant", _) => "portal",
        ("downloaded", "api_client", _) => "api",
        (_, _, way) => way,
    }
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use crate::texts::texts;

    #[test]
    fn every_actor_and_every_look_has_words_of_its_own() {
        let actors = app::Actor::ALL.map(app::Actor::code);
        let looks = ["data_bank_asked", "checked", "downloaded", "signed_in"];
        let ways = [
            "number",
            "qr",
            "file",
            "known",
            "absent",
            "unavailable",
            "signature",
            "one_time_password",
            "identity_provider",
            "passkey",
            "portal",
            "api",
        ];
        for language in Language::ALL {
            let has = |key: String| {
                assert!(texts(language).find(&key).is_some(), "{language:?} {key}");
            };
            actors.iter().for_each(|actor| has(format!("access-who-{actor}")));
            looks.iter().for_each(|action| has(format!("access-what-{action}")));
            ways.iter().for_each(|way| has(format!("access-way-{way}")));
        }
    }
}
