//! What is asked before a record is shown: what for.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::staff::{Desk, OfficerVisit};

/// What is asked for.
pub(super) struct Asked<'a> {
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
    purpose: String,
    fault: Option<String>,
}

/// The page that asks.
pub(super) fn page(visit: &OfficerVisit, asked: Asked<'_>) -> Result<Response, Failure> {
    let Asked { place, purpose, fault } = asked;
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut page = visit.page();
    let address = page.link(&place);
    page.place = place;
    let fault = fault.map(|code| page.t(&format!("records-fault-{code}")));
    let (desk, purpose) = (visit.desk(), purpose.to_owned());
    html(status, &PurposePage { page, desk, address, purpose, fault })
}
