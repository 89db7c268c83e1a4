//! Errors as RFC 9457 problem documents: one stable `code` each, `detail` in the reader's language, no personal data.

use app::{Busy, StoreError};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Language;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::breaks::seconds_until;
use crate::failure::{Failure, come_again};
use crate::texts::texts;

/// A problem document.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// Identifies the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:anyqtama:problem:draft_expired")]
    pub kind: String,
    /// HTTP reason.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    #[schema(example = "draft_expired")]
    pub code: String,
    /// What is wrong and what to do, in the language of `Accept-Language`.
    pub detail: String,
    /// End of the technical break, where one is the reason (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-23T10:30:00Z")]
    pub ends_at: Option<String>,
    /// Places in the body that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemPlace>,
}

/// A wrong place in the body.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemPlace {
    /// JSON pointer.
    #[schema(example = "/wards/0")]
    pub pointer: String,
    /// Stable code.
    #[schema(example = "wrong_check_digit")]
    pub code: String,
    /// What is wrong.
    pub detail: String,
}

/// A problem to answer with.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    retry_after_s: Option<u32>,
    body: Box<ProblemBody>,
}

impl Problem {
    /// A problem of a status and code.
    #[must_use]
    pub fn new(language: Language, status: StatusCode, code: &str) -> Self {
        let is_wait = status == StatusCode::SERVICE_UNAVAILABLE;
        Self {
            status,
            retry_after_s: is_wait.then_some(30),
            body: Box::new(ProblemBody {
                kind: format!("urn:anyqtama:problem:{code}"),
                title: status.canonical_reason().unwrap_or("Error").to_owned(),
                status: status.as_u16(),
                code: code.to_owned(),
                detail: texts(language).fault(code),
                ends_at: None,
                errors: Vec::new(),
            }),
        }
    }

    /// A problem of a status alone.
    fn of(language: Language, status: StatusCode) -> Self {
        Self::new(language, status, code_of(status))
    }

    /// The same with the wrong places.
    #[must_use]
    pub fn at(mut self, errors: Vec<ProblemPlace>) -> Self {
        self.body.errors = errors;
        self
    }

    /// The same until the end of a technical break.
    #[must_use]
    pub fn until(mut self, ends_at: Timestamp, now: Timestamp) -> Self {
        self.retry_after_s = Some(seconds_until(ends_at, now));
        self.body.ends_at = Some(ends_at.to_string());
        self
    }

    /// The same, worth another try from a moment on, in these words.
    #[must_use]
    pub fn again_at(mut self, moment: Timestamp, now: Timestamp, detail: String) -> Self {
        self.retry_after_s = Some(seconds_until(moment, now));
        self.body.detail = detail;
        self
    }

    /// The same in these words.
    #[must_use]
    pub fn saying(mut self, detail: String) -> Self {
        self.body.detail = detail;
        self
    }

    /// The same, worth another try from a moment on.
    #[must_use]
    pub fn again_after(mut self, moment: Timestamp, now: Timestamp) -> Self {
        self.retry_after_s = Some(seconds_until(moment, now));
        self
    }

    /// No token, or not ours.
    #[must_use]
    pub fn unauthorized(language: Language) -> Self {
        Self::new(language, StatusCode::UNAUTHORIZED, "unauthorized")
    }

    /// Nothing there.
    #[must_use]
    pub fn not_found(language: Language) -> Self {
        Self::new(language, StatusCode::NOT_FOUND, "not_found")
    }

    /// It was there and is no longer kept.
    #[must_use]
    pub fn gone(language: Language) -> Self {
        Self::new(language, StatusCode::GONE, "no_longer_kept")
    }

    /// The body cannot be read as what it must be.
    #[must_use]
    pub fn malformed(language: Language) -> Self {
        Self::new(language, StatusCode::BAD_REQUEST, "malformed_body")
    }

    /// A failure told in the way of the API.
    #[must_use]
    pub fn of_failure(language: Language, failure: Failure) -> Self {
        if let Failure::Busy(busy) = failure {
            return Self::busy(language, busy);
        }
        let mut problem = Self::of(language, failure.status());
        if let Some(seconds) = failure.retry_after() {
            problem.retry_after_s = u32::try_from(seconds).ok();
        }
        problem
    }

    /// More is asked of the service than it can do now, whoever asks.
    #[must_use]
    pub fn busy(language: Language, busy: Busy) -> Self {
        let mut problem = Self::new(language, StatusCode::TOO_MANY_REQUESTS, busy.code());
        problem.body.detail = come_again(language, busy);
        problem.retry_after_s = Some(busy.retry_after_s);
        problem
    }

    /// The store failed; the reason goes to the log.
    #[must_use]
    pub fn store(language: Language, error: &StoreError) -> Self {
        tracing::error!(%error, "the store failed an API call");
        Self::new(language, StatusCode::SERVICE_UNAVAILABLE, "store_unavailable")
    }
}

impl ProblemPlace {
    /// A wrong place with the words of a code.
    #[must_use]
    pub fn new(language: Language, pointer: String, code: &str) -> Self {
        let texts = texts(language);
        let words = texts.find(&format!("iin-{code}"));
        let detail = words.unwrap_or_else(|| texts.fault(code));
        Self { pointer, code: code.to_owned(), detail }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.body).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut answer = (self.status, [(header::CONTENT_TYPE, kind)], body).into_response();
        let headers = answer.headers_mut();
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer
    }
}

/// The problem of a bare status, as layers and the router answer.
#[must_use]
pub fn of_status(language: Language, status: StatusCode) -> Response {
    Problem::of(language, status).into_response()
}

fn code_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        410 => "no_longer_kept",
        413 => "body_too_large",
        415 => "unsupported_media_type",
        429 => "too_many_attempts",
        503 => "store_unavailable",
        400..500 => "malformed_body",
        _ => "internal",
    }
}
