//! Officers of education departments: whether they work here, and who they are.
//!
//! Read next: `docs/officers.md`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Officers of education departments.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffConfig {
    /// TOML list of officers, read anew each time it is needed.
    pub officers_file: PathBuf,
}
