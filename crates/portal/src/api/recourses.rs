//! Reviews and complaints for programs: how they stand. They are asked for and filed in the cabinet, by the person himself.

use app::{RecourseCase, RecourseStepKind};
use axum::Json;
use axum::extract::{Path, State};
use domain::Number;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::api::Client;
use crate::api::problem::{Problem, ProblemBody};

/// A review or complaint. It repeats neither what the person wrote nor the reasons of the answer.
#[derive(Serialize, ToSchema)]
pub struct RecourseBody {
    /// Its number.
    number: String,
    /// Number of the request it is about.
    request: String,
    /// `review` or `complaint`.
    kind: &'static str,
    /// Whose turn it is, or who answered: `reviewer`, `head` or `quality_control`.
    body: &'static str,
    /// Registered (RFC 3339).
    registered_at: String,
    /// Due (RFC 3339): the end of the last working day of the term.
    due_at: String,
    /// Whether the term passed before there was an answer: Article 91(2) of the Administrative Procedural and
    /// Process-Related Code.
    overdue: bool,
    /// Whether a complaint came after the three months of Article 92; it is considered all the same.
    late: bool,
    /// `upheld` or `record_repaired` of a review; `satisfied`, `partly_satisfied` or `rejected` of a complaint.
    outcome: Option<&'static str>,
    /// Answered (RFC 3339).
    answered_at: Option<String>,
    /// Number of the sealed answer, once it is in the cabinet.
    answer: Option<String>,
}

fn body_of(portal: &Shared, case: &RecourseCase) -> RecourseBody {
    let content = case.answer().map(|answer| &answer.content);
    let is_issued = case.step(RecourseStepKind::Issued).is_some();
    RecourseBody {
        number: case.recourse.number.to_string(),
        request: case.recourse.request.to_string(),
        kind: case.recourse.kind.code(),
        body: case.body().code(),
        registered_at: case.recourse.opened_at.to_string(),
        due_at: case.due_at().to_string(),
        overdue: portal.service.is_late(case),
        late: case.recourse.asked.is_late,
        outcome: content.map(|content| content.outcome.code()),
        answered_at: content.map(|content| content.answered_at.to_string()),
        answer: content.filter(|_| is_issued).map(|content| content.number.to_string()),
    }
}

/// How a review or complaint stands
#[utoipa::path(
    get, path = "/api/v1/recourses/{number}", security(("bearer" = [])),
    params(("number" = String, Path, description = "Number of the review or complaint")),
    responses(
        (status = 200, description = "How it stands", body = RecourseBody),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such review or complaint", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn one(
    State(portal): State<Shared>,
    client: Client,
    Path(number): Path<String>,
) -> Result<Json<RecourseBody>, Problem> {
    let language = client.language;
    let number = Number::parse(&number).map_err(|_| Problem::not_found(language))?;
    let case = portal.service.recourse_for_client(&number).await;
    let case = case.map_err(|error| Problem::store(language, &error))?;
    let case = case.ok_or_else(|| Problem::not_found(language))?;
    Ok(Json(body_of(&portal, &case)))
}

/// Reviews and complaints about a request
#[utoipa::path(
    get, path = "/api/v1/requests/{number}/recourses", security(("bearer" = [])),
    params(("number" = String, Path, description = "Number of the request")),
    responses(
        (status = 200, description = "In the order they were registered", body = Vec<RecourseBody>),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such request", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn of_request(
    State(portal): State<Shared>,
    client: Client,
    Path(number): Path<String>,
) -> Result<Json<Vec<RecourseBody>>, Problem> {
    let language = client.language;
    let number = Number::parse(&number).map_err(|_| Problem::not_found(language))?;
    let cases = portal.service.recourses_for_client(&number).await;
    let cases = cases.map_err(|error| Problem::store(language, &error))?;
    let cases = cases.ok_or_else(|| Problem::not_found(language))?;
    Ok(Json(cases.iter().map(|case| body_of(&portal, case)).collect()))
}
