//! Traces to a collector, by OTLP over HTTP. A collector that is away or slow harms nothing: what waits for it is bounded, what
//! does not fit is dropped, and a metric tells that it does not come through.
//!
//! A span has words of ours, route templates and numbers of requests in it, and nobody's data. Traces begin here: what a
//! stranger sends as the trace he came from is not believed (adr 39). Read next: `../logging.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanData, SpanExporter};

use super::metrics::{Labels, Value};

/// Longest wait for the collector to take a batch.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is appended to the address of a collector.
const PATH: &str = "/v1/traces";

/// How batches fared.
#[derive(Debug, Default)]
pub struct ExportCounts {
    taken: AtomicU64,
    failed: AtomicU64,
}

impl ExportCounts {
    /// As metrics.
    pub fn samples(&self) -> Vec<(Labels, Value)> {
        let one = |outcome: &str, count: &AtomicU64| {
            (vec![("outcome", outcome.to_owned())], Value::Count(count.load(Ordering::Relaxed)))
        };
        vec![one("ok", &self.taken), one("failed", &self.failed)]
    }
}

/// What has to be ended with the process.
#[derive(Default)]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
    exports: Option<Arc<ExportCounts>>,
}

impl Telemetry {
    /// Spans to a collector at this address.
    ///
    /// # Errors
    /// An address that is none.
    pub fn to(url: &str) -> Result<Self> {
        let exports = Arc::<ExportCounts>::default();
        let inner = exporter(format!("{}{PATH}", url.trim_end_matches('/')))?;
        let exporter = Watched { inner, exports: Arc::clone(&exports) };
        let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource =
            Resource::builder().with_service_name("anyqtama").with_attribute(version).build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        Ok(Self { provider: Some(provider), exports: Some(exports) })
    }

    /// Who makes spans, where there is a collector.
    pub fn tracer(&self) -> Option<SdkTracer> {
        self.provider.as_ref().map(|provider| provider.tracer("anyqtama"))
    }

    /// How batches fare, where there is a collector.
    pub fn exports(&self) -> Option<Arc<ExportCounts>> {
        self.exports.clone()
    }

    /// Sends what is left, a few seconds at most.
    pub async fn end(self) {
        if let Some(provider) = self.provider {
            // It waits on a thread of its own making.
            let _ = tokio::task::spawn_blocking(move || provider.shutdown()).await;
        }
    }
}

/// With a client that waits: batches are sent by a thread of their own, which knows no runtime. It is made on one, because
/// making it waits too.
fn exporter(url: String) -> Result<opentelemetry_otlp::SpanExporter> {
    let made = std::thread::spawn(move || {
        let client = reqwest::blocking::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(url)
            .with_timeout(PATIENCE)
            .build()?;
        anyhow::Ok(exporter)
    });
    let made = made.join().map_err(|_| anyhow::anyhow!("the client cannot be made"))?;
    made.context("operations.otlp_url")
}

/// Counts what becomes of batches.
#[derive(Debug)]
struct Watched {
    inner: opentelemetry_otlp::SpanExporter,
    exports: Arc<ExportCounts>,
}

impl SpanExporter for Watched {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let outcome = self.inner.export(batch).await;
        let counter = if outcome.is_ok() { &self.exports.taken } else { &self.exports.failed };
        counter.fetch_add(1, Ordering::Relaxed);
        outcome
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
