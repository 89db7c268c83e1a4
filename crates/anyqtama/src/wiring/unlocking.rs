//! Personal data in the database: opened with the master key, and its data keys kept in order.

use std::time::Duration;

use anyhow::Result;
use app::Clock;
use vault::{MasterKeys, UnlockError, Vault};

use super::{Database, OpenStore};
use crate::config::Config;
use crate::serve::Shutdown;
use crate::system::SystemClock;
use crate::wiring::missed_keys::missed_key;

/// A node knows a new data key long before it seals (`vault`), and a master key put on top of the file within this time.
const ROUND: Duration = Duration::from_secs(60);

impl OpenStore {
    /// What seals and opens personal data on their way in and out.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        match &self.database {
            Database::Sqlite(store) => store.vault(),
            Database::Postgres(store) => store.vault(),
        }
    }

    /// Takes the data keys into use. Without a key file the database must be open.
    ///
    /// # Errors
    /// [`UnlockError`], and what is wrong with the file.
    pub async fn unlock(&self, config: &Config) -> Result<()> {
        match &config.personal_data {
            Some(section) => Ok(self.unlock_with(&section.master_keys()?).await?),
            None if self.has_data_keys().await? => Err(UnlockError::NoMaster.into()),
            None => Ok(()),
        }
    }

    async fn unlock_with(&self, master: &MasterKeys) -> Result<(), UnlockError> {
        let now = SystemClock.now();
        match &self.database {
            Database::Sqlite(store) => store.unlock(master, now).await,
            Database::Postgres(store) => store.unlock(master, now).await,
        }
    }

    pub(super) async fn has_data_keys(&self) -> Result<bool> {
        Ok(match &self.database {
            Database::Sqlite(store) => store.has_data_keys().await?,
            Database::Postgres(store) => store.has_data_keys().await?,
        })
    }

    /// Keeps the data keys in order until the word to end. What fails is told and tried again: the keys in use stay in use.
    pub async fn keep_keys(self, config: Config, shutdown: Shutdown) {
        let Some(section) = &config.personal_data else {
            tracing::warn!("personal data stand open in the database: set [personal_data]");
            return;
        };
        let mut failed = false;
        loop {
            tokio::select! {
                () = shutdown.wait() => return,
                () = tokio::time::sleep(ROUND) => {}
                () = missed_key(self.vault()), if !failed => {}
            }
            let kept = match section.master_keys() {
                Ok(master) => self.keep_keys_with(&master).await.map_err(anyhow::Error::from),
                Err(error) => Err(error),
            };
            failed = kept.is_err();
            if let Err(error) = kept {
                tracing::error!("the data keys were not looked after: {error:#}");
            }
        }
    }

    pub(super) async fn keep_keys_with(&self, master: &MasterKeys) -> Result<(), UnlockError> {
        let now = SystemClock.now();
        match &self.database {
            Database::Sqlite(store) => store.keep_keys(master, now).await,
            Database::Postgres(store) => store.keep_keys(master, now).await,
        }
    }
}
