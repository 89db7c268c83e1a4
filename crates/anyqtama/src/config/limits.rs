//! `[limits]`: how attempts are counted where several nodes serve.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use portal::LimitKey;
use serde::{Deserialize, Serialize};

use crate::wiring::read_secret;

/// Shorter secrets could be guessed, and addresses found out by trying all there are.
const SECRET_MIN: usize = 32;

/// Keys of the section.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// File with a secret, the same at all nodes; without it each process counts for itself.
    pub key_file: Option<PathBuf>,
}

impl LimitsConfig {
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
