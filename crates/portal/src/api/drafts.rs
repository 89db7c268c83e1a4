//! `POST /api/v1/drafts`: the exact document to be signed.

use app::{DraftError, DraftOrder};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{ConsentDecision, Consents, Iin, Kato, Language, WardsAsked};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::api::Client;
use crate::api::problem::{Problem, ProblemBody, ProblemPlace};

/// What the applicant asks, says and allows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    /// IIN of the applicant.
    #[schema(example = "000229500008")]
    applicant_iin: String,
    /// `kk`, `ru` or `en`.
    #[schema(example = "kk")]
    language: String,
    /// `"all"`, or IINs.
    wards: WardsBody,
    /// Both consents.
    consents: ConsentsBody,
    /// KATO of the addressed department.
    #[serde(default)]
    provider: Option<String>,
}

/// `"all"`, or a list of IINs.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
enum WardsBody {
    /// `"all"`.
    Word(String),
    /// IINs of wards.
    Named(Vec<String>),
}

/// Answers to both consents.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentsBody {
    /// Article 8 of Law No. 94-V; `false` leads to the lawful refusal.
    restricted_data: bool,
    /// Use of data that are a protected secret; `false` never leads to a refusal.
    protected_secret: bool,
}

/// The prepared document.
#[derive(Serialize, ToSchema)]
pub struct DraftAnswer {
    /// One-time challenge, also inside the document.
    challenge: String,
    /// The exact bytes to be signed, base64.
    document: String,
    /// Address of the document's JSON Schema.
    schema: String,
    /// Until when it can be submitted (RFC 3339).
    expires_at: String,
    /// Whether the person must give his consent by telephone first: `POST /api/v1/drafts/{challenge}/consent`.
    asks_consent: bool,
}

/// Prepare a document
#[utoipa::path(
    post, path = "/api/v1/drafts", request_body = DraftBody, security(("bearer" = [])),
    responses(
        (status = 201, description = "The document to be signed", body = DraftAnswer),
        (status = 401, description = "No token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Wrong answers", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn prepare(
    State(portal): State<Shared>,
    client: Client,
    body: Result<Json<DraftBody>, JsonRejection>,
) -> Result<(StatusCode, Json<DraftAnswer>), Problem> {
    let language = client.language;
    let Json(body) = body.map_err(|refused| unread(language, &refused))?;
    let order = order(language, body)?;
    let draft = portal.service.prepare_draft(order).await.map_err(|error| match error {
        DraftError::Busy(busy) => Problem::busy(language, busy),
        DraftError::Store(error) => Problem::store(language, &error),
        DraftError::UnknownProvider => {
            let place = ProblemPlace::new(language, "/provider".to_owned(), error.code());
            unfit(language, vec![place])
        }
    })?;
    let answer = DraftAnswer {
        document: STANDARD.encode(&draft.document),
        schema: format!("/schemas/{}.json", app::ELECTRONIC_REQUEST_SCHEMA),
        expires_at: draft.expires_at.to_string(),
        asks_consent: portal.service.asks_consent(&draft.request),
        challenge: draft.challenge,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The problem of a body that is no such JSON; a body that is too large keeps its own status.
pub(super) fn unread(language: Language, refused: &JsonRejection) -> Problem {
    match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(language, StatusCode::PAYLOAD_TOO_LARGE, "body_too_large")
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Problem::new(language, StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")
        }
        _ => Problem::malformed(language),
    }
}

fn unfit(language: Language, places: Vec<ProblemPlace>) -> Problem {
    let code = places.first().map_or("invalid_body", |place| place.code.as_str()).to_owned();
    let code = if places.len() > 1 { "invalid_body" } else { code.as_str() };
    Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, code).at(places)
}

fn order(language: Language, body: DraftBody) -> Result<DraftOrder, Problem> {
    let mut places = Vec::new();
    let mut wrong = |pointer: String, code: &str| {
        places.push(ProblemPlace::new(language, pointer, code));
    };
    let text_language = Language::parse(&body.language);
    if text_language.is_none() {
        wrong("/language".to_owned(), "unknown_language");
    }
    let applicant = Iin::parse(&body.applicant_iin)
        .map_err(|error| wrong("/applicant_iin".to_owned(), error.code()));
    let provider = body.provider.as_deref().map(Kato::parse).transpose();
    let provider = provider.map_err(|_| wrong("/provider".to_owned(), "provider_unknown"));
    let wards = wards(applicant.ok(), &body.wards, &mut wrong);
    let consents = Consents {
        restricted_data: ConsentDecision::from_answer(body.consents.restricted_data),
        protected_secret: ConsentDecision::from_answer(body.consents.protected_secret),
    };
    match (applicant, text_language, wards, provider) {
        (Ok(applicant), Some(language), Some(wards), Ok(provider)) if places.is_empty() => {
            Ok(DraftOrder { applicant, language, wards, consents, provider })
        }
        _ => Err(unfit(language, places)),
    }
}

fn wards(
    applicant: Option<Iin>,
    body: &WardsBody,
    wrong: &mut impl FnMut(String, &str),
) -> Option<WardsAsked> {
    let typed = match body {
        WardsBody::Word(word) if word == "all" => return Some(WardsAsked::All),
        WardsBody::Word(_) => {
            wrong("/wards".to_owned(), "wards_unclear");
            return None;
        }
        WardsBody::Named(typed) => typed,
    };
    let mut named = Vec::new();
    for (place, text) in typed.iter().enumerate() {
        match Iin::parse(text) {
            Ok(iin) => named.push(iin),
            Err(error) => wrong(format!("/wards/{place}"), error.code()),
        }
    }
    if named.len() < typed.len() {
        return None;
    }
    WardsAsked::named(applicant?, named)
        .map_err(|error| wrong("/wards".to_owned(), error.code()))
        .ok()
}
