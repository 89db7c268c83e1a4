//! An SMS gateway over HTTP: `POST /` with number, sender and text.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use rustls::ServerConfig;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::base::bears;
use super::phones::Phones;
use super::{SmsSimulatorError, listen, serve_http, url_of};

/// Ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayFault {
    /// It answers after this pause.
    Slow(Duration),
    /// A fault of its own.
    ServerError,
    /// It does not take the number.
    RefuseNumber,
    /// It has too much to do.
    TooMany,
}

/// The gateway, listening.
pub struct SmsHttpGateway {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    state: Arc<GatewayState>,
}

/// How it behaves.
pub struct GatewayState {
    phones: Arc<Phones>,
    token: String,
    fault: Mutex<Option<GatewayFault>>,
}

impl GatewayState {
    /// From now on it fails so; `None` for not.
    pub fn fail(&self, fault: Option<GatewayFault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn fault(&self) -> Option<GatewayFault> {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SmsHttpGateway {
    /// Listens on a loopback address; port 0 draws one. Who sends must bear the token.
    ///
    /// # Errors
    /// [`SmsSimulatorError`].
    pub async fn bind(
        address: SocketAddr,
        token: &str,
        phones: Arc<Phones>,
    ) -> Result<Self, SmsSimulatorError> {
        let (listener, address) = listen(address).await?;
        let state = GatewayState { phones, token: token.to_owned(), fault: Mutex::default() };
        Ok(Self { listener, address, tls: None, state: Arc::new(state) })
    }

    /// The same over TLS alone.
    #[must_use]
    pub fn over_tls(self, tls: Arc<ServerConfig>) -> Self {
        Self { tls: Some(tls.into()), ..self }
    }

    /// Where messages are posted.
    #[must_use]
    pub fn url(&self) -> String {
        url_of(self.address, self.tls.as_ref())
    }

    /// To make it fail.
    #[must_use]
    pub fn state(&self) -> Arc<GatewayState> {
        Arc::clone(&self.state)
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let router = Router::new().route("/", post(take)).with_state(self.state);
        serve_http((self.listener, self.tls), router, shutdown).await;
    }
}

#[derive(Deserialize)]
struct Message {
    to: String,
    from: String,
    text: String,
}

async fn take(
    State(gateway): State<Arc<GatewayState>>,
    headers: HeaderMap,
    Json(message): Json<Message>,
) -> Response {
    if !bears(&headers, &gateway.token) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match gateway.fault() {
        Some(GatewayFault::Slow(pause)) => tokio::time::sleep(pause).await,
        Some(GatewayFault::ServerError) => return StatusCode::BAD_GATEWAY.into_response(),
        Some(GatewayFault::RefuseNumber) => {
            let problem = Json(json!({ "code": "number_refused" }));
            return (StatusCode::UNPROCESSABLE_ENTITY, problem).into_response();
        }
        Some(GatewayFault::TooMany) => return StatusCode::TOO_MANY_REQUESTS.into_response(),
        None => {}
    }
    gateway.phones.receive(&message.to, &message.from, message.text);
    (StatusCode::ACCEPTED, Json(json!({}))).into_response()
}
