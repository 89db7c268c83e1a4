//! `[contact_centre]`: the contact centre's own software and its machine that answers telephones.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Keys of the section.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactCentreConfig {
    /// File with the bearer token of its software; without it that is answered nothing.
    pub token_file: Option<PathBuf>,
}
