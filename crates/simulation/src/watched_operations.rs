//! What operators measure of the store of the stage, which nobody needs to watch: it is only read, and no prober walks there.

use app::{JobCounts, Measured, Operations, StoreError};
use async_trait::async_trait;
use domain::Iin;
use jiff::Timestamp;

use crate::watched_store::WatchedStore;

#[async_trait]
impl Operations for WatchedStore {
    async fn measured(
        &self,
        from: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Measured, StoreError> {
        self.store.measured(from, until, now).await
    }

    async fn job_counts(&self, now: Timestamp) -> Result<JobCounts, StoreError> {
        self.store.job_counts(now).await
    }

    async fn put_synthetic_person(&self, iin: Iin, at: Timestamp) -> Result<bool, StoreError> {
        self.store.put_synthetic_person(iin, at).await
    }
}
