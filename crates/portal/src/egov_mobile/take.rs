//! API 2: the document for whoever has the right to it, and the signature on its way back.
//!
//! A signature that was taken is answered with 200, also when it comes again; one that is refused, or comes after its
//! time or after another, with 403.

use app::{PhoneError, PhoneMethod, PhoneRight};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Links;
use super::answers::{DOCUMENT_ID, documents, refused, told};
use crate::Shared;
use crate::failure::Failure;
use crate::form::signature_of_text;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Brought {
    sign_method: String,
    documents_to_sign: Vec<BroughtDocument>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BroughtDocument {
    id: Value,
    document_xml: Option<String>,
    document: Option<BroughtFile>,
}

#[derive(Deserialize)]
struct BroughtFile {
    file: BroughtData,
}

#[derive(Deserialize)]
struct BroughtData {
    data: String,
}

/// `GET /mgovSign/{token}/document`
pub async fn document(
    State(portal): State<Shared>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let right = bearer(&headers).map_or(PhoneRight::Nothing, PhoneRight::Bearer);
    given(&portal, &token, &headers, right).await
}

/// `POST /mgovSign/{token}/document`: the address itself, signed.
pub async fn document_by_signature(
    State(portal): State<Shared>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let uri = Links::new(&portal.config.public_url, &token).document;
    given(&portal, &token, &headers, PhoneRight::SignedUri { xml: &body, uri: &uri }).await
}

async fn given(
    portal: &Shared,
    token: &str,
    headers: &HeaderMap,
    right: PhoneRight<'_>,
) -> Result<Response, Failure> {
    match portal.service.phone_document(token, right).await {
        Ok(given) => documents(&given),
        Err(error) => refused(portal, headers, error),
    }
}

/// `PUT /mgovSign/{token}/document`
pub async fn take(
    State(portal): State<Shared>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let Some(signature) = signature(&body) else {
        return Ok(told(&headers, StatusCode::BAD_REQUEST, "phone_body", None));
    };
    let taken = match signature {
        Ok(signature) => {
            let bearer = bearer(&headers);
            portal.service.take_phone_signature(&token, bearer, &signature).await
        }
        Err(code) => Err(PhoneError::Refused { code }),
    };
    match taken {
        Ok(()) => Ok(Json(json!({})).into_response()),
        Err(error @ (PhoneError::Expired | PhoneError::Used)) => {
            Ok(told(&headers, StatusCode::FORBIDDEN, error.code(), None))
        }
        Err(error) => refused(&portal, &headers, error),
    }
}

/// The signature in a body; `None` where the body is none of the protocol's.
fn signature(body: &[u8]) -> Option<Result<Vec<u8>, &'static str>> {
    let brought: Brought = serde_json::from_slice(body).ok()?;
    let method = PhoneMethod::parse(&brought.sign_method)?;
    let [document] = brought.documents_to_sign.as_slice() else { return None };
    let id = &document.id;
    let in_words = id.as_str().and_then(|id| id.parse().ok());
    if id.as_u64() != Some(DOCUMENT_ID.into()) && in_words != Some(DOCUMENT_ID) {
        return None;
    }
    match (method, &document.document_xml, &document.document) {
        (PhoneMethod::Xml, Some(xml), None) => Some(Ok(xml.clone().into_bytes())),
        (PhoneMethod::CmsWithData, None, Some(file)) => Some(signature_of_text(&file.file.data)),
        _ => None,
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &str, method: &str) -> Option<Result<Vec<u8>, &'static str>> {
        let body = format!(r#"{{"signMethod":"{method}","documentsToSign":[{document}]}}"#);
        signature(body.as_bytes())
    }

    #[test]
    fn a_signature_stands_where_the_document_stood() {
        let cms = r#"{"id":1,"nameRu":"x","document":{"file":{"mime":"","data":"MIIB"}}}"#;
        assert_eq!(read(cms, "CMS_WITH_DATA"), Some(Ok(vec![0x30, 0x82, 0x01])));
        let pem = r#"{"id":"1","document":{"file":{"data":"-----BEGIN CMS-----\r\nMIIB\r\n-----END CMS-----"}}}"#;
        assert_eq!(read(pem, "CMS_WITH_DATA"), Some(Ok(vec![0x30, 0x82, 0x01])));
        assert_eq!(read(r#"{"id":1,"documentXml":"<a/>"}"#, "XML"), Some(Ok(b"<a/>".to_vec())));
        let nonsense = r#"{"id":1,"document":{"file":{"data":"?"}}}"#;
        assert_eq!(read(nonsense, "CMS_WITH_DATA"), Some(Err("malformed")));
    }

    #[test]
    fn anything_else_is_not_of_the_protocol() {
        let xml = r#"{"id":1,"documentXml":"<a/>"}"#;
        assert_eq!(read(xml, "CMS_WITH_DATA"), None);
        assert_eq!(read(xml, "CMS_SIGN_ONLY"), None);
        assert_eq!(read(&format!("{xml},{xml}"), "XML"), None);
        assert_eq!(read("", "XML"), None);
        assert_eq!(read(r#"{"id":2,"documentXml":"<a/>"}"#, "XML"), None);
        assert_eq!(signature(b"nothing"), None);
    }
}
