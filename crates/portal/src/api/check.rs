//! `POST /api/v1/check`: by number and the holder's IIN, or by the PDF.

use app::{CheckedDocument, DocumentCheck, Standing};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use domain::{Iin, Language, Number, NumberError, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::api::bears_token;
use crate::api::problem::{Problem, ProblemBody, ProblemPlace};
use crate::language::preferred;
use crate::rate::Attempted;

/// A certificate by its number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    /// Number of the certificate.
    #[schema(example = "A-2345-6789-B")]
    number: String,
    /// IIN of its holder.
    iin: String,
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub struct CheckAnswer {
    /// `genuine`, `no_longer_kept` (issued here; whether it holds nobody can tell any more), `not_found`, `not_genuine`, `unreadable` or
    /// `cannot_tell`.
    verdict: &'static str,
    /// Stable code of the reason, where there is one; `annulled` where a document that is no longer kept was.
    code: Option<&'static str>,
    /// What a checker may see of a genuine document.
    document: Option<CheckedBody>,
}

/// What a checker may see.
#[derive(Serialize, ToSchema)]
pub struct CheckedBody {
    /// `certificate` or `refusal`.
    kind: &'static str,
    /// Number.
    number: String,
    /// Moment as of which it certifies (RFC 3339).
    issued_at: String,
    /// Shortened name of the holder.
    holder: String,
    /// Shortened name of the ward.
    ward: Option<String>,
    /// `guardian` or `custodian`.
    role: Option<&'static str>,
    /// The department in Kazakh.
    provider_kk: String,
    /// The department in Russian.
    provider_ru: String,
    /// By which form it is written: `built-in-N` or `released-N`.
    form_version: String,
    /// `matches`, `role_changed`, `no_longer_matches`, `cannot_tell`, `not_compared` (the holder withdrew his
    /// consent), `not_applicable` or `annulled`.
    standing: &'static str,
    /// Where it was annulled, since when (RFC 3339).
    annulled_at: Option<String>,
}

/// Check a certificate
#[utoipa::path(
    post, path = "/api/v1/check",
    request_body(content(
        (CheckBody = "application/json"),
        (Vec<u8> = "application/pdf"),
        (Vec<u8> = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "The answer", body = CheckAnswer),
        (status = 413, description = "More than 2 MB", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "No such number or IIN can exist", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn check(
    State(portal): State<Shared>,
    request: Request,
) -> Result<Json<CheckAnswer>, Problem> {
    let language = preferred(request.headers());
    let is_known = bears_token(&portal, request.headers());
    let checked = match asked(language, request).await? {
        Asked::Number(number, iin) => {
            if !is_known {
                let counted = portal.count(Attempted::CheckedNumber, number.as_str()).await;
                counted.map_err(|failure| Problem::of_failure(language, failure))?;
            }
            portal.service.check_by_number(&number, iin).await
        }
        Asked::Document(pdf) => portal.service.check_pdf(&pdf).await,
    };
    let checked = checked.map_err(|error| Problem::store(language, &error))?;
    Ok(Json(answer_of(checked)))
}

enum Asked {
    Number(Number, Iin),
    Document(Bytes),
}

async fn asked(language: Language, request: Request) -> Result<Asked, Problem> {
    let kind = kind_of(request.headers());
    match kind.as_str() {
        "application/json" => by_number(language, &body_of(language, request).await?),
        "application/pdf" => Ok(Asked::Document(body_of(language, request).await?)),
        "multipart/form-data" => by_upload(language, request).await,
        _ => {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            Err(Problem::new(language, status, "unsupported_media_type"))
        }
    }
}

fn kind_of(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
}

async fn body_of(language: Language, request: Request) -> Result<Bytes, Problem> {
    Bytes::from_request(request, &()).await.map_err(|refused| unread(language, refused.status()))
}

fn unread(language: Language, status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(language, status, "body_too_large")
    } else {
        Problem::malformed(language)
    }
}

fn by_number(language: Language, body: &[u8]) -> Result<Asked, Problem> {
    let body: CheckBody = serde_json::from_slice(body).map_err(|_| Problem::malformed(language))?;
    let number = Number::parse(&body.number).map_err(|error| match error {
        NumberError::WrongForm => ("/number", "number_form"),
        NumberError::WrongCheckCharacter => ("/number", "number_check"),
    });
    let iin = Iin::parse(&body.iin).map_err(|error| ("/iin", error.code()));
    match (number, iin) {
        (Ok(number), Ok(iin)) => Ok(Asked::Number(number, iin)),
        (number, iin) => {
            let wrong: Vec<_> = [number.err(), iin.err()].into_iter().flatten().collect();
            let code = wrong.first().map_or("invalid_body", |(_, code)| code);
            let place = |(pointer, code): &(&str, &str)| {
                ProblemPlace::new(language, (*pointer).to_owned(), code)
            };
            let places = wrong.iter().map(place).collect();
            Err(Problem::new(language, StatusCode::UNPROCESSABLE_ENTITY, code).at(places))
        }
    }
}

async fn by_upload(language: Language, request: Request) -> Result<Asked, Problem> {
    let mut parts =
        Multipart::from_request(request, &()).await.map_err(|_| Problem::malformed(language))?;
    while let Some(part) =
        parts.next_field().await.map_err(|error| unread(language, error.status()))?
    {
        if part.file_name().is_some() {
            let bytes = part.bytes().await;
            return bytes.map(Asked::Document).map_err(|error| unread(language, error.status()));
        }
    }
    Err(Problem::malformed(language))
}

fn answer_of(check: DocumentCheck) -> CheckAnswer {
    let (verdict, code, document) = match check {
        DocumentCheck::Genuine(document) => ("genuine", None, Some(body(&document))),
        DocumentCheck::NoLongerKept { annulled_at } => {
            let code = annulled_at.map(|_| "annulled");
            ("no_longer_kept", code, None)
        }
        DocumentCheck::NotFound => ("not_found", None, None),
        DocumentCheck::NotGenuine { code } => ("not_genuine", Some(code), None),
        DocumentCheck::Unreadable { code } => ("unreadable", Some(code), None),
        DocumentCheck::CannotTell { code } => ("cannot_tell", Some(code), None),
    };
    CheckAnswer { verdict, code, document }
}

fn body(document: &CheckedDocument) -> CheckedBody {
    CheckedBody {
        kind: document.kind.code(),
        number: document.number.to_string(),
        issued_at: document.issued_at.to_string(),
        holder: document.holder_masked.clone(),
        ward: document.ward_masked.clone(),
        role: document.role.map(|role| match role {
            Role::Guardian => "guardian",
            Role::Custodian => "custodian",
        }),
        provider_kk: document.provider.kk.clone(),
        provider_ru: document.provider.ru.clone(),
        form_version: document.form_version.code(),
        standing: match document.standing {
            Standing::Matches => "matches",
            Standing::RoleChanged => "role_changed",
            Standing::NoLongerMatches => "no_longer_matches",
            Standing::CannotTell => "cannot_tell",
            Standing::NotCompared => "not_compared",
            Standing::NotApplicable => "not_applicable",
            Standing::Annulled { .. } => "annulled",
        },
        annulled_at: match document.standing {
            Standing::Annulled { at } => Some(at.to_string()),
            _ => None,
        },
    }
}
