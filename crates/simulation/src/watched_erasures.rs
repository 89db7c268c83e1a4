//! Erasing, of the store of the stage: nothing is old enough there.

use app::{Erasure, Erasures, StoreError};
use async_trait::async_trait;

use crate::watched_store::WatchedStore;

#[async_trait]
impl Erasures for WatchedStore {
    async fn erase(&self, erasure: &Erasure) -> Result<u64, StoreError> {
        self.store.erase(erasure).await
    }
}
