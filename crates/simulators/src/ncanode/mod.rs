//! NCANode as it answers over HTTP: `/cms/verify`, `/actuator/health`, its JSON and its errors. KalkanCrypt, which it
//! wraps, is not here: our own verification stands in for it.
//!
//! Listens on a loopback port and can be told to fail in each way that service was seen to fail. Knows nothing of the
//! service that asks. Read next: `judging.rs` for its answers.

mod judging;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use signature::trust::TrustStore;
use tokio::net::TcpListener;

pub use judging::{Fault, Judging};

use crate::connections;
use crate::ncalayer::Clock;

/// What a proxy's page of refusal looks like.
const PAGE: &str = "<!doctype html><title>Access denied</title>";

/// Why it is not there.
#[derive(Debug, thiserror::Error)]
pub enum NcaNodeError {
    /// The address is not this computer's own.
    #[error("the judge listens on loopback addresses only")]
    NotLoopback,
    /// The address is taken or forbidden.
    #[error("the judge cannot listen: {0}")]
    Io(#[from] std::io::Error),
}

/// The service, listening.
pub struct NcaNode {
    listener: TcpListener,
    address: SocketAddr,
    judging: Arc<Judging>,
}

impl NcaNode {
    /// Listens on a loopback address; port 0 draws one. `trust`: authorities it has loaded, and their lists, from which
    /// its responders are simulated too.
    ///
    /// # Errors
    /// [`NcaNodeError`].
    pub async fn bind(
        address: SocketAddr,
        trust: TrustStore,
        clock: Clock,
    ) -> Result<Self, NcaNodeError> {
        if !address.ip().is_loopback() {
            return Err(NcaNodeError::NotLoopback);
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, judging: Arc::new(Judging::new(trust, clock)) })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How it judges, to make it fail and to count what it was asked.
    #[must_use]
    pub fn judging(&self) -> Arc<Judging> {
        Arc::clone(&self.judging)
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let Self { listener, judging, .. } = self;
        let router = Router::new()
            .route("/cms/verify", post(verify))
            .route("/actuator/health", get(async || json_of(&json!({ "status": "UP" }))))
            .layer(middleware::map_response(last_of_its_connection))
            .with_state(Arc::clone(&judging));
        connections::serve(&listener, shutdown, |stream| {
            let router = router.clone();
            let is_down = judging.fault() == Some(Fault::Down);
            if is_down {
                judging.count();
            }
            async move {
                if !is_down {
                    connections::http(stream, router).await;
                }
            }
        })
        .await;
    }
}

async fn verify(State(judging): State<Arc<Judging>>, query: Bytes) -> Response {
    judging.count();
    match judging.fault() {
        Some(Fault::Slow(pause)) => tokio::time::sleep(pause).await,
        Some(Fault::Page) => return ([(header::CONTENT_TYPE, "text/html")], PAGE).into_response(),
        Some(Fault::Garbage) => return json_text("{\"valid\":tr".to_owned()),
        Some(Fault::ServerError) => {
            return error(StatusCode::INTERNAL_SERVER_ERROR, "Cannot load CRL file \"x.crl\"");
        }
        Some(Fault::Declines) => return error(StatusCode::BAD_REQUEST, "null"),
        _ => {}
    }
    match judging.answer(&query) {
        Ok(answer) => json_of(&answer),
        Err(words) => error(StatusCode::BAD_REQUEST, &words),
    }
}

/// Its `ErrorResponse`.
fn error(status: StatusCode, message: &str) -> Response {
    let body = json!({ "status": status.as_u16(), "message": message });
    (status, json_of(&body)).into_response()
}

fn json_of(body: &serde_json::Value) -> Response {
    json_text(body.to_string())
}

fn json_text(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A connection for each question, so that a service told to be down is down at once.
async fn last_of_its_connection(mut response: Response) -> Response {
    let close = header::HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}
