//! `POST /api/v1/requests`: a signed request. The same key and body give the same answer.

use app::{Channel, IdempotencyKey, StoredRequest, Submission, SubmitError, Submitted};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Language;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::api::Client;
use crate::api::drafts::unread;
use crate::api::problem::{Problem, ProblemBody, ProblemPlace};
use crate::api::reading::{asking_again, state_words};

/// Longest idempotency key.
const KEY_MAX: usize = 200;

/// The signed request.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedBody {
    /// CMS with the document inside, base64.
    signed_request: String,
}

/// A registered request.
#[derive(Serialize, ToSchema)]
pub struct Accepted {
    /// Its number.
    #[schema(example = "S-2345-6789-A")]
    number: String,
    /// `accepted`, `checking`, `granted` or `refused`.
    state: &'static str,
    /// When it was registered (RFC 3339).
    accepted_at: String,
    /// Until when it must be answered (RFC 3339).
    due_at: String,
    /// `registered`; `repeated` for the same key and body; `already_submitted` where the document was submitted
    /// before; `open_request` where the person has a request that is not answered yet.
    outcome: &'static str,
    /// Where to go on.
    links: Links,
}

/// Where to go on.
#[derive(Serialize, ToSchema)]
pub struct Links {
    /// The request in this API.
    #[serde(rename = "self")]
    own: String,
    /// The request in the person's cabinet.
    page: String,
}

/// Submit a signed request
#[utoipa::path(
    post, path = "/api/v1/requests", request_body = SignedBody, security(("bearer" = [])),
    params(("Idempotency-Key" = String, Header, description = "Chosen by the client, 1 to 200 visible ASCII characters")),
    responses(
        (status = 202, description = "Registered, or found registered; `Retry-After` while pending", body = Accepted),
        (status = 400, description = "No key or unreadable body", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Key used with another body", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Signature or document not accepted", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Cannot be told now; during a technical break with `ends_at` and `Retry-After`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn submit(
    State(portal): State<Shared>,
    client: Client,
    headers: HeaderMap,
    body: Result<Json<SignedBody>, JsonRejection>,
) -> Result<Response, Problem> {
    let language = client.language;
    let key = key_of(language, &headers)?;
    let Json(body) = body.map_err(|refused| unread(language, &refused))?;
    let cms = STANDARD.decode(body.signed_request.trim()).map_err(|_| {
        let place = ProblemPlace::new(language, "/signed_request".to_owned(), "malformed");
        Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, "malformed").at(vec![place])
    })?;
    let submission = Submission { key, cms, channel: Channel::Api, signed_in: None };
    let submitted = portal.service.submit(submission).await;
    let now = portal.service.now();
    let submitted = submitted.map_err(|error| {
        let problem = problem_of(language, &error, now);
        // Repair of the database is the usual break: who meets it half-way is told its end all the same.
        match (error, portal.breaks.running(now)) {
            (SubmitError::Store(_), Some(running)) => problem.until(running.ends_at, now),
            _ => problem,
        }
    })?;
    Ok(accepted(&submitted))
}

fn key_of(language: Language, headers: &HeaderMap) -> Result<IdempotencyKey, Problem> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::trim);
    match key {
        Some(key) if !key.is_empty() && key.len() <= KEY_MAX => Ok(IdempotencyKey(key.to_owned())),
        _ => Err(Problem::new(language, StatusCode::BAD_REQUEST, "idempotency_key_missing")),
    }
}

fn accepted(submitted: &Submitted) -> Response {
    let (outcome, stored): (_, &StoredRequest) = match submitted {
        Submitted::New(stored) => ("registered", stored),
        Submitted::Same(stored) => ("repeated", stored),
        Submitted::DraftUsed(stored) => ("already_submitted", stored),
        Submitted::Open(stored) => ("open_request", stored),
    };
    let own = format!("/api/v1/requests/{}", stored.number);
    let page = format!("/{}/requests/{}", stored.request.language.code(), stored.number);
    let location = HeaderValue::from_str(&own).ok();
    let body = Accepted {
        number: stored.number.to_string(),
        state: state_words(stored.state).0,
        accepted_at: stored.clock.accepted_at.to_string(),
        due_at: stored.clock.due_at.to_string(),
        outcome,
        links: Links { own, page },
    };
    let mut answer = (StatusCode::ACCEPTED, Json(body)).into_response();
    if let Some(location) = location {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    asking_again(&mut answer, stored);
    answer
}

fn problem_of(language: Language, error: &SubmitError, now: Timestamp) -> Problem {
    let status = match error {
        SubmitError::KeyReused => StatusCode::CONFLICT,
        SubmitError::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
        SubmitError::CannotTell { .. }
        | SubmitError::TechnicalBreak { .. }
        | SubmitError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        SubmitError::SomeoneElsesSignature => StatusCode::FORBIDDEN,
        SubmitError::Consent(stage) if stage.is_outage() => StatusCode::SERVICE_UNAVAILABLE,
        SubmitError::Consent(_) => StatusCode::CONFLICT,
        SubmitError::NotOurDocument { .. }
        | SubmitError::DraftExpired
        | SubmitError::Signature { .. }
        // Only pages confirm by passwords; a program holds signatures.
        | SubmitError::Password(_)
        | SubmitError::WardNotFound { .. } => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let problem = match error {
        SubmitError::Busy(busy) => return Problem::busy(language, *busy),
        SubmitError::Store(error) => return Problem::store(language, error),
        _ => Problem::new(language, status, error.code()),
    };
    match error {
        SubmitError::TechnicalBreak { ends_at } => problem.until(*ends_at, now),
        SubmitError::WardNotFound { positions } => problem.at(positions
            .iter()
            .map(|position| {
                let pointer = format!("/wards/{}", position.saturating_sub(1));
                ProblemPlace::new(language, pointer, error.code())
            })
            .collect()),
        _ => problem,
    }
}
