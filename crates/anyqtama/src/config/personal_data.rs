//! `[personal_data]`: the master key under which personal data are sealed in the database (adr 42).

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use vault::MasterKeys;
use zeroize::Zeroizing;

/// Keys of the section.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalDataConfig {
    /// File with master keys, the one in use first (`anyqtama keys new`). Never beside the database or in its backups.
    pub key_file: PathBuf,
}

impl PersonalDataConfig {
    /// The keys of the file as it is now.
    ///
    /// # Errors
    /// It cannot be read, or a line is no key; no line of it is told.
    pub fn master_keys(&self) -> Result<MasterKeys> {
        let path = self.key_file.display();
        let cannot = || format!("personal_data.key_file {path}");
        let text = std::fs::read_to_string(&self.key_file).map(Zeroizing::new);
        MasterKeys::parse(&text.with_context(cannot)?).with_context(cannot)
    }
}
