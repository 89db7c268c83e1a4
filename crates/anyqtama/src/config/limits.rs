//! `[limits]`: how attempts are counted where several nodes serve, and how many requests may wait.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use portal::LimitKey;
use serde::{Deserialize, Serialize};

use crate::wiring::read_secret;

/// Shorter secrets could be guessed, and addresses found out by trying all there are.
const SECRET_MIN: usize = 32;

/// What one small node answers within some five minutes, a sixth of the term.
const WAITING_MAX: u64 = 10_000;

/// Keys of the section.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// File with a secret, the same at all nodes; without it each process counts for itself.
    pub key_file: Option<PathBuf>,
    /// Requests that may wait for a worker; where as many do, no others are registered before some are answered.
    pub waiting_max: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { key_file: None, waiting_max: WAITING_MAX }
    }
}

impl LimitsConfig {
    /// Requests that may wait.
    ///
    /// # Errors
    /// None may: then nobody could ask.
    pub fn waiting_max(&self) -> Result<u64> {
        ensure!(
            self.waiting_max > 0,
            "limits.waiting_max is 0: then nobody's request is ever registered"
        );
        Ok(self.waiting_max)
    }

    /// The key, where there is one.
    ///
    /// # Errors
    /// A file that cannot be read, or whose secret is short.
    pub fn key(&self) -> Result<Option<LimitKey>> {
        let Some(file) = &self.key_file else { return Ok(None) };
        let secret = read_secret(file)?;
        ensure!(
            secret.len() >= SECRET_MIN,
            "limits.key_file has less than {SECRET_MIN} characters"
        );
        Ok(Some(LimitKey::new(&secret)))
    }
}
