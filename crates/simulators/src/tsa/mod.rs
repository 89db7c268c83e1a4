//! A time-stamping authority over HTTP (RFC 3161, 3.4), as the national one is: POST a query, get a reply.
//!
//! Listens on a loopback port and can be told to fail in every way such an authority fails. Knows nothing of the service
//! that asks. Read next: `stamping.rs` for its answers.

mod stamping;
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

pub use stamping::{Fault, Stamping};

use crate::authority::StampKeys;
use crate::connections;
use crate::ncalayer::Clock;

/// Media types of RFC 3161.
const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";
/// Queries have some hundred bytes.
const QUERY_BYTES_MAX: usize = 16 * 1024;
/// What a proxy's page of refusal looks like.
const PAGE: &str = "<!doctype html><title>Access denied</title>";
const OVERSIZED_BYTES: usize = 8 * 1024 * 1024;

/// Why the authority is not there.
#[derive(Debug, thiserror::Error)]
pub enum TsaError {
    /// The address is not this computer's own.
    #[error("the time-stamping authority listens on loopback addresses only")]
    NotLoopback,
    /// The address is taken or forbidden.
    #[error("the time-stamping authority cannot listen: {0}")]
    Io(#[from] std::io::Error),
}

/// The authority, listening.
pub struct Tsa {
    listener: TcpListener,
    address: SocketAddr,
    stamping: Arc<Stamping>,
}

impl Tsa {
    /// Listens on a loopback address; port 0 draws one.
    ///
    /// # Errors
    /// [`TsaError`].
    pub async fn bind(
        address: SocketAddr,
        keys: StampKeys,
        clock: Clock,
    ) -> Result<Self, TsaError> {
        if !address.ip().is_loopback() {
            return Err(TsaError::NotLoopback);
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, stamping: Arc::new(Stamping::new(keys, clock)) })
    }

    /// Where queries are posted.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How it stamps, to make it fail and to count what it was asked.
    #[must_use]
    pub fn stamping(&self) -> Arc<Stamping> {
        Arc::clone(&self.stamping)
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let Self { listener, stamping, .. } = self;
        let router = Router::new()
            .route("/", post(reply))
            .layer(middleware::map_response(last_of_its_connection))
            .layer(DefaultBodyLimit::max(QUERY_BYTES_MAX))
            .with_state(Arc::clone(&stamping));
        connections::serve(&listener, shutdown, |stream| {
            let router = router.clone();
            let is_down = stamping.fault() == Some(Fault::Down);
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
    State(stamping): State<Arc<Stamping>>,
    headers: HeaderMap,
    query: Bytes,
) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind != Some(QUERY) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let fault = stamping.fault();
    match fault {
        Some(Fault::Slow(pause)) => tokio::time::sleep(pause).await,
        Some(Fault::ServerError) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Fault::Page) => return ([(header::CONTENT_TYPE, "text/html")], PAGE).into_response(),
        Some(Fault::Garbage) => return of_kind(vec![0x30; 500]),
        Some(Fault::Oversized) => return of_kind(vec![0x30; OVERSIZED_BYTES]),
        _ => {}
    }
    match stamping.answer(&query) {
        Ok(answer) => of_kind(answer),
        Err(error) => {
            tracing::warn!(%error, "no time stamp was made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn of_kind(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, REPLY)], body).into_response()
}

/// A connection for each query, so that an authority told to be down is down at once.
async fn last_of_its_connection(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
