//! A responder of the demo's authorities over HTTP (RFC 6960, appendix A), as the national one is: POST a question, get
//! an answer.
//!
//! Listens on a loopback port and can be told to fail in every way such a responder fails. Knows nothing of the service
//! that asks. Read next: `responding.rs` for its answers.

mod responding;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::net::TcpListener;

pub use responding::{Fault, Responding};

use crate::authority::OcspKeys;
use crate::connections;
use crate::ncalayer::Clock;

/// Media types of RFC 6960.
const QUERY: &str = "application/ocsp-request";
const REPLY: &str = "application/ocsp-response";
/// Questions have some hundred bytes.
const QUERY_BYTES_MAX: usize = 16 * 1024;
/// What a proxy's page of refusal looks like.
const PAGE: &str = "<!doctype html><title>Access denied</title>";
const OVERSIZED_BYTES: usize = 8 * 1024 * 1024;

/// Why the responder is not there.
#[derive(Debug, thiserror::Error)]
pub enum OcspError {
    /// The address is not this computer's own.
    #[error("the responder listens on loopback addresses only")]
    NotLoopback,
    /// The address is taken or forbidden.
    #[error("the responder cannot listen: {0}")]
    Io(#[from] std::io::Error),
}

/// The responder, listening.
pub struct Ocsp {
    listener: TcpListener,
    address: SocketAddr,
    responding: Arc<Responding>,
}

impl Ocsp {
    /// Listens on a loopback address; port 0 draws one.
    ///
    /// # Errors
    /// [`OcspError`].
    pub async fn bind(
        address: SocketAddr,
        keys: OcspKeys,
        clock: Clock,
    ) -> Result<Self, OcspError> {
        if !address.ip().is_loopback() {
            return Err(OcspError::NotLoopback);
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, responding: Arc::new(Responding::new(keys, clock)) })
    }

    /// Where questions are posted.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How it answers, to make it fail and to count what it was asked.
    #[must_use]
    pub fn responding(&self) -> Arc<Responding> {
        Arc::clone(&self.responding)
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let Self { listener, responding, .. } = self;
        let router = Router::new()
            .route("/", post(reply))
            .layer(middleware::map_response(last_of_its_connection))
            .layer(DefaultBodyLimit::max(QUERY_BYTES_MAX))
            .with_state(Arc::clone(&responding));
        connections::serve(&listener, shutdown, |stream| {
            let router = router.clone();
            let is_down = responding.fault() == Some(Fault::Down);
            if is_down {
                responding.count_connection();
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

async fn reply(
    State(responding): State<Arc<Responding>>,
    headers: HeaderMap,
    query: Bytes,
) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind != Some(QUERY) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    responding.count_connection();
    match responding.fault() {
        Some(Fault::Slow(pause)) => tokio::time::sleep(pause).await,
        Some(Fault::ServerError) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Fault::Page) => return ([(header::CONTENT_TYPE, "text/html")], PAGE).into_response(),
        Some(Fault::Garbage) => return of_kind(vec![0x30; 500]),
        Some(Fault::Oversized) => return of_kind(vec![0x30; OVERSIZED_BYTES]),
        _ => {}
    }
    match responding.answer(&query) {
        Ok(answer) => of_kind(answer),
        Err(error) => {
            tracing::warn!(%error, "no answer was made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn of_kind(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, REPLY)], body).into_response()
}

/// A connection for each question, so that a responder told to be down is down at once.
async fn last_of_its_connection(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
