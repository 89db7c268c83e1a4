//! `POST /api/v1/knowledge`: what the portal's help pages know, for everybody. By POST, because people put into a question what
//! belongs in no address.

use axum::Json;
use axum::body::Bytes;
use axum::http::HeaderMap;
use domain::Language;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::contact_centre::read;
use crate::api::problem::{Problem, ProblemBody};
use crate::knowledge::{Entry, QUESTION_MAX, all, search as find};
use crate::language::preferred;

/// A question.
#[derive(Deserialize, ToSchema)]
pub struct QuestionBody {
    /// `kk`, `ru` or `en`.
    #[schema(example = "kk")]
    language: String,
    /// In anybody's words; without any every entry is given.
    #[serde(default)]
    #[schema(example = "қанша тұрады", max_length = 200)]
    question: String,
}

/// What is known.
#[derive(Serialize, ToSchema)]
pub struct AnswersBody {
    /// The likeliest first.
    entries: Vec<EntryBody>,
}

/// One entry.
#[derive(Serialize, ToSchema)]
pub struct EntryBody {
    /// Stable word; its page is `/{language}/help/{id}`.
    id: &'static str,
    /// The question.
    title: String,
    /// The answer.
    paragraphs: Vec<String>,
}

impl From<Entry> for EntryBody {
    fn from(entry: Entry) -> Self {
        Self { id: entry.id, title: entry.title, paragraphs: entry.paragraphs }
    }
}

/// Look something up in the knowledge base
#[utoipa::path(
    post, path = "/api/v1/knowledge", request_body = QuestionBody,
    responses(
        (status = 200, description = "Questions with their answers; needs no token", body = AnswersBody),
        (status = 400, description = "The body cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many questions from one address", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn search(headers: HeaderMap, body: Bytes) -> Result<Json<AnswersBody>, Problem> {
    let client = preferred(&headers);
    let body: QuestionBody = read(&body, client)?;
    let is_short = body.question.chars().count() <= QUESTION_MAX;
    let language = Language::parse(&body.language).filter(|_| is_short);
    let language = language.ok_or_else(|| Problem::malformed(client))?;
    let question = body.question.trim();
    let found = if question.is_empty() { all(language) } else { find(question, language) };
    Ok(Json(AnswersBody { entries: found.into_iter().map(EntryBody::from).collect() }))
}
