//! API 1, and how everything is said to the application: in the protocol's own names.

use app::{Busy, PhoneDocument, PhoneError, PhoneMethod, PhoneSigning, document_xml, phone_bearer};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Language, astana_time};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::Links;
use crate::Shared;
use crate::breaks::seconds_until;
use crate::failure::{Failure, come_again, sent_away};
use crate::language::preferred;
use crate::texts::texts;

/// Seconds after which a signature that could not be judged is worth sending again.
const CANNOT_TELL_RETRY_S: u32 = 30;
/// What the file to be signed is.
const MIME: &str = "@file/json";
/// The one document of a signing.
pub(super) const DOCUMENT_ID: u32 = 1;

#[derive(Serialize)]
struct Invitation {
    description: String,
    expiry_date: String,
    organisation: Organisation,
    document: Place,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Organisation {
    name_ru: String,
    name_kz: String,
    name_en: String,
    bin: String,
}

#[derive(Serialize)]
struct Place {
    uri: String,
    auth_type: &'static str,
    auth_token: String,
}

/// `GET /mgovSign/{token}`
pub async fn invitation(
    State(portal): State<Shared>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if portal.config.egov_mobile.is_none() {
        return Err(Failure::NotFound);
    }
    match portal.service.phone_invitation(&token).await {
        Ok(signing) => Ok(Json(invite(&portal, &signing, &token)).into_response()),
        Err(error) => refused(&portal, &headers, error),
    }
}

fn invite(portal: &Shared, signing: &PhoneSigning, token: &str) -> Invitation {
    let operator = &portal.service.settings().operator;
    let key = match signing.signer {
        Some(_) => "phone-description-request",
        None => "phone-description-sign-in",
    };
    let site = portal.config.domain();
    let described = |language| format!("{} {site}", texts(language).text(key));
    let auth_token = match signing.auth {
        app::PhoneAuth::Token => phone_bearer(token),
        app::PhoneAuth::Eds | app::PhoneAuth::None => String::new(),
    };
    Invitation {
        description: format!("{} / {}", described(Language::Kk), described(Language::Ru)),
        expiry_date: expiry_date(signing.expires_at),
        organisation: Organisation {
            name_ru: operator.name.ru.clone(),
            name_kz: operator.name.kk.clone(),
            name_en: operator.name.on_screen(Language::En).to_owned(),
            bin: operator.bin.digits(),
        },
        document: Place {
            uri: Links::new(&portal.config.public_url, token).document,
            auth_type: signing.auth.code(),
            auth_token,
        },
    }
}

/// With two digits of a second's fraction and an offset without colon, as in the protocol's example.
fn expiry_date(at: Timestamp) -> String {
    astana_time(at).strftime("%Y-%m-%dT%H:%M:%S%.2f+0500").to_string()
}

/// API 2: the document to be signed.
pub(super) fn documents(given: &PhoneDocument) -> Result<Response, Failure> {
    let key = if given.is_sign_in { "phone-document-sign-in" } else { "phone-document-request" };
    let name = |language| texts(language).text(key);
    // Each line of the statement, for the person to read before he signs.
    let meta: Vec<_> = (1..)
        .zip(&given.lines)
        .map(|(place, line): (u32, _)| json!({ "name": place.to_string(), "value": line }))
        .collect();
    let mut document = json!({
        "id": DOCUMENT_ID,
        "nameRu": name(Language::Ru),
        "nameKz": name(Language::Kk),
        "nameEn": name(Language::En),
        "meta": meta,
    });
    let (member, value) = match given.signing.method {
        PhoneMethod::Xml => {
            let xml = document_xml(&given.document).ok_or(Failure::Broken)?;
            ("documentXml", json!(String::from_utf8(xml).map_err(|_| Failure::Broken)?))
        }
        PhoneMethod::CmsWithData => {
            let data = STANDARD.encode(&given.document);
            ("document", json!({ "file": { "mime": MIME, "data": data } }))
        }
    };
    if let Some(members) = document.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
    let method = given.signing.method.code();
    Ok(Json(json!({ "signMethod": method, "documentsToSign": [document] })).into_response())
}

/// An error for the application. A fault of ours or of somebody we ask is never 403, which says that the signature is bad.
pub(super) fn refused(
    portal: &Shared,
    headers: &HeaderMap,
    error: PhoneError,
) -> Result<Response, Failure> {
    let (status, retry_after) = match &error {
        PhoneError::Busy(busy) => return Ok(come_again_later(headers, *busy)),
        PhoneError::Unknown => (StatusCode::NOT_FOUND, None),
        PhoneError::Unauthorized => (StatusCode::UNAUTHORIZED, None),
        PhoneError::Expired | PhoneError::Used => (StatusCode::GONE, None),
        PhoneError::Refused { .. } => (StatusCode::FORBIDDEN, None),
        PhoneError::CannotTell { from, .. } => {
            let until = from.map(|end| seconds_until(end, portal.service.now()));
            (StatusCode::SERVICE_UNAVAILABLE, Some(until.unwrap_or(CANNOT_TELL_RETRY_S)))
        }
        PhoneError::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, None),
    };
    if let PhoneError::Store(error) = error {
        return Err(error.into());
    }
    Ok(told(headers, status, error.code(), retry_after))
}

/// The same signature may be brought again; it was not counted as an attempt.
fn come_again_later(headers: &HeaderMap, busy: Busy) -> Response {
    let message = come_again(preferred(headers), busy);
    sent_away(Json(json!({ "code": busy.code(), "message": message })).into_response(), busy)
}

/// A code with its words in the application's language.
pub(super) fn told(
    headers: &HeaderMap,
    status: StatusCode,
    code: &str,
    retry_after: Option<u32>,
) -> Response {
    let message = texts(preferred(headers)).fault(code);
    let mut answer = (status, Json(json!({ "code": code, "message": message }))).into_response();
    if let Some(seconds) = retry_after {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_written_as_in_the_protocols_example() {
        let at: Timestamp = "2022-09-29T10:21:37.06Z".parse().unwrap();
        assert_eq!(expiry_date(at), "2022-09-29T15:21:37.06+0500");
        let whole: Timestamp = "2022-09-29T10:21:37Z".parse().unwrap();
        assert_eq!(expiry_date(whole), "2022-09-29T15:21:37.00+0500");
    }
}
