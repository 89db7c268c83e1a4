//! Which data bank is asked: the registry that departments keep here, or the one behind SHEP; and whether the register of
//! natural persons is asked besides. Read next: `docs/shep/README.md`, `person_register.rs`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adapters::{ShepDataBank, ShepPersonRegister, ShepService, ShepSettings};
use anyhow::{Context, Result, bail};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{ConsentConfig, ConsentSource, PersonRegisterConfig, WorkerConfig};
use crate::system::{SystemClock, SystemIds};
use crate::wiring::read_secret;

/// Where guardianships are looked up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataBankConfig {
    /// Which data bank.
    pub source: DataBankSource,
    /// The gateway, where it is the one behind it.
    pub shep: Option<ShepConfig>,
    /// The register of natural persons, where it is asked besides.
    pub person_register: Option<PersonRegisterConfig>,
}

/// Data banks there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataBankSource {
    /// The departments' registry in our own database.
    #[default]
    Registry,
    /// The one behind SHEP.
    Shep,
}

/// SHEP and the service behind it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShepConfig {
    /// Address of its synchronous channel.
    pub url: String,
    /// How the service is called there.
    pub service_id: String,
    /// How the route is called, where one was agreed on.
    pub route_id: Option<String>,
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
    /// Seconds for an answer.
    #[serde(default = "default_patience_seconds")]
    pub patience_seconds: u32,
    /// Seconds an answer's date may lie from our clock.
    #[serde(default = "default_freshness_seconds")]
    pub freshness_seconds: u32,
    /// Whether an answer's `correlationId` is our question's `messageId`.
    #[serde(default = "default_correlates")]
    pub correlates: bool,
    /// What the service's status codes mean.
    #[serde(default)]
    pub status: ShepStatusConfig,
}

/// Status codes of a service; every other one is a fault.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShepStatusConfig {
    /// Those that mean: here is the answer.
    pub answered: Vec<String>,
    /// Those that mean, for sure: there is nothing about this person.
    pub nothing_found: Vec<String>,
}

impl Default for ShepStatusConfig {
    fn default() -> Self {
        Self { answered: vec!["SCSS001".to_owned()], nothing_found: Vec::new() }
    }
}

fn default_patience_seconds() -> u32 {
    5
}

fn default_correlates() -> bool {
    true
}

fn default_freshness_seconds() -> u32 {
    300
}

impl DataBankConfig {
    /// What the types cannot hold. An answer that comes after its lease has ended is of no use to anybody.
    pub fn check(&self, worker: &WorkerConfig) -> Result<()> {
        self.shep_to_ask()?;
        let Some(gateway) = self.gateway()? else { return Ok(()) };
        // The register is asked after the data bank.
        let exchanges = if self.person_register.is_some() { 2 } else { 1 };
        if gateway.patience_seconds.saturating_mul(exchanges) >= worker.lease_seconds {
            let times = if exchanges == 2 { "twice " } else { "" };
            bail!("{times}data_bank.shep.patience_seconds must be less than worker.lease_seconds");
        }
        Ok(())
    }

    /// The register of natural persons, where it is asked besides. It is not asked yet.
    pub fn person_register(&self) -> Result<Option<ShepPersonRegister>> {
        let Some(register) = &self.person_register else { return Ok(None) };
        let Some(gateway) = self.gateway()? else { return Ok(None) };
        let settings = gateway.settings().context("data_bank.shep")?;
        register.register(&settings).map(Some)
    }

    /// The data bank behind SHEP, where it is the one to ask. It is not asked yet.
    pub fn over_shep(&self) -> Result<Option<ShepDataBank>> {
        let shep = self.shep_to_ask()?;
        shep.map(|shep| shep.bank().context("data_bank.shep")).transpose()
    }

    /// The gateway, where anything behind it is to be asked: the data bank, the register, or the control of access.
    pub fn shep_settings(&self, consent: &ConsentConfig) -> Result<Option<ShepSettings>> {
        self.shep_in_use(consent).map(ShepConfig::settings).transpose()
    }

    /// Whether a gateway is filled in that nobody asks: meant to be asked, most likely.
    pub fn has_idle_shep(&self, consent: &ConsentConfig) -> bool {
        self.shep.is_some() && self.shep_in_use(consent).is_none()
    }

    fn shep_in_use(&self, consent: &ConsentConfig) -> Option<&ShepConfig> {
        let is_asked = self.source == DataBankSource::Shep
            || self.person_register.is_some()
            || consent.source == ConsentSource::Kdp;
        self.shep.as_ref().filter(|_| is_asked)
    }

    fn gateway(&self) -> Result<Option<&ShepConfig>> {
        match (&self.person_register, &self.shep) {
            (None, _) => self.shep_to_ask(),
            (Some(_), Some(shep)) => Ok(Some(shep)),
            (Some(_), None) => {
                bail!("data_bank.person_register needs the gateway of the section data_bank.shep")
            }
        }
    }

    fn shep_to_ask(&self) -> Result<Option<&ShepConfig>> {
        match (self.source, &self.shep) {
            (DataBankSource::Registry, _) => Ok(None),
            (DataBankSource::Shep, Some(shep)) => Ok(Some(shep)),
            (DataBankSource::Shep, None) => {
                bail!("data_bank.source is shep, which needs the section data_bank.shep")
            }
        }
    }
}

impl ShepConfig {
    fn bank(&self) -> Result<ShepDataBank> {
        let settings = self.settings()?;
        let service = ShepService {
            service_id: self.service_id.clone(),
            route_id: self.route_id.clone(),
            correlates: self.correlates,
            answered: self.status.answered.clone(),
            nothing_found: self.status.nothing_found.clone(),
        };
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
        Ok(ShepDataBank::new(&settings, service, clock, ids)?)
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
