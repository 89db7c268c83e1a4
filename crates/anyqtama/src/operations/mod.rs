//! Operations: how those who run the service see how it fares. Metrics stand on an address of their own, never on the public
//! one; traces go to a collector; a prober walks the whole journey.
//!
//! Read next: `standing.rs`, `prober.rs`, `traces.rs`; `docs/operations.md`, adr 39.

pub mod http;
pub mod metrics;
pub mod prober;
pub mod standing;
#[cfg(test)]
mod tests;
pub mod traces;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use app::{Messenger, SealTerm, Service};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::serve::{Shutdown, serve_http};
use crate::tls::Tls;
use crate::wiring::OpenStore;
use http::HttpTimes;
use prober::Prober;
use standing::Standing;
use traces::Telemetry;

/// Which command runs: each has an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// `serve`
    Serve,
    /// `worker`
    Worker,
}

/// The listener with what it tells, and the prober.
pub struct Operations {
    listener: Option<(TcpListener, Arc<Standing>)>,
    prober: Option<Prober>,
    service: Arc<Service>,
}

/// What of this process is told about.
pub struct Watched {
    /// The service.
    pub service: Arc<Service>,
    /// Its database.
    pub store: OpenStore,
    /// Who sends messages, where this process does.
    pub messenger: Option<Arc<Messenger>>,
    /// TLS, where no proxy takes it.
    pub tls: Option<Arc<Tls>>,
    /// Terms of the certificates that messages over SHEP are signed with.
    pub messages: Vec<SealTerm>,
}

impl Operations {
    /// Binds what is configured.
    ///
    /// # Errors
    /// An address that is taken; a key of the prober that cannot be used.
    pub async fn bind(
        process: Process,
        config: &Config,
        own: Watched,
        http: HttpTimes,
        telemetry: &Telemetry,
    ) -> Result<Self> {
        let service = Arc::clone(&own.service);
        let Some(section) = &config.operations else {
            return Ok(Self { listener: None, prober: None, service });
        };
        let prober = section.prober.as_ref().filter(|_| process == Process::Serve);
        let prober = prober.map(|prober| Prober::new(prober, config)).transpose()?.flatten();
        let address = match process {
            Process::Serve => Some(section.listen),
            Process::Worker => section.worker_listen,
        };
        let of_messages = own.messages.iter().map(|term| ("messages", term.clone()));
        let of_prober = prober.iter().map(|prober| ("prober", prober.term()));
        let standing = Standing {
            terms: of_messages.chain(of_prober).collect(),
            service: Arc::clone(&service),
            store: own.store,
            messenger: own.messenger,
            tls: own.tls,
            http,
            journeys: prober.as_ref().map(Prober::journeys),
            exports: telemetry.exports(),
            answers: tokio::sync::Mutex::default(),
        };
        let listener = match address {
            Some(address) => Some((bound(address).await?, Arc::new(standing))),
            None => None,
        };
        Ok(Self { listener, prober, service })
    }

    /// Tells and probes until the word to end.
    ///
    /// # Errors
    /// As of serving.
    pub async fn run(self, shutdown: Shutdown) -> Result<()> {
        let Self { listener, prober, service } = self;
        let probing = async {
            if let Some(prober) = prober {
                prober.run_until(&service, shutdown.clone()).await;
            }
        };
        let telling = async {
            match listener {
                Some((listener, standing)) => {
                    serve_http(listener, router(standing), shutdown.clone()).await
                }
                None => Ok(()),
            }
        };
        let ((), told) = tokio::join!(probing, telling);
        told
    }
}

async fn bound(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {address} (operations)"))?;
    tracing::info!(%address, "telling metrics");
    Ok(listener)
}

fn router(standing: Arc<Standing>) -> Router {
    Router::new().route("/metrics", get(told)).with_state(standing)
}

async fn told(State(standing): State<Arc<Standing>>) -> Response {
    match standing.text().await {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
