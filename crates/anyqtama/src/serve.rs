//! Serving HTTP and running workers until a signal, then ending gracefully.
//!
//! Slow or silent clients are cut off by a header time-out; connections beyond a limit wait in the kernel's queue.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use app::{Service, Watchdog, Worker};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;

/// Time a client has for the head of a request.
const HEADER_READ: Duration = Duration::from_secs(15);
/// Connections served at the same time.
const CONNECTIONS_MAX: usize = 2_048;
/// Time that running answers get after the signal to end.
const GRACE: Duration = Duration::from_secs(20);

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
                serve_connection(stream, peer, router.clone(), &graceful, permit);
            }
            // Out of file descriptors, most likely: others must end before more can come.
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    Ok(())
}

fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    graceful: &GracefulShutdown,
    permit: OwnedSemaphorePermit,
) {
    let service = router.map_request(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_READ);
    let io = TokioIo::new(stream);
    let connection = builder.serve_connection(io, TowerToHyperService::new(service)).into_owned();
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // A client that went away is no news.
        let _ = connection.await;
        drop(permit);
    });
}

/// Runs workers, and the watchdog of the legal clock with them, until the word to end.
pub async fn run_workers(service: Arc<Service>, parallel: usize, shutdown: Shutdown) {
    let mut workers = JoinSet::new();
    if parallel > 0 {
        let watchdog = Watchdog::new(Arc::clone(&service));
        let shutdown = shutdown.clone();
        workers.spawn(async move { watchdog.run_until(shutdown.wait()).await });
    }
    for _ in 0..parallel {
        let worker = Worker::new(Arc::clone(&service));
        let shutdown = shutdown.clone();
        workers.spawn(async move { worker.run_until(shutdown.wait()).await });
    }
    while workers.join_next().await.is_some() {}
}
