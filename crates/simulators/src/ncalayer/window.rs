//! The signer's window: a page of its own on the same port, where a person reads what he is to sign and chooses a key.
//!
//! Answers only to its own loopback address, and acts only on requests of its own page: any site may open the web
//! socket, as with the real program, but no site may press "Sign".

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::desk::{Desk, DeskError};
use super::socket;

/// Longest time a page waits for news before it asks again.
const POLL: Duration = Duration::from_secs(25);
/// The program takes documents of some megabytes; so much for a message.
const MESSAGE_BYTES_MAX: usize = 32 * 1024 * 1024;
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = include_str!("assets/window.html");
const SCRIPT: &str = include_str!("assets/window.js");
const STYLE: &str = include_str!("assets/window.css");

/// Everything on the port.
pub(super) fn router(desk: Arc<Desk>, port: u16) -> Router {
    let guarded = middleware::from_fn(move |request, next| guard(port, request, next));
    let window = Router::new()
        .route("/window.js", get(|| asset("text/javascript; charset=utf-8", SCRIPT)))
        .route("/window.css", get(|| asset("text/css; charset=utf-8", STYLE)))
        .route("/pending", get(pending))
        .route("/pending/{id}/sign", post(sign))
        .route("/pending/{id}/cancel", post(cancel))
        .layer(guarded.clone());
    let root = get(root).layer(middleware::from_fn(move |request: Request, next| async move {
        if request.headers().contains_key(header::UPGRADE) {
            Next::run(next, request).await
        } else {
            guard(port, request, next).await
        }
    }));
    Router::new().route("/", root).merge(window).with_state(desk)
}

/// The page, or a web socket where one is asked for.
async fn root(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = socket else {
        return asset("text/html; charset=utf-8", PAGE).await;
    };
    let origin = header_text(&headers, header::ORIGIN).unwrap_or_default().to_owned();
    upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| socket::converse(socket, desk, origin))
}

async fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

#[derive(Deserialize)]
struct After {
    after: Option<u64>,
}

/// What is waiting; with `after`, as soon as it differs from what that number stood for.
async fn pending(State(desk): State<Arc<Desk>>, Query(After { after }): Query<After>) -> Response {
    let mut changes = desk.subscribe();
    let unlike = |version: &u64| Some(*version) != after;
    // Silence for so long is an answer too: the same list again.
    let _ = tokio::time::timeout(POLL, changes.wait_for(unlike)).await;
    let version = *changes.borrow();
    Json(json!({ "version": version, "requests": desk.pending() })).into_response()
}

#[derive(Deserialize)]
struct Choice {
    person: String,
}

async fn sign(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<u64>,
    choice: Result<Json<Choice>, JsonRejection>,
) -> Response {
    match choice {
        Ok(Json(choice)) => answer(desk.sign(id, &choice.person)),
        Err(rejection) => rejection.into_response(),
    }
}

async fn cancel(State(desk): State<Arc<Desk>>, Path(id): Path<u64>) -> Response {
    answer(desk.cancel(id))
}

fn answer(done: Result<(), DeskError>) -> Response {
    let (status, code) = match done {
        Ok(()) => return StatusCode::NO_CONTENT.into_response(),
        Err(DeskError::NoSuchRequest) => (StatusCode::NOT_FOUND, "no_such_request"),
        Err(DeskError::NoSuchKey) => (StatusCode::NOT_FOUND, "no_such_key"),
        Err(DeskError::Unfit(_)) => (StatusCode::CONFLICT, "unfit_key"),
        Err(DeskError::Signing(_)) => (StatusCode::INTERNAL_SERVER_ERROR, "signing_failed"),
    };
    (status, Json(json!({ "code": code }))).into_response()
}

/// Own address, own origin, and headers that hold the page to its own files.
async fn guard(port: u16, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = header_text(headers, header::HOST).unwrap_or_default();
    let acts = !request.method().is_safe();
    if !is_own(host, port) || (acts && !is_own_origin(headers, host)) {
        return (StatusCode::FORBIDDEN, Json(json!({ "code": "foreign_page" }))).into_response();
    }
    let mut response = next.run(request).await;
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A name that leads here and nowhere else: somebody's domain pointing at 127.0.0.1 is another origin.
fn is_own(host: &str, port: u16) -> bool {
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| host == format!("{name}:{port}"))
}

fn is_own_origin(headers: &HeaderMap, host: &str) -> bool {
    header_text(headers, header::ORIGIN)
        .and_then(|origin| origin.strip_prefix("https://").or(origin.strip_prefix("http://")))
        == Some(host)
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
