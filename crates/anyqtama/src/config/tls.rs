//! TLS where no proxy stands in front.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What browsers are shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Certificate, and those above it without the root: PEM.
    pub certificate_file: PathBuf,
    /// Its private key: PEM.
    pub key_file: PathBuf,
}
