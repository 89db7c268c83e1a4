//! The person's page of who read his data: sources asked, checks of his certificates, officers, programs, signing in.
//!
//! Knows no journal: rows come as `app::Access`, and their words from `locales/`. A word this program does not know is
//! told in general terms. Of whoever looked the page tells where he serves and what for, in his words; not his name.

use app::{Access, LookWay, Workplace};
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
    /// Where whoever looked serves.
    place: Option<String>,
    why: String,
    way: Option<String>,
    /// The request it belongs to, where he can open it.
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
            what: known(format!("access-what-{}", action(access)))
                .unwrap_or_else(|| texts.text(general)),
            who: known(format!("access-who-{}", actor(access)))
                .unwrap_or_else(|| texts.text("access-who-other")),
            place: access.workplace.as_ref().map(|one| place(one, page)),
            why: why(access, page),
            way: known(format!("access-way-{}", way(access))),
            request: own_request(access),
        }
    }
}

fn own_request(access: &Access) -> Option<String> {
    access.request.as_ref().filter(|_| access.is_own_request).map(ToString::to_string)
}

/// The word of what was done; staff who sign in to serve are told so, not as coming into the cabinet.
fn action(access: &Access) -> &str {
    match access.action.as_str() {
        "signed_in" if access.is_own_of_staff() => "staff_signed_in",
        action => action,
    }
}

/// The word of who did it: at his own account somebody of staff is the person himself, or whoever came in as him.
fn actor(access: &Access) -> &str {
    if access.is_own_of_staff() { "staff_self" } else { &access.actor }
}

fn place(workplace: &Workplace, page: &Page) -> String {
    match workplace {
        Workplace::Department(kato) => {
            page.provider(kato).unwrap_or_else(|| kato.as_str().to_owned())
        }
        Workplace::Organisation(bin) => page.with("access-organisation", "bin", &bin.digits()),
    }
}

/// The purpose as it was typed; where nobody is asked for one, what the list is for; else the document or request it is
/// about.
fn why(access: &Access, page: &Page) -> String {
    let texts = page.texts();
    if !access.purpose.is_empty() {
        return texts.with("access-purpose", "purpose", &access.purpose);
    }
    if LookWay::parse(&access.way).is_some_and(LookWay::is_work_itself) {
        return texts.text(&format!("access-alone-{}", access.way));
    }
    let number = access.document.as_ref().or(access.request.as_ref());
    let Some(number) = number.map(ToString::to_string) else {
        let alone = texts.find(&format!("access-alone-{}", action(access)));
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
        // What was added or removed is no channel.
        ("passkey_added" | "passkey_removed", _, _) => "",
        (_, _, way) => way,
    }
}

#[cfg(test)]
mod tests {
    use app::{ACCESSES, Actor, LookWay};
    use domain::Language;

    use crate::texts::texts;

    /// Words of the channels that are no looks of staff.
    const CHANNELS: [&str; 22] = [
        "number",
        "qr",
        "file",
        "known",
        "known_compared",
        "absent",
        "unavailable",
        "unavailable_compared",
        "signature",
        "one_time_password",
        "identity_provider",
        "passkey",
        "portal",
        "api",
        "asked",
        "given",
        "refused",
        "no_answer",
        "silent",
        "1414_desk",
        "1414_software",
        "1414_ivr",
    ];

    #[test]
    fn every_actor_and_every_look_has_words_of_its_own() {
        for language in Language::ALL {
            let has = |key: String| {
                assert!(texts(language).find(&key).is_some(), "{language:?} {key}");
            };
            for actor in Actor::ALL {
                has(format!("access-who-{}", actor.code()));
            }
            for action in ACCESSES {
                has(format!("access-what-{}", action.code()));
            }
            for way in LookWay::ALL {
                has(format!("access-way-{}", way.code()));
                if way.is_work_itself() {
                    has(format!("access-alone-{}", way.code()));
                }
            }
            CHANNELS.iter().for_each(|way| has(format!("access-way-{way}")));
            has("access-what-staff_signed_in".to_owned());
            has("access-alone-staff_signed_in".to_owned());
            has("access-who-staff_self".to_owned());
        }
    }
}
