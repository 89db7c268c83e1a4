//! Serving HTTP and running workers until a signal, then ending gracefully.
//!
//! Slow or silent clients are cut off by time-outs of head and body; connections beyond a limit wait in the kernel's queue, and
//! those of one address beyond its own limit are closed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use adapters::ListFetcher;
use anyhow::{Context, Result};
use app::{Messenger, Service, Watchdog, Worker};
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

use crate::operations::http::HttpTimes;
use crate::peers::Peers;
use crate::request_body::{BodyPatience, in_time};
use crate::tls::Tls;

/// Time a client has to shake hands over TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Time a client has for the head of a request, and for its body: a certificate of 2 MB over a bad line comes in it.
const PATIENCE: Patience = Patience {
    head: Duration::from_secs(15),
    body: BodyPatience { pause: Duration::from_secs(20), whole: Duration::from_secs(120) },
};
/// Longest head of a request.
const HEAD_BYTES_MAX: usize = 32 * 1_024;
/// Connections served at the same time.
const CONNECTIONS_MAX: usize = 2_048;
/// Time that running answers get after the signal to end.
const GRACE: Duration = Duration::from_secs(20);
/// Time for what was let in last to be read, before connections without a request are ended.
const SETTLING: Duration = Duration::from_millis(250);
/// Before another takes the place of what a fault of the program ended.
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(1);

/// How long a client may take.
#[derive(Clone, Copy)]
struct Patience {
    head: Duration,
    body: BodyPatience,
}

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
    serve_patiently(listener, tls, router, shutdown, PATIENCE).await
}

async fn serve_patiently(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    router: Router,
    shutdown: Shutdown,
    patience: Patience,
) -> Result<()> {
    let peers = Peers::default();
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
                let Some(place) = peers.admit(peer.ip()) else { continue };
                let (router, tls) = (router.clone(), tls.clone());
                // Whoever still shakes hands when the word to end comes is waited for, too.
                let watcher = graceful.watcher();
                tokio::spawn(async move {
                    serve_connection((stream, peer), tls, router, patience, watcher).await;
                    drop((permit, place));
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
    (stream, peer): (TcpStream, SocketAddr),
    tls: Option<Arc<Tls>>,
    router: Router,
    patience: Patience,
    watcher: Watcher,
) {
    let Some(tls) = tls else { return answer(stream, peer, router, patience, watcher).await };
    // A client that shakes no hands, or not in time, is no news.
    if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.acceptor().accept(stream)).await {
        answer(stream, peer, router, patience, watcher).await;
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    patience: Patience,
    watcher: Watcher,
) {
    let service = router.map_request(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(|body| in_time(body, patience.body))
    });
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    let mut http1 = builder.http1();
    http1.timer(TokioTimer::new()).header_read_timeout(patience.head).max_buf_size(HEAD_BYTES_MAX);
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

/// Sends notices as messages, where this installation has a way for them, until the word to end.
pub async fn send_messages(messenger: Option<Arc<Messenger>>, shutdown: Shutdown) {
    let Some(messenger) = messenger else { return };
    keep_up("messenger", move || {
        let (messenger, shutdown) = (Arc::clone(&messenger), shutdown.clone());
        async move { messenger.run_until(shutdown.wait()).await }
    })
    .await;
}

/// Serves what the gateway calls, where the portal of the e-government is a channel, until the word to end.
pub async fn serve_gateway(
    bound: Option<(TcpListener, Arc<Gateway>)>,
    http: HttpTimes,
    shutdown: Shutdown,
) -> Result<()> {
    match bound {
        Some((listener, gateway)) => {
            serve_http(listener, http.watching(gateway::router(gateway)), shutdown).await
        }
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

    use axum::body::Bytes;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const SHORT: Patience = Patience {
        head: Duration::from_millis(200),
        body: BodyPatience { pause: Duration::from_millis(200), whole: Duration::from_millis(600) },
    };

    /// A server that answers with how many bytes came.
    async fn server() -> (SocketAddr, ShutdownSwitch) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", post(async |body: Bytes| body.len().to_string()));
        let (switch, shutdown) = Shutdown::new();
        tokio::spawn(serve_patiently(listener, None, router, shutdown, SHORT));
        (address, switch)
    }

    /// What comes back until the server closes, with a pause before each piece that is sent.
    async fn told(address: SocketAddr, pieces: &[&[u8]], pause: Duration) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        for piece in pieces {
            // Who was cut off can send no more.
            if stream.write_all(piece).await.is_err() {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        let mut answer = Vec::new();
        let closed = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
        assert!(closed.is_ok(), "the connection stays open");
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn whoever_sends_slowly_or_nothing_is_cut_off() {
        let (address, _switch) = server().await;
        let quick = Duration::ZERO;
        let whole: &[u8] = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbyte";
        // It keeps the connection for another request, which never comes.
        let answer = told(address, &[whole], quick).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\n4"), "{answer}");
        assert_eq!(told(address, &[], quick).await, "", "silent from the beginning");
        let head: [&[u8]; 7] = [b"P", b"O", b"S", b"T", b" ", b"/", b" "];
        let slow_head = told(address, &head, Duration::from_millis(60)).await;
        assert!(!slow_head.contains("200"), "{slow_head}");
        let begun: &[u8] = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 90\r\n\r\n";
        let drops = vec![b"b".as_slice(); 12];
        let slow_body = [vec![begun], drops].concat();
        let answer = told(address, &slow_body, Duration::from_millis(100)).await;
        assert!(!answer.contains(" 200 "), "half a body passed for the whole: {answer}");
        let silent_body = told(address, &[begun], quick).await;
        assert!(!silent_body.contains(" 200 "), "{silent_body}");
    }

    #[tokio::test]
    async fn enormous_heads_and_garbage_are_refused_and_the_next_is_served() {
        let (address, _switch) = server().await;
        let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "a".repeat(2 * HEAD_BYTES_MAX));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(1_000));
        for refused in [long.as_bytes(), many.as_bytes(), b"\x16\x03\x01\x02\0garbage\r\n\r\n"] {
            let answer = told(address, &[refused], Duration::ZERO).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        }
        let pipelined =
            [b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\n1".as_slice(); 50];
        let mut pipelined = pipelined.concat();
        pipelined.extend_from_slice(b"\0\0 garbage behind it \r\n\r\n");
        let answer = told(address, &[&pipelined], Duration::ZERO).await;
        assert_eq!(answer.matches("HTTP/1.1 200").count(), 50, "{answer}");
        assert_eq!(answer.matches("HTTP/1.1 400").count(), 1, "{answer}");
    }

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
