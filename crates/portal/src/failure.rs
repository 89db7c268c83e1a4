//! What goes wrong on the way to or from a use case, and the one place that turns it into a page or a problem
//! document in the reader's language.
//!
//! Handlers and layers answer with a bare status; `explained` fills in the words. Read next: `api/problem.rs`.

use app::{Busy, StoreError};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Language;

use crate::Shared;
use crate::api::problem::{self, Problem};
use crate::language::{language_of_path, preferred};
use crate::pages::ErrorPage;
use crate::texts::texts;

/// A failure without words yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No such page; also another person's page.
    NotFound,
    /// It was there and is no longer kept.
    Gone,
    /// The form cannot be shown to have come from our own page.
    Forbidden,
    /// The body cannot be read.
    Malformed,
    /// The body is too large.
    TooLarge,
    /// Too many attempts from one address.
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// More is asked than can be done now; nothing was begun.
    Busy(Busy),
    /// The store does not answer; nothing was done.
    Unavailable,
    /// Our own fault.
    Broken,
}

impl Failure {
    /// Its status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone => StatusCode::GONE,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany { .. } | Self::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which it is worth while to try again, where it is.
    #[must_use]
    pub fn retry_after(self) -> Option<u64> {
        match self {
            Self::TooMany { retry_after } => Some(retry_after),
            Self::Busy(busy) => Some(busy.retry_after_s.into()),
            Self::Unavailable => Some(30),
            Self::NotFound
            | Self::Gone
            | Self::Forbidden
            | Self::Malformed
            | Self::TooLarge
            | Self::Broken => None,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Self::Busy(busy) = self {
            return sent_away(response, busy);
        }
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Busy> for Failure {
    fn from(busy: Busy) -> Self {
        Self::Busy(busy)
    }
}

/// That and when to come again, in words: the same time as programs are told.
pub fn come_again(language: Language, busy: Busy) -> String {
    texts(language).with("fault-busy_again", "seconds", &busy.retry_after_s.to_string())
}

/// Marks an answer that has nothing to do with how often this one has asked.
#[derive(Clone, Copy)]
struct OfAll(Busy);

/// The answer with status, time to come again, and the mark that it is not counted as an attempt.
pub fn sent_away(mut response: Response, busy: Busy) -> Response {
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, busy.retry_after_s.into());
    response.extensions_mut().insert(OfAll(busy));
    response
}

/// Whether somebody was sent away because too many came, and not because he asked too often.
pub fn is_sent_away(response: &Response) -> bool {
    response.extensions().get::<OfAll>().is_some()
}

impl From<StoreError> for Failure {
    /// A store that is away is told apart from a row that cannot be read: waiting helps with the first only.
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed a page");
        match error {
            StoreError::Unavailable(_) => Self::Unavailable,
            StoreError::Stale
            | StoreError::LeaseLost
            | StoreError::AlreadyUsed
            | StoreError::NumberTaken
            | StoreError::Corrupt(_) => Self::Broken,
        }
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page cannot be rendered");
        Self::Broken
    }
}

/// Gives every bare error its words: a page, or under `/api` a problem document.
pub async fn explained(State(portal): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let language = language_of_path(&path).unwrap_or_else(|| preferred(request.headers()));
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() || has_words(&response) {
        return response;
    }
    let busy = response.extensions().get::<OfAll>().map(|all| all.0);
    let is_program =
        ["/api/", "/schemas/", "/mgovSign/"].iter().any(|programs| path.starts_with(programs));
    let mut explained = match (is_program, busy) {
        (true, Some(busy)) => Problem::busy(language, busy).into_response(),
        (true, None) => problem::of_status(language, status),
        (false, _) => ErrorPage::respond(&portal, language, &path, status, busy),
    };
    for name in [header::RETRY_AFTER, header::ALLOW, header::SET_COOKIE] {
        if let Some(value) = response.headers().get(&name) {
            explained.headers_mut().insert(name, value.clone());
        }
    }
    explained
}

fn has_words(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| {
        ["text/html", "application/problem+json", "application/json"]
            .iter()
            .any(|known| kind.starts_with(known))
    })
}
