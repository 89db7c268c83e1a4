//! `GET /api/v1/stages`: the stages of the service, for the national system that monitors it. JSON lines without anybody's data,
//! behind a cursor, for a client with a token of its own. Read next: `docs/figures.md`.

use app::StageEvent;
use axum::body::Body;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::Language;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Shared;
use crate::api::bears;
use crate::api::problem::{Problem, ProblemBody};
use crate::language::preferred;

/// Stages told at once where no number is asked for, and at most.
const LIMIT: usize = 200;
const LIMIT_MAX: usize = 1_000;

/// The monitoring system, by its token.
pub struct Monitoring {
    language: Language,
    service_code: String,
}

impl FromRequestParts<Shared> for Monitoring {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, portal: &Shared) -> Result<Self, Problem> {
        let language = preferred(&parts.headers);
        match &portal.config.monitoring {
            Some(monitoring) if bears(&monitoring.token, &parts.headers) => {
                Ok(Self { language, service_code: monitoring.service_code.clone() })
            }
            _ => Err(Problem::unauthorized(language)),
        }
    }
}

/// From where, and how many.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StagesQuery {
    /// The cursor of the last stage that was kept, or the one of `x-next-cursor`; 0 or nothing from the beginning.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 9223372036854775807_i64)]
    after: Option<String>,
    /// How many at most.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

impl StagesQuery {
    fn read(&self) -> Option<(i64, usize)> {
        let after: i64 = self.after.as_deref().map_or(Some(0), |text| text.parse().ok())?;
        let limit: usize = self.limit.as_deref().map_or(Some(LIMIT), |text| text.parse().ok())?;
        (after >= 0 && (1..=LIMIT_MAX).contains(&limit)).then_some((after, limit))
    }
}

/// One line: a stage of a request.
#[derive(Serialize, ToSchema)]
pub struct StageBody {
    /// `stage.v1`.
    schema: &'static str,
    /// Place of the stage: the cursor of whoever kept it. Grows; a stage told again has the same.
    cursor: i64,
    /// Number of the request.
    request: String,
    /// The code under which the monitoring system knows the service.
    service: String,
    /// Business identification number of the provider.
    provider_bin: String,
    /// `registered`, `waiting`, `decided`, `issued` or `overdue`.
    stage: &'static str,
    /// When (RFC 3339).
    at: String,
    /// `certificate`, `refusal` or `certificate_and_refusal`; `null` before it is decided.
    result: Option<&'static str>,
}

/// Stages of requests
#[utoipa::path(
    get, path = "/api/v1/stages", security(("monitoring" = [])), params(StagesQuery),
    responses(
        (status = 200, description = "JSON lines, oldest first; `x-next-cursor` names where to go on, `x-last-page` whether everything there was has been told", body = StageBody, content_type = "application/jsonl"),
        (status = 400, description = "No such cursor or number", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No token of the monitoring system", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The store does not answer", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn stages(
    State(portal): State<Shared>,
    client: Monitoring,
    query: Query<StagesQuery>,
) -> Result<Response, Problem> {
    let language = client.language;
    let asked = query.read().filter(|(after, _)| *after < i64::MAX);
    let (after, limit) =
        asked.ok_or_else(|| Problem::new(language, StatusCode::BAD_REQUEST, "stages_query"))?;
    let page = portal.service.stages(after, limit).await;
    let page = page.map_err(|error| Problem::store(language, &error))?;
    let mut lines = Vec::new();
    for event in &page.events {
        let line = serde_json::to_vec(&body(event, &client.service_code));
        lines.extend(line.map_err(|_| broken(language))?);
        lines.push(b'\n');
    }
    Response::builder()
        .header(header::CONTENT_TYPE, "application/jsonl")
        .header(header::CACHE_CONTROL, "no-store")
        .header("x-next-cursor", HeaderValue::from(page.next))
        .header("x-last-page", if page.is_last { "true" } else { "false" })
        .body(Body::from(lines))
        .map_err(|_| broken(language))
}

fn broken(language: Language) -> Problem {
    Problem::new(language, StatusCode::INTERNAL_SERVER_ERROR, "internal")
}

fn body(event: &StageEvent, service: &str) -> StageBody {
    StageBody {
        schema: "stage.v1",
        cursor: event.cursor,
        request: event.number.to_string(),
        service: service.to_owned(),
        provider_bin: event.provider.digits(),
        stage: event.stage.code(),
        at: event.at.to_string(),
        result: event.answer.and_then(|(certificates, refusals)| match (certificates, refusals) {
            (true, true) => Some("certificate_and_refusal"),
            (true, false) => Some("certificate"),
            (false, true) => Some("refusal"),
            (false, false) => None,
        }),
    }
}
