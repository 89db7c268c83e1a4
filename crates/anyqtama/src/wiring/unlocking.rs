//! Personal data in the database: opened with the master key, and its data keys kept in order.

use std::time::Duration;

use anyhow::Result;
use app::Clock;
use vault::{MasterKeys, UnlockError, Vault};

use super::missed_keys::missed_key;
use super::{Database, OpenStore};
use crate::config::Config;
use crate::master_keys::MasterSource;
use crate::serve::Shutdown;
use crate::system::SystemClock;

/// A node knows a new data key long before it seals (`vault`), and a master key put on top of the file or on the token within
/// this time.
pub(super) const ROUND: Duration = Duration::from_secs(60);

impl OpenStore {
    /// What seals and opens personal data on their way in and out.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        match &self.database {
            Database::Sqlite(store) => store.vault(),
            Database::Postgres(store) => store.vault(),
        }
    }

    /// Takes the data keys into use. Without a master key the database must be open.
    ///
    /// # Errors
    /// [`UnlockError`], and what is wrong with the file or the token.
    pub async fn unlock(&self, config: &Config) -> Result<()> {
        match &config.personal_data {
            Some(section) => {
                let master = MasterSource::open(section)?.keys().await?;
                let outcome = self.unlock_with(&master).await;
                let_go(master).await;
                Ok(outcome?)
            }
            None if self.has_data_keys().await? => Err(UnlockError::NoMaster.into()),
            None => Ok(()),
        }
    }

    /// Whether its rows could be read with another configuration; nothing is stored.
    ///
    /// # Errors
    /// See [`Self::unlock`].
    pub async fn opens_with(&self, config: &Config) -> Result<()> {
        match (&config.personal_data, self.has_data_keys().await?) {
            (Some(_), false) => Err(UnlockError::NotSealed.into()),
            _ => self.unlock(config).await,
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
        // Once for all rounds: a PIN that the token refused is not tried each minute.
        let source = match MasterSource::open(section) {
            Ok(source) => source,
            Err(error) => {
                tracing::error!("the data keys are not looked after until a new start: {error:#}");
                return;
            }
        };
        loop {
            let failed = tokio::select! {
                () = shutdown.wait() => return,
                failed = self.look_after_keys(&source) => failed,
            };
            tokio::select! {
                () = shutdown.wait() => return,
                () = tokio::time::sleep(ROUND) => {}
                () = missed_key(self.vault()), if !failed => {}
            }
        }
    }

    /// Whether it failed.
    async fn look_after_keys(&self, source: &MasterSource) -> bool {
        match self.kept(source).await {
            Ok((_, 0)) => false,
            Ok((master, count)) => {
                tracing::info!(master, count, "data keys are under this master key now");
                false
            }
            Err(error) => {
                tracing::error!("the data keys were not looked after: {error:#}");
                true
            }
        }
    }

    /// The name of the master key in use, and how many data keys were under another.
    pub(super) async fn kept(&self, source: &MasterSource) -> Result<(String, usize)> {
        let (master, now) = (source.keys().await?, SystemClock.now());
        let count = match &self.database {
            Database::Sqlite(store) => store.keep_keys(&master, now).await,
            Database::Postgres(store) => store.keep_keys(&master, now).await,
        };
        let name = master.name().to_owned();
        let_go(master).await;
        Ok((name, count?))
    }
}

/// A device is told that its session ends, which may keep one waiting.
async fn let_go(master: MasterKeys) {
    // What panics there has nobody waiting for it.
    let _ = tokio::task::spawn_blocking(move || drop(master)).await;
}
