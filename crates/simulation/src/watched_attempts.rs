//! Counted attempts, of the store of the stage: nobody hammers there.

use app::{Attempt, Attempts, StoreError};
use async_trait::async_trait;

use crate::watched_store::WatchedStore;

#[async_trait]
impl Attempts for WatchedStore {
    async fn count_attempt(&self, attempt: &Attempt) -> Result<u32, StoreError> {
        self.store.count_attempt(attempt).await
    }

    async fn take_back_attempt(&self, attempt: &Attempt) -> Result<(), StoreError> {
        self.store.take_back_attempt(attempt).await
    }
}
