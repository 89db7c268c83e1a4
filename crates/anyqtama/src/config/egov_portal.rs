//! The portal of the e-government as a channel: where the gateway calls us, and where we call it. Read next:
//! `docs/shep/README.md`, adr 27.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adapters::ShepSettings;
use anyhow::{Context, Result, bail};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::WorkerConfig;
use crate::wiring::read_secret;

/// Longest a request may have lain at the gateway.
const REQUEST_AGE_HOURS_MAX: u32 = 30 * 24;

/// The channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EgovPortalConfig {
    /// Where the gateway calls us.
    pub listen: SocketAddr,
    /// Address of the gateway's asynchronous channel.
    pub url: String,
    /// How the service that prepares documents is called there.
    pub draft_service_id: String,
    /// How the service that tells states is called there.
    pub state_service_id: String,
    /// How the exchange of requests is called there.
    pub request_service_id: String,
    /// How its route is called, where one was agreed on.
    pub route_id: Option<String>,
    /// How the portal is called there.
    #[serde(default = "default_portal_sender_id")]
    pub portal_sender_id: String,
    /// How the portal calls our service.
    #[serde(default = "default_service_type")]
    pub service_type: String,
    /// How we are called there.
    pub sender_id: String,
    /// File with our password there.
    pub password_file: Option<PathBuf>,
    /// File with our private key.
    pub key_file: PathBuf,
    /// File with its certificate.
    pub certificate_file: PathBuf,
    /// Files with the certificates the gateway signs with.
    pub gateway_certificates: Vec<PathBuf>,
    /// File with certificates (PEM) of authorities by which its TLS certificate may be known, besides the system's.
    pub authorities_file: Option<PathBuf>,
    /// Seconds for an answer of the gateway.
    #[serde(default = "default_patience_seconds")]
    pub patience_seconds: u32,
    /// Seconds a question's or an answer's date may lie from our clock.
    #[serde(default = "default_freshness_seconds")]
    pub freshness_seconds: u32,
    /// Hours a request may have lain at the gateway.
    #[serde(default = "default_request_age_hours")]
    pub request_age_hours: u32,
    /// Seconds between two looks for what waits at the gateway; 0 where it calls us.
    #[serde(default)]
    pub poll_seconds: u32,
}

fn default_portal_sender_id() -> String {
    "pep".to_owned()
}

fn default_service_type() -> String {
    "GUARDIANSHIP_CERTIFICATE".to_owned()
}

fn default_patience_seconds() -> u32 {
    10
}

fn default_freshness_seconds() -> u32 {
    300
}

fn default_request_age_hours() -> u32 {
    24
}

impl EgovPortalConfig {
    /// What the types cannot hold. What is told beyond a lease would be told by another node too.
    pub fn check(&self, worker: &WorkerConfig) -> Result<()> {
        if self.patience_seconds >= worker.lease_seconds {
            bail!("egov_portal.patience_seconds must be less than worker.lease_seconds");
        }
        if !(1..=REQUEST_AGE_HOURS_MAX).contains(&self.request_age_hours) {
            bail!("egov_portal.request_age_hours must be 1 to {REQUEST_AGE_HOURS_MAX}");
        }
        let services = [&self.draft_service_id, &self.state_service_id, &self.request_service_id];
        let words = [&self.portal_sender_id, &self.service_type];
        if services.into_iter().chain(words).any(String::is_empty) {
            bail!("egov_portal has an empty identifier");
        }
        if self.draft_service_id == self.state_service_id {
            bail!("egov_portal.draft_service_id and state_service_id must differ");
        }
        Ok(())
    }

    /// The gateway, and we to it.
    pub fn settings(&self) -> Result<ShepSettings> {
        let read = |path: &Path| {
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
        };
        Ok(ShepSettings {
            url: self.url.clone(),
            sender_id: self.sender_id.clone(),
            password: self.password_file.as_deref().map(read_secret).transpose()?,
            key_file: self.key_file.clone(),
            certificate_file: self.certificate_file.clone(),
            gateway_certificates: self.gateway_certificates.clone(),
            authorities: self.authorities_file.as_deref().map(read).transpose()?,
            patience: Duration::from_secs(self.patience_seconds.into()),
            freshness: SignedDuration::from_secs(self.freshness_seconds.into()),
        })
    }
}
