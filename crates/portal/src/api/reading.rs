//! Reading a request and its documents.

use app::{RequestView, ResultId, StoredRequest};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use domain::{Number, RequestState, Term};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::api::Client;
use crate::api::problem::{Problem, ProblemBody};
use crate::notices::notices_in;
use crate::pages::result::pdf_answer;

/// Seconds after which asking again is worth while.
const RETRY_AFTER_S: u32 = 2;
/// The same while a source does not answer.
const RETRY_AFTER_WAITING_S: u32 = 10;

/// A request.
#[derive(Serialize, ToSchema)]
pub struct RequestBody {
    /// Its number.
    number: String,
    /// `accepted`, `checking`, `granted` or `refused`.
    state: &'static str,
    /// While checking: `waiting_for_consent` or `waiting_for_data_bank`.
    sub_state: Option<&'static str>,
    /// Registered (RFC 3339).
    accepted_at: String,
    /// Due (RFC 3339).
    due_at: String,
    /// Answered (RFC 3339).
    ended_at: Option<String>,
    /// `running` or kept; `exceeded` once the 30 minutes of the law are over without an answer.
    term: &'static str,
    /// Whether the 30 minutes passed before there was an answer: Article 91(2) of the Administrative Procedural and
    /// Process-Related Code. Stays true when the answer comes late.
    overdue: bool,
    /// What the applicant was told, oldest first; each kind once.
    notices: Vec<NoticeBody>,
    /// What happened, oldest first.
    history: Vec<HistoryBody>,
    /// Issued documents.
    results: Vec<ResultBody>,
}

/// One notice.
#[derive(Serialize, ToSchema)]
pub struct NoticeBody {
    /// `overdue`, `answered`, `answered_again` (told again as a caller asked for it), `certificate_annulled`, `record_repaired`,
    /// `recourse_forwarded`, `recourse_overdue` or `recourse_answered`.
    kind: &'static str,
    /// When (RFC 3339).
    at: String,
}

/// One event.
#[derive(Serialize, ToSchema)]
pub struct HistoryBody {
    /// When (RFC 3339).
    at: String,
    /// Stable word.
    action: String,
}

/// One issued document.
#[derive(Serialize, ToSchema)]
pub struct ResultBody {
    /// Identifier.
    id: String,
    /// `certificate` or `refusal`.
    kind: &'static str,
    /// Number of the document.
    number: String,
    /// SHA-256 of the PDF, hexadecimal; also its strong tag.
    sha256: String,
    /// Address of the PDF.
    document: String,
    /// Where it was annulled, since when (RFC 3339).
    annulled_at: Option<String>,
}

/// State, and sub-state while checking.
pub(super) fn state_words(state: RequestState) -> (&'static str, Option<&'static str>) {
    match state {
        RequestState::Accepted | RequestState::Granted | RequestState::Refused => {
            (state.code(), None)
        }
        RequestState::Checking(None) => ("checking", None),
        RequestState::Checking(Some(_)) => ("checking", Some(state.code())),
    }
}

/// Read a request
#[utoipa::path(
    get, path = "/api/v1/requests/{number}", security(("bearer" = [])),
    params(("number" = String, Path, description = "Number of the request")),
    responses(
        (status = 200, description = "State, history, results; `Retry-After` while pending", body = RequestBody),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "It was answered and is no longer kept", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn request(
    State(portal): State<Shared>,
    client: Client,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let language = client.language;
    let number = Number::parse(&number).map_err(|_| Problem::not_found(language))?;
    let view = portal.service.request_view(&number, None).await;
    let view = view.map_err(|error| Problem::store(language, &error))?;
    let Some(view) = view else {
        let erased = portal.service.erased_request(&number).await;
        let erased = erased.map_err(|error| Problem::store(language, &error))?;
        return Err(
            erased.map_or_else(|| Problem::not_found(language), |_| Problem::gone(language))
        );
    };
    let mut answer = Json(body_of(&view)).into_response();
    asking_again(&mut answer, &view.request);
    Ok(answer)
}

/// Says when asking again is worth while, as long as there is no answer.
pub(super) fn asking_again(answer: &mut Response, request: &StoredRequest) {
    let seconds = match request.state {
        RequestState::Accepted | RequestState::Checking(None) => RETRY_AFTER_S,
        RequestState::Checking(Some(_)) => RETRY_AFTER_WAITING_S,
        RequestState::Granted | RequestState::Refused => return,
    };
    answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
}

fn body_of(view: &RequestView) -> RequestBody {
    let request = &view.request;
    let (state, sub_state) = state_words(request.state);
    RequestBody {
        number: request.number.to_string(),
        state,
        sub_state,
        accepted_at: request.clock.accepted_at.to_string(),
        due_at: request.clock.due_at.to_string(),
        ended_at: request.ended_at.map(|at| at.to_string()),
        term: match view.term {
            Term::Running => "running",
            Term::Exceeded => "exceeded",
        },
        overdue: view.term == Term::Exceeded,
        notices: notices_in(&view.history)
            .iter()
            .map(|one| NoticeBody { kind: one.kind.code(), at: one.at.to_string() })
            .collect(),
        history: view
            .history
            .iter()
            .map(|line| HistoryBody { at: line.at.to_string(), action: line.action.clone() })
            .collect(),
        results: view
            .results
            .iter()
            .map(|result| ResultBody {
                id: result.id.0.clone(),
                kind: result.kind.code(),
                number: result.number.to_string(),
                sha256: result.digest.clone(),
                document: format!("/api/v1/results/{}/document", result.id.0),
                annulled_at: result
                    .annulment
                    .as_ref()
                    .and_then(|one| one.annulled_at())
                    .map(|at| at.to_string()),
            })
            .collect(),
    }
}

/// Download a document
#[utoipa::path(
    get, path = "/api/v1/results/{id}/document", security(("bearer" = [])),
    params(("id" = String, Path, description = "Identifier of the result")),
    responses(
        (status = 200, description = "The PDF, byte-identical every time, with a strong ETag", content_type = "application/pdf"),
        (status = 304, description = "The client has these bytes"),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such document", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn document(
    State(portal): State<Shared>,
    client: Client,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = portal.service.download(&ResultId(id), None).await;
    let found = found.map_err(|error| Problem::store(client.language, &error))?;
    let (view, bytes) = found.ok_or_else(|| Problem::not_found(client.language))?;
    Ok(pdf_answer(&view, bytes, false, &headers))
}
