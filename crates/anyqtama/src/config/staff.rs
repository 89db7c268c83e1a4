//! The people who serve: whether they work here, and who they are.
//!
//! Read next: `docs/officers.md`, `docs/permissions.md`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The people who serve.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffConfig {
    /// TOML list of them, read anew each time it is needed.
    pub people_file: PathBuf,
}
