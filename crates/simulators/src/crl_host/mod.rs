//! A host where an authority publishes its revocation lists, over HTTP as the national one does: GET a file, with the
//! usual marks of whether it has changed.
//!
//! Listens on a loopback port and can be told to fail in every way such a host fails. Knows nothing of lists: what is
//! published it hands out.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::connections;

const KIND: &str = "application/pkix-crl";
/// What a proxy's page of refusal looks like.
const PAGE: &str = "<!doctype html><title>Access denied</title>";

/// Ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Connections end as soon as they are made.
    Down,
    /// It answers rightly, but only after so long.
    Slow(Duration),
    /// Status 500.
    ServerError,
    /// Status 404.
    Missing,
    /// Status 200 with a page of HTML.
    Page,
    /// Rubbish.
    Garbage,
    /// The connection breaks in the middle of the file.
    BreaksOff,
    /// More and more bytes.
    Endless,
    /// It leads elsewhere.
    Redirect,
    /// To whoever names a list it says that there is no other, whichever that is.
    NeverChanged,
}

/// Why the host is not there.
#[derive(Debug, thiserror::Error)]
pub enum CrlHostError {
    /// The address is not this computer's own.
    #[error("the host of lists listens on loopback addresses only")]
    NotLoopback,
    /// The address is taken or forbidden.
    #[error("the host of lists cannot listen: {0}")]
    Io(#[from] std::io::Error),
}

/// What the host hands out, and how.
#[derive(Default)]
pub struct Publishing(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    files: BTreeMap<String, (u64, Bytes)>,
    published: u64,
    fault: Option<Fault>,
    sent: u64,
}

impl Publishing {
    /// Puts a file there, in the place of an older one of this name.
    pub fn publish(&self, name: &str, bytes: Vec<u8>) {
        let mut shelf = self.shelf();
        shelf.published += 1;
        let file = (shelf.published, bytes.into());
        shelf.files.insert(name.to_owned(), file);
    }

    /// Fails so from the next connection on; works again with `None`.
    pub fn fail(&self, fault: impl Into<Option<Fault>>) {
        self.shelf().fault = fault.into();
    }

    /// How many whole files were sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.shelf().sent
    }

    fn fault(&self) -> Option<Fault> {
        self.shelf().fault
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The host, listening.
pub struct CrlHost {
    listener: TcpListener,
    address: SocketAddr,
    publishing: Arc<Publishing>,
}

impl CrlHost {
    /// Listens on a loopback address; port 0 draws one.
    ///
    /// # Errors
    /// [`CrlHostError`].
    pub async fn bind(address: SocketAddr) -> Result<Self, CrlHostError> {
        if !address.ip().is_loopback() {
            return Err(CrlHostError::NotLoopback);
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, publishing: Arc::default() })
    }

    /// The address of a file.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// What it hands out, to change it and to make it fail.
    #[must_use]
    pub fn publishing(&self) -> Arc<Publishing> {
        Arc::clone(&self.publishing)
    }

    /// Serves until `shutdown` is there; connections end with it.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) {
        let Self { listener, publishing, .. } = self;
        let router = Router::new()
            .route("/{name}", get(file))
            .layer(middleware::map_response(last_of_its_connection))
            .with_state(Arc::clone(&publishing));
        connections::serve(&listener, shutdown, |stream| {
            let router = router.clone();
            let is_down = publishing.fault() == Some(Fault::Down);
            async move {
                if !is_down {
                    connections::http(stream, router).await;
                }
            }
        })
        .await;
    }
}

async fn file(
    State(publishing): State<Arc<Publishing>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    match publishing.fault() {
        Some(Fault::Slow(pause)) => tokio::time::sleep(pause).await,
        Some(Fault::ServerError) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Fault::Missing) => return StatusCode::NOT_FOUND.into_response(),
        Some(Fault::Page) => return ([(header::CONTENT_TYPE, "text/html")], PAGE).into_response(),
        Some(Fault::Garbage) => return of_kind(Body::from(vec![0x30; 500])),
        Some(Fault::BreaksOff) => return breaking_off(&publishing, &name),
        Some(Fault::Endless) => return of_kind(endless()),
        Some(Fault::Redirect) => {
            return (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response();
        }
        _ => {}
    }
    let Some((version, bytes)) = publishing.shelf().files.get(&name).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mark = format!("\"{version}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let never_changed = publishing.fault() == Some(Fault::NeverChanged) && known.is_some();
    if never_changed || known == Some(mark.as_str()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    publishing.shelf().sent += 1;
    let mut response = of_kind(Body::from(bytes));
    if let Ok(mark) = HeaderValue::from_str(&mark) {
        response.headers_mut().insert(header::ETAG, mark);
    }
    response
}

fn of_kind(body: Body) -> Response {
    ([(header::CONTENT_TYPE, KIND)], body).into_response()
}

/// Half of the file, and then a fault where the rest should come.
fn breaking_off(publishing: &Publishing, name: &str) -> Response {
    let (_, bytes) = publishing.shelf().files.get(name).cloned().unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    let chunks = [Ok(half), Err(std::io::Error::other("broken off"))];
    of_kind(Body::from_stream(futures_util::stream::iter(chunks)))
}

fn endless() -> Body {
    let chunk = Bytes::from_static(&[0x30; 64 * 1024]);
    let chunks = std::iter::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
    Body::from_stream(futures_util::stream::iter(chunks))
}

/// A connection for each file, so that a host told to be down is down at once.
async fn last_of_its_connection(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
