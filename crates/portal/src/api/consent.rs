//! `/api/v1/drafts/{challenge}/consent`: a person asked for his consent by telephone before his request is submitted, and
//! how that stands.
//!
//! Looking is what carries a question on. Read next: `app::ConsentStage`.

use app::{AskError, ConsentStage, Draft};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Language;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::api::Client;
use crate::api::problem::{Problem, ProblemBody};
use crate::texts::texts;
use crate::times::moment_words;

/// Seconds after which it is worth while to look again.
const LOOK_AGAIN_S: u32 = 5;

/// How the consent to a draft stands.
#[derive(Serialize, ToSchema)]
pub struct ConsentBody {
    /// `not_needed`: submit the request. `not_asked`: ask. `asked`: the person is to answer the message from 1414.
    /// `unheard`: the control has not answered yet and is tried again. `given`: submit the request. `expired`, `refused`,
    /// `no_answer`, `unavailable` (the control did not answer; no refusal): ask again, or where he refused or did not
    /// answer, prepare a document with `restricted_data: false`, which is registered and lawfully refused.
    state: &'static str,
    /// Until when it stands so (RFC 3339), where that has an end.
    until: Option<String>,
}

/// Ask the person for his consent by telephone
#[utoipa::path(
    post, path = "/api/v1/drafts/{challenge}/consent", security(("bearer" = [])),
    params(("challenge" = String, Path, description = "Challenge of the document")),
    responses(
        (status = 202, description = "He is asked, or was before", body = ConsentBody),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such document", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The document has expired", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "He was asked often enough", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn ask(
    State(portal): State<Shared>,
    client: Client,
    Path(challenge): Path<String>,
) -> Result<Response, Problem> {
    let language = client.language;
    let draft = draft(&portal, language, &challenge).await?;
    match portal.service.ask_consent(&draft).await {
        Ok(stage) => Ok(told(StatusCode::ACCEPTED, stage)),
        Err(AskError::Store(error)) => Err(Problem::store(language, &error)),
        Err(error @ AskError::Wait { until }) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let texts = texts(language);
            let moment = moment_words(texts, until);
            let detail = texts.with("fault-consent_wait", "until", &moment);
            let problem = Problem::new(language, status, error.code());
            Err(problem.again_at(until, portal.service.now(), detail))
        }
        Err(error) => Err(Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, error.code())),
    }
}

/// How the consent to a document stands
#[utoipa::path(
    get, path = "/api/v1/drafts/{challenge}/consent", security(("bearer" = [])),
    params(("challenge" = String, Path, description = "Challenge of the document")),
    responses(
        (status = 200, description = "So it stands", body = ConsentBody),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such document", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn stage(
    State(portal): State<Shared>,
    client: Client,
    Path(challenge): Path<String>,
) -> Result<Response, Problem> {
    let language = client.language;
    let draft = draft(&portal, language, &challenge).await?;
    let stage = portal.service.consent_stage(&draft).await;
    let stage = stage.map_err(|error| Problem::store(language, &error))?;
    Ok(told(StatusCode::OK, stage))
}

async fn draft(portal: &Shared, language: Language, challenge: &str) -> Result<Draft, Problem> {
    let draft = portal.service.draft(challenge).await;
    let draft = draft.map_err(|error| Problem::store(language, &error))?;
    draft.ok_or_else(|| Problem::not_found(language))
}

fn told(status: StatusCode, stage: ConsentStage) -> Response {
    let until = stage.until().map(|until| until.to_string());
    let body = ConsentBody { state: stage.code(), until };
    let mut answer = (status, Json(body)).into_response();
    if stage.is_open() {
        answer.headers_mut().insert(header::RETRY_AFTER, LOOK_AGAIN_S.into());
    }
    answer
}
