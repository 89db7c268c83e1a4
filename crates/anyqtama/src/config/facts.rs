//! What the configuration says of the facts signature.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Whether the facts of documents are signed beside their seal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FactsSignatureConfig {
    /// They are not.
    #[default]
    Off,
    /// With a GOST key; no document leaves without.
    Gost,
}

/// The key that signs facts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactsKeyConfig {
    /// Its certificate, PEM.
    pub certificate: PathBuf,
    /// A key in a file, for demonstrations alone; without it the key is on the token.
    pub demonstration_key: Option<PathBuf>,
}
