//! Pages that only tell: the start page, accessibility, personal data.

use app::Operator;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::pages::cabinet::kept_days;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    page: Page,
}

#[derive(Template)]
#[template(path = "accessibility.html")]
struct AccessibilityPage {
    page: Page,
}

#[derive(Template)]
#[template(path = "personal_data.html")]
struct PersonalDataPage {
    page: Page,
    operator: Operator,
    kept_days: Option<String>,
}

/// `GET /{language}`
pub async fn start(visitor: Visitor) -> Result<Response, Failure> {
    html(StatusCode::OK, &StartPage { page: visitor.page() })
}

/// `GET /{language}/accessibility`
pub async fn accessibility(visitor: Visitor) -> Result<Response, Failure> {
    html(StatusCode::OK, &AccessibilityPage { page: visitor.page() })
}

/// `GET /{language}/personal-data`
pub async fn personal_data(visitor: Visitor) -> Result<Response, Failure> {
    let operator = visitor.portal.service.settings().operator.clone();
    let kept_days = kept_days(&visitor.portal);
    html(StatusCode::OK, &PersonalDataPage { page: visitor.page(), operator, kept_days })
}
