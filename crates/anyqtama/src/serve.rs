//! Serving HTTP and running workers until a signal, then ending gracefully.
//!
//! Slow or silent clients are cut off by time-outs of head and body; connections beyond a limit wait in the kernel's queue.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use adapters::ListFetcher;
use anyhow::{Context, Result};
use app::{Service, Watchdog, Worker};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use gateway::{Gateway, Poll};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tower::ServiceExt;

use crate::request_body::{BodyPatience, in_time};
use crate::tls::Tls;

/// Time a client has to shake hands over TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Time a client has for the head of a request.
const HEADER_READ: Duration = Duration::from_secs(15);
/// Time a client has for the body: a certificate of 2 MB over a bad line comes in it.
const BODY_READ: BodyPatience =
    BodyPatience { pause: Duration::from_secs(20), whole: Duration::from_secs(120) };
/// Connections served at the same time.
const CONNECTIONS_MAX: usize = 2_048;
/// Time that running answers get after the signal to end.
const GRACE: Duration = Duration::from_secs(20);
/// Time for what was let in last to be read, before connections without a request are ended.
const SETTLING: Duration = Duration::from_millis(250);
/// Before another takes the place of what a fault of the program ended.
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(1);

/// Tells every part when to end.
#[derive(Clone)]
pub struct Shutdown(watch::Receiver<bool>);

/// Gives the word to end.
pub struct ShutdownSwitch(watch::Sender<bool>);

impl Shutdown {
    /// A switch and what it switches.
    pub fn new() -> (ShutdownSwitch, Self) {
        let (sender, receiver) = watch::channel(false);
        (ShutdownSwitch(sender), Self(receiver))
    }

    /// Ends when the word is given, or when nobody is left to give it.
    pub async fn wait(&self) {
        let mut receiver = self.0.clone();
        let _ = receiver.wait_for(|end| *end).await;
    }
}

impl ShutdownSwitch {
    /// Gives the word.
    pub fn end(&self) {
        let _ = self.0.send(true);
    }
}

/// Ends on Ctrl-C or SIGTERM.
pub async fn signal() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot wait for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}

/// Serves until the word to end, then lets running answers finish.
pub async fn serve_http(listener: TcpListener, router: Router, shutdown: Shutdown) -> Result<()> {
    serve_over_tls(listener, None, router, shutdown).await
}

/// The same over TLS, where it is configured.
pub async fn serve_over_tls(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    router: Router,
    shutdown: Shutdown,
) -> Result<()> {
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let permit = Arc::clone(&permits).acquire_owned().await?;
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.wait() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (router, tls) = (router.clone(), tls.clone());
                // Whoever still shakes hands when the word to end comes is waited for, too.
                let watcher = graceful.watcher();
                tokio::spawn(async move {
                    serve_connection(stream, peer, tls, router, watcher).await;
                    drop(permit);
                });
            }
            // Out of file descriptors, most likely: others must end before more can come.
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    // Who was let in a moment ago has not been read yet, and would be sent away without an answer.
    tokio::time::sleep(SETTLING).await;
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    Ok(())
}

async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<Arc<Tls>>,
    router: Router,
    watcher: Watcher,
) {
    let Some(tls) = tls else { return answer(stream, peer, router, watcher).await };
    // A client that shakes no hands, or not in time, is no news.
    if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.acceptor().accept(stream)).await {
        answer(stream, peer, router, watcher).await;
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
) {
    let service = router.map_request(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(|body| in_time(body, BODY_READ))
    });
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_READ);
    let io = TokioIo::new(stream);
    let connection = builder.serve_connection(io, TowerToHyperService::new(service)).into_owned();
    // A client that went away is no news.
    let _ = watcher.watch(connection).await;
}

/// Runs workers, and the watchdog of the legal clock with them, until the word to end.
pub async fn run_workers(service: Arc<Service>, parallel: usize, shutdown: Shutdown) {
    let mut workers = JoinSet::new();
    if parallel > 0 {
        let (watchdog, shutdown) = (Arc::clone(&service), shutdown.clone());
        workers.spawn(keep_up("watchdog", move || {
            let (watchdog, shutdown) = (Watchdog::new(Arc::clone(&watchdog)), shutdown.clone());
            async move { watchdog.run_until(shutdown.wait()).await }
        }));
    }
    for _ in 0..parallel {
        let (worker, shutdown) = (Arc::clone(&service), shutdown.clone());
        workers.spawn(keep_up("worker", move || {
            let (worker, shutdown) = (Worker::new(Arc::clone(&worker)), shutdown.clone());
            async move { worker.run_until(shutdown.wait()).await }
        }));
    }
    while workers.join_next().await.is_some() {}
}

/// Tells the portal of the e-government what becomes of its requests, and fetches what waits for us at the gateway, where
/// it is a channel, until the word to end.
pub async fn exchange(gateway: Option<Arc<Gateway>>, shutdown: Shutdown) {
    let Some(gateway) = gateway else { return };
    let (desk, ending) = (gateway.desk(), shutdown.clone());
    let telling = keep_up("exchange", move || {
        let (desk, ending) = (Arc::clone(&desk), ending.clone());
        async move { desk.run_until(ending.wait()).await }
    });
    let fetching = keep_up("poll", move || {
        let (poll, ending) = (Poll::new(Arc::clone(&gateway)), shutdown.clone());
        async move { poll.run_until(ending.wait()).await }
    });
    tokio::join!(telling, fetching);
}

/// Serves what the gateway calls, where the portal of the e-government is a channel, until the word to end.
pub async fn serve_gateway(
    bound: Option<(TcpListener, Arc<Gateway>)>,
    shutdown: Shutdown,
) -> Result<()> {
    match bound {
        Some((listener, gateway)) => serve_http(listener, gateway::router(gateway), shutdown).await,
        None => Ok(()),
    }
}

/// Fetches revocation lists, where any are configured, until the word to end.
pub async fn fetch_lists(fetcher: Option<ListFetcher>, shutdown: Shutdown) {
    let Some(fetcher) = fetcher.map(Arc::new) else { return };
    keep_up("lists", move || {
        let (fetcher, shutdown) = (Arc::clone(&fetcher), shutdown.clone());
        async move { fetcher.run_until(shutdown.wait()).await }
    })
    .await;
}

/// Runs what must never be missing: where a fault of the program ends it, another takes its place, and what it had in
/// hand comes up again when the lease ends.
async fn keep_up<F>(name: &'static str, start: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    // What a panic says may hold a person's data: only that it happened is told.
    while tokio::spawn(start()).await.is_err() {
        tracing::error!(name, "ended by a fault of the program; another takes its place");
        tokio::time::sleep(PAUSE_AFTER_FAULT).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    #[allow(clippy::panic, reason = "the fault that is looked at")]
    async fn another_takes_the_place_of_a_worker_that_a_fault_ended() {
        let started = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&started);
        keep_up("worker", move || {
            let place = count.fetch_add(1, Ordering::Relaxed);
            async move { assert!(place == 2, "the first two end by a fault") }
        })
        .await;
        assert_eq!(started.load(Ordering::Relaxed), 3);
    }
}
