//! Connections of a counterpart's port: each served on its own, all ended with the counterpart.

use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Talks on every connection until `shutdown` is there.
pub(crate) async fn serve<T>(
    listener: &TcpListener,
    shutdown: impl Future<Output = ()> + Send,
    talk: impl Fn(TcpStream) -> T,
) where
    T: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(talk(stream));
                }
                // Out of descriptors, most likely: a pause lets some go.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// HTTP on one connection. What goes wrong on it is the other side's to notice: it sees the connection end.
pub(crate) async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
) {
    let server = auto::Builder::new(TokioExecutor::new()).http1_only();
    let service = TowerToHyperService::new(router);
    let served = server.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection to a counterpart ended badly");
    }
}
