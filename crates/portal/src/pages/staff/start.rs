//! The officers' start page: what waits for a person, and where to go on.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::staff::{Desk, OfficerVisit};

#[derive(Template)]
#[template(path = "staff/start.html")]
struct StartPage {
    page: Page,
    desk: Desk,
}

/// `GET /{language}/staff`
pub async fn show(visit: OfficerVisit) -> Result<Response, Failure> {
    html(StatusCode::OK, &StartPage { page: visit.page(), desk: visit.desk() })
}
