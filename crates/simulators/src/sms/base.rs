//! The base of mobile citizens over HTTP: `POST /` with an IIN, the number or `null` back.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use domain::Iin;
use rustls::ServerConfig;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::phones::Phones;
use super::{SmsSimulatorError, listen, serve_http, url_of};

/// Ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseFault {
    /// It answers after this pause.
    Slow(Duration),
    /// A fault of its own.
    ServerError,
    /// A page instead of an answer.
    Page,
    /// JSON that is no answer.
    Garbage,
    /// A number that is none.
    WrongNumber,
}

/// The base, listening.
pub struct MobileBase {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    state: Arc<BaseState>,
}

/// How it behaves.
pub struct BaseState {
    phones: Arc<Phones>,
    token: String,
    fault: Mutex<Option<BaseFault>>,
}

impl BaseState {
    /// From now on it fails so; `None` for not.
    pub fn fail(&self, fault: Option<BaseFault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn fault(&self) -> Option<BaseFault> {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MobileBase {
    /// Listens on a loopback address; port 0 draws one. Who asks must bear the token.
    ///
    /// # Errors
    /// [`SmsSimulatorError`].
    pub async fn bind(
        address: SocketAddr,
        token: &str,
        phones: Arc<Phones>,
    ) -> Result<Self, SmsSimulatorError> {
        let (listener, address) = listen(address).await?;
        let state = BaseState { phones, token: token.to_owned(), fault: Mutex::default() };
        Ok(Self { listener, address, tls: None, state: Arc::new(state) })
    }

    /// The same over TLS alone.
    #[must_use]
    pub fn over_tls(self, tls: Arc<ServerConfig>) -> Self {
        Self { tls: Some(tls.into()), ..self }
    }

    /// Where questions are posted.
    #[must_use]
    pub fn url(&self) -> String {
        url_of(self.address, self.tls.as_ref())
    }

    /// To make it fail.
    #[must_use]
    pub fn state(&self) -> Arc<BaseState> {
        Arc::clone(&self.state)
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let router = Router::new().route("/", post(answer)).with_state(self.state);
        serve_http((self.listener, self.tls), router, shutdown).await;
    }
}

#[derive(Deserialize)]
struct Question {
    iin: Iin,
}

async fn answer(
    State(base): State<Arc<BaseState>>,
    headers: HeaderMap,
    Json(question): Json<Question>,
) -> Response {
    if !bears(&headers, &base.token) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match base.fault() {
        Some(BaseFault::Slow(pause)) => tokio::time::sleep(pause).await,
        Some(BaseFault::ServerError) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(BaseFault::Page) => {
            return "<!doctype html><title>Access denied</title>".into_response();
        }
        Some(BaseFault::Garbage) => return Json(json!({})).into_response(),
        Some(BaseFault::WrongNumber) => return Json(json!({ "number": "+1" })).into_response(),
        None => {}
    }
    let number = base.phones.number_of(question.iin).flatten();
    Json(json!({ "number": number })).into_response()
}

/// Whether a request bears the token.
pub(super) fn bears(headers: &HeaderMap, token: &str) -> bool {
    let borne = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    borne.and_then(|value| value.strip_prefix("Bearer ")) == Some(token)
}
