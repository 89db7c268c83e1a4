//! How a demo or a test in another process moves the portal: JSON over HTTP, on the same port.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::asking::{DraftAnswer, DraftAsk, PortalRequest};
use super::{Portal, PortalFault};

/// `PUT /fault` with the name of a fault, or with nothing to end it.
pub(super) async fn set_fault(State(portal): State<Arc<Portal>>, name: String) -> StatusCode {
    let name = name.trim();
    match (name.is_empty(), PortalFault::named(name)) {
        (true, _) => portal.fail(None),
        (false, Some(fault)) => portal.fail(Some(fault)),
        (false, None) => return StatusCode::UNPROCESSABLE_ENTITY,
    }
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftBody {
    /// Where the service listens.
    url: String,
    iin: String,
    #[serde(default)]
    wards: Vec<String>,
    restricted_data: bool,
    protected_secret: bool,
}

/// `POST /drafts`: the document somebody is to sign.
pub(super) async fn draft(
    State(portal): State<Arc<Portal>>,
    Json(body): Json<DraftBody>,
) -> Response {
    let DraftBody { url, iin, wards, restricted_data, protected_secret } = body;
    let ask = DraftAsk { iin, language: "kk", wards, restricted_data, protected_secret };
    match portal.ask_draft(&url, &ask, None).await {
        Ok(DraftAnswer::Document(document)) => {
            Json(json!({ "document": STANDARD.encode(document) })).into_response()
        }
        Ok(DraftAnswer::Fault(code)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "code": code }))).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestBody {
    url: String,
    external_id: String,
    iin: String,
    provider_bin: String,
    signature: String,
}

/// `POST /requests`: what somebody signed, brought to the service.
pub(super) async fn request(
    State(portal): State<Arc<Portal>>,
    Json(body): Json<RequestBody>,
) -> Response {
    let RequestBody { url, external_id, iin, provider_bin, signature } = body;
    let Ok(signature) = STANDARD.decode(signature) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    let request = PortalRequest { external_id, iin, provider_bin, signature };
    match portal.push(&url, &request, None).await {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

/// `GET /told/{id}`: what the portal was told of a request, in its order.
pub(super) async fn told(State(portal): State<Arc<Portal>>, Path(id): Path<String>) -> Response {
    let told = portal.told().into_iter().filter(|one| one.external_id == id);
    let told: Vec<_> = told
        .map(|one| {
            let documents = one.documents.iter().map(|document| {
                json!({
                    "number": document.number,
                    "kind": document.kind,
                    "sha256": document.sha256,
                    "content": STANDARD.encode(&document.bytes),
                })
            });
            json!({
                "kind": one.kind,
                "state": one.state,
                "resolution": one.resolution,
                "number": one.number,
                "fault": one.fault.as_ref().map(|(code, _)| code),
                "documents": documents.collect::<Vec<_>>(),
            })
        })
        .collect();
    Json(told).into_response()
}
