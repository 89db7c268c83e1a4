//! The system that monitors the stages of services: who may ask for them.
//!
//! Read next: `docs/figures.md`.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use crate::wiring::read_secret;

/// The system that monitors the stages of services.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonitoringConfig {
    /// File with the bearer token it shows.
    pub token_file: PathBuf,
    /// The code under which it knows this service.
    pub service_code: String,
}

impl MonitoringConfig {
    /// As the portal needs it.
    ///
    /// # Errors
    /// A file that cannot be read, or has no token.
    pub fn read(&self) -> Result<portal::Monitoring> {
        let token = read_secret(&self.token_file)?;
        ensure!(!token.is_empty(), "monitoring.token_file has no token");
        Ok(portal::Monitoring { token, service_code: self.service_code.clone() })
    }
}
