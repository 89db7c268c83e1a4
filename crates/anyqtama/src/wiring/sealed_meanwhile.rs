//! A process without a key file on a database that others seal: it ends, because it could neither read nor write about anybody.
//!
//! The database keeps what it writes out meanwhile (`store-*/migrations`: `audit_sealed` and the others). Read next: `unlocking.rs`.

use std::time::Duration;

use anyhow::Result;
use vault::UnlockError;

use super::OpenStore;
use super::unlocking::ROUND;
use crate::config::Config;

impl OpenStore {
    /// Waits for the word to end, or for keys in a database that was opened without.
    ///
    /// # Errors
    /// The word's own, and [`UnlockError::NoMaster`].
    pub async fn until(
        &self,
        word: impl Future<Output = Result<()>>,
        config: &Config,
    ) -> Result<()> {
        if config.personal_data.is_some() {
            return word.await;
        }
        tokio::select! {
            ended = word => ended,
            () = sealed(async || self.has_data_keys().await, ROUND) => {
                tracing::error!("ending: {}", UnlockError::NoMaster);
                Err(UnlockError::NoMaster.into())
            }
        }
    }
}

/// Whoever cannot look now looks again.
async fn sealed(has_keys: impl AsyncFn() -> Result<bool>, round: Duration) {
    loop {
        tokio::time::sleep(round).await;
        match has_keys().await {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => tracing::error!("whether there are data keys was not seen: {error:#}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn keys_are_looked_for_until_there_are_some() {
        let asked = AtomicU32::new(0);
        let has_keys = async || match asked.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(false),
            1 => anyhow::bail!("the database is away"),
            _ => Ok(true),
        };
        sealed(has_keys, Duration::from_millis(1)).await;
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }
}
