//! What the gateway calls, over HTTP: SOAP 1.1 by POST, bounded in size and time. Faults come with status 500, as SOAP 1.1
//! has it. Knows no TLS: that ends before it. Read next: `sync.rs`, `push.rs`.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tower_http::timeout::TimeoutLayer;

use crate::Gateway;
use crate::poll::log;
use crate::refusal::{Operation, Refusal, fault};

/// As much as a signed message may have.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Longer than the store may take, shorter than the gateway waits.
const PATIENCE: Duration = Duration::from_secs(30);
const XML: &str = "text/xml; charset=utf-8";

/// Both channels: `/shep/sync` and `/shep/async`.
pub fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/shep/sync", post(sync))
        .route("/shep/async", post(pushed))
        .layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        .with_state(gateway)
}

async fn sync(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Bytes) -> Response {
    answered(&gateway, &headers, gateway.asked(&body)).await
}

async fn pushed(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Bytes) -> Response {
    answered(&gateway, &headers, gateway.pushed(&body)).await
}

async fn answered(
    gateway: &Gateway,
    headers: &HeaderMap,
    answer: impl Future<Output = Result<Vec<u8>, (Operation, Refusal)>>,
) -> Response {
    if !is_xml(headers) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    match answer.await {
        Ok(envelope) => ([(header::CONTENT_TYPE, XML)], envelope).into_response(),
        Err((operation, refusal)) => {
            log(refusal);
            let envelope = fault(&gateway.party, operation, refusal);
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            (status, [(header::CONTENT_TYPE, XML)], envelope).into_response()
        }
    }
}

fn is_xml(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("text/xml")
}
