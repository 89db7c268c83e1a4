//! What operators watch the service by: metrics, traces, a prober. Read next: `docs/operations.md`.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use domain::Iin;
use serde::{Deserialize, Serialize};

use super::{Config, ConsentSource};

/// Shorter than this a prober would ask again before most answers are there.
const EVERY_SECONDS_MIN: u32 = 5;

/// What operators watch the service by.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationsConfig {
    /// Where `serve` tells its metrics.
    pub listen: SocketAddr,
    /// Where `worker` does, which may run beside it on one machine.
    pub worker_listen: Option<SocketAddr>,
    /// Address of the collector of traces.
    pub otlp_url: Option<String>,
    /// The prober, where this process walks the journey.
    pub prober: Option<ProberConfig>,
}

/// As whom the whole journey is walked, and how often.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProberConfig {
    /// IIN of the synthetic person.
    pub iin: String,
    /// File with his certificate and private key, PEM.
    pub key_file: PathBuf,
    /// File with certificates (PEM) of authorities by which the TLS certificate of our own public address may be known,
    /// besides the system's.
    pub authorities_file: Option<PathBuf>,
    /// Seconds from the beginning of one journey to that of the next; 0 on nodes that know the person and walk nowhere.
    #[serde(default = "default_every_seconds")]
    pub every_seconds: u32,
    /// Seconds a journey may take.
    #[serde(default = "default_patience_seconds")]
    pub patience_seconds: u32,
}

fn default_every_seconds() -> u32 {
    60
}

fn default_patience_seconds() -> u32 {
    50
}

impl OperationsConfig {
    /// What the types cannot hold.
    pub fn check(&self, config: &Config) -> Result<()> {
        if [Some(self.listen), self.worker_listen].contains(&Some(config.portal.listen)) {
            bail!("operations.listen must be another address than portal.listen");
        }
        let is_http = |url: &String| url.starts_with("http://") || url.starts_with("https://");
        if self.otlp_url.as_ref().is_some_and(|url| !is_http(url)) {
            bail!("operations.otlp_url must begin with http:// or https://");
        }
        let Some(prober) = &self.prober else { return Ok(()) };
        prober.iin()?;
        if (1..EVERY_SECONDS_MIN).contains(&prober.every_seconds) {
            bail!("operations.prober.every_seconds must be 0 or at least {EVERY_SECONDS_MIN}");
        }
        if prober.patience_seconds == 0 {
            bail!("operations.prober.patience_seconds must be at least 1");
        }
        if config.portal.api_token_file.is_none() {
            bail!("operations.prober asks over the API, which needs portal.api_token_file");
        }
        if config.consent.source == ConsentSource::Kdp {
            bail!("operations.prober: nobody answers 1414 for a synthetic person (consent.source)");
        }
        Ok(())
    }
}

impl ProberConfig {
    /// The synthetic person.
    pub fn iin(&self) -> Result<Iin> {
        Iin::parse(&self.iin).context("operations.prober.iin")
    }
}
