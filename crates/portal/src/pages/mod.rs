//! The pages, one file a step of a person's way: start, sign in, ask, sign, wait, cabinet, check.
//!
//! A handler extracts, asks one use case and renders; texts are in `locales/`, mark-up in `templates/`.

pub mod about;
pub mod access;
mod answers;
pub mod asking;
pub mod automated_decision;
pub mod cabinet;
pub mod check;
pub mod complaint;
pub mod consent_receipt;
pub mod consents;
pub mod email;
pub mod figures;
pub mod help;
pub mod identity_provider;
pub mod messages;
pub mod one_time_password;
pub mod phone_signing;
mod progress;
pub mod providers;
pub mod recourse;
pub mod repair;
pub mod request;
pub mod request_form;
pub mod result;
pub mod second_step;
pub mod sign;
pub mod sign_in;
pub mod staff;
mod status;
mod verdict;

use app::Busy;
use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{FormVersion, Language};

use crate::Shared;
use crate::failure::{Failure, come_again};
use crate::language::{language_of_path, place_of_path};
use crate::page::{Page, html};

/// An error in an answer, beside its field and in the summary on top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// Identifier of the field.
    pub field: String,
    /// What is wrong and what to do.
    pub text: String,
}

/// Every fault of one field.
#[must_use]
pub fn faults_of<'a>(faults: &'a [FieldFault], field: &str) -> Vec<&'a str> {
    faults.iter().filter(|fault| fault.field == field).map(|fault| fault.text.as_str()).collect()
}

/// Identifier of the field of the ward at a place, from 1.
#[must_use]
pub fn ward_field(place: usize) -> String {
    format!("ward-{place}")
}

/// Identifier of one answer to a question.
#[must_use]
pub fn answer_field(question: &str, answer: &str) -> String {
    format!("{question}-{answer}")
}

/// A version of the forms in words.
#[must_use]
pub fn form_words(page: &Page, version: FormVersion) -> String {
    let (key, number) = match version {
        FormVersion::BuiltIn(number) => ("form-built-in", number),
        FormVersion::Released(number) => ("form-released", number),
    };
    page.with(key, "number", &number.to_string())
}

/// An error in words.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    page: Page,
    status: u16,
    title: String,
    text: String,
}

impl ErrorPage {
    /// The page of a status; where too many came at once, of that.
    #[must_use]
    pub fn respond(
        portal: &Shared,
        language: Language,
        path: &str,
        status: StatusCode,
        busy: Option<Busy>,
    ) -> Response {
        let page = Page::new(portal, language, place_of_path(path), None);
        let family = match (busy, status.as_u16()) {
            (Some(busy), _) => busy.code().to_owned(),
            (None, known @ (403 | 404 | 405 | 410 | 413 | 429 | 503)) => known.to_string(),
            (None, 400..500) => "400".to_owned(),
            (None, _) => "500".to_owned(),
        };
        let title = page.t(&format!("error-{family}-title"));
        let text = match busy {
            Some(busy) => come_again(language, busy),
            None => page.t(&format!("error-{family}-text")),
        };
        let error = Self { page, status: status.as_u16(), title, text };
        html(status, &error).unwrap_or_else(|_| status.into_response())
    }
}

/// Addresses under an unknown language do not exist.
pub async fn known_language(request: Request, next: Next) -> Response {
    match language_of_path(request.uri().path()) {
        Some(_) => next.run(request).await,
        None => Failure::NotFound.into_response(),
    }
}
