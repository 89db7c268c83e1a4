//! Data keys that others made since this process read them last: read again, and what wanted them is tried once more.
//!
//! A key first seals ten minutes after it was made and processes read them each minute, so this happens where one could not for that
//! long, or where somebody altered the number of a key: then there is none either after reading, and the store calls it altered.
//! Read next: the crate `vault`.

use std::time::Duration;

use anyhow::Result;
use app::StoreError;
use vault::{KeyUnknown, Vault};

use super::OpenStore;
use crate::config::Config;
use crate::master_keys::MasterSource;

/// How soon keys are read again that something wanted.
const SOON: Duration = Duration::from_secs(1);

/// Waits until something was read whose key is not known.
pub(super) async fn missed_key(vault: &Vault) {
    loop {
        tokio::time::sleep(SOON).await;
        if vault.misses_a_key() {
            return;
        }
    }
}

impl OpenStore {
    /// What a call answers; where it met a data key not known yet, that of a second call, with the keys read again.
    ///
    /// # Errors
    /// The call's own, and what is wrong with the keys.
    pub async fn with_all_keys<T>(
        &self,
        config: &Config,
        call: impl AsyncFn() -> Result<T, StoreError>,
    ) -> Result<T> {
        match (call().await, &config.personal_data) {
            (Err(StoreError::Unavailable(error)), Some(section)) if error.is::<KeyUnknown>() => {
                self.kept(&MasterSource::open(section)?).await?;
                Ok(call().await?)
            }
            (outcome, _) => Ok(outcome?),
        }
    }
}
