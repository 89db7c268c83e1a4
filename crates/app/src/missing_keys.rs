//! Keys of records that have none yet: written by the watchdog, and by whoever asks for records.
//!
//! A record that nobody can read stays without, and keeps no other from being found. Read next: `record_keys.rs`.

use crate::ports::StoreError;
use crate::service::Service;

/// Records whose keys are written in one transaction, and transactions for one question.
const KEYED_AT_ONCE: u32 = 1_000;
const KEYED_PAGES: u32 = 10;

/// How far keys are written.
struct Keyed {
    /// Whether every record was looked at.
    is_through: bool,
    /// Whether each of those looked at could be read.
    are_readable: bool,
}

impl Service {
    /// Writes keys that are missing, as much as goes into one question; `true` where none is missing any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn write_missing_keys(&self) -> Result<bool, StoreError> {
        let keyed = self.write_some_keys().await?;
        Ok(keyed.is_through && keyed.are_readable)
    }

    /// The same for a search, which finds what has keys where others cannot be written.
    pub(crate) async fn has_all_keys(&self) -> bool {
        let written = self.write_missing_keys().await;
        let written =
            written.inspect_err(|error| tracing::warn!(%error, "keys of records are missing"));
        written.unwrap_or(false)
    }

    /// Writes every key that is missing.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where a record cannot be read: what must be whole would lack it.
    pub(crate) async fn write_all_keys(&self) -> Result<(), StoreError> {
        loop {
            let keyed = self.write_some_keys().await?;
            if !keyed.are_readable {
                return Err(StoreError::Corrupt("registry_versions.payload"));
            }
            if keyed.is_through {
                return Ok(());
            }
        }
    }

    async fn write_some_keys(&self) -> Result<Keyed, StoreError> {
        let mut keyed = Keyed { is_through: false, are_readable: true };
        let mut after = String::new();
        for _ in 0..KEYED_PAGES {
            let page = self.desk().write_missing_keys(&after, KEYED_AT_ONCE).await?;
            for record in &page.unreadable {
                tracing::error!(%record, "a record cannot be read and is not found by name");
                keyed.are_readable = false;
            }
            let Some(next) = page.next else {
                keyed.is_through = true;
                break;
            };
            after = next;
        }
        Ok(keyed)
    }
}
