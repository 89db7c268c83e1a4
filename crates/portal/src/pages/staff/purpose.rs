//! What is asked before a record or a request is shown: what for.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::staff::{Desk, DeskVisit};

/// What is to be shown.
#[derive(Clone, Copy)]
pub(super) enum About {
    /// A record of the registry.
    Record,
    /// The story of a request.
    Request,
    /// A proposal to annul a certificate.
    Annulment,
}

/// What is asked for.
pub(super) struct Asked<'a> {
    /// What is to be shown.
    pub(super) about: About,
    /// The place that shows it to whoever tells the purpose.
    pub(super) place: String,
    /// The purpose as typed.
    pub(super) purpose: &'a str,
    /// Code of what is wrong with it.
    pub(super) fault: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "staff/purpose.html")]
struct PurposePage {
    page: Page,
    desk: Desk,
    address: String,
    title: String,
    lead: String,
    back: (String, String),
    purpose: String,
    fault: Option<String>,
}

/// The page that asks.
pub(super) fn page<A>(visit: &DeskVisit<A>, asked: Asked<'_>) -> Result<Response, Failure> {
    let Asked { about, place, purpose, fault } = asked;
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut page = visit.page();
    let address = page.link(&place);
    page.place = place;
    let fault = fault.map(|code| page.t(&format!("records-fault-{code}")));
    let (title, lead, back, text) = match about {
        About::Record => ("record-title", "record-purpose-lead", "/staff/records", "records-back"),
        About::Request => {
            ("story-purpose-title", "story-purpose-lead", "/staff/requests", "requests-title")
        }
        About::Annulment => {
            let place = "/staff/annulments";
            ("annulment-purpose-title", "annulment-purpose-lead", place, "annulments-title")
        }
    };
    let shown = PurposePage {
        title: page.t(title),
        lead: page.t(lead),
        back: (page.link(back), page.t(text)),
        desk: visit.desk(),
        purpose: purpose.to_owned(),
        address,
        fault,
        page,
    };
    html(status, &shown)
}
