//! Whether the process lives and whether it can serve: the store is asked each time, and the age of its last answer told.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::Shared;

/// `/health/live` and `/health/ready`.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/health/live", get(async || Json(json!({ "status": "live" }))))
        .route("/health/ready", get(ready))
}

async fn ready(State(portal): State<Shared>) -> Response {
    let now = portal.service.now().as_millisecond();
    let ok = portal.service.ping_store().await.is_ok();
    if ok {
        portal.store_seen_ms.store(now, Ordering::Relaxed);
    }
    let seen = portal.store_seen_ms.load(Ordering::Relaxed);
    let age_s = (seen != i64::MIN).then(|| now.saturating_sub(seen) / 1_000);
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let words = if ok { "ready" } else { "not_ready" };
    let store = json!({ "ok": ok, "last_success_age_s": age_s });
    (status, Json(json!({ "status": words, "dependencies": { "store": store } }))).into_response()
}
