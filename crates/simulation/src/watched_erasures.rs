//! Erasing, of the store of the stage: nothing is old enough there.

use app::{
    ConsentPeriod, Erasable, ErasedDocument, ErasedKey, ErasedRequest, Erasure, Erasures,
    RequestErasure, StoreError,
};
use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;

use crate::watched_store::WatchedStore;

#[async_trait]
impl Erasures for WatchedStore {
    async fn erase(&self, erasure: &Erasure) -> Result<u64, StoreError> {
        self.store.erase(erasure).await
    }

    async fn erasable(&self, wanted: &Erasable) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        self.store.erasable(wanted).await
    }

    async fn wait_to_erase(&self, waits: &[(Number, Timestamp)]) -> Result<(), StoreError> {
        self.store.wait_to_erase(waits).await
    }

    async fn erase_requests(&self, erasure: &RequestErasure) -> Result<u64, StoreError> {
        self.store.erase_requests(erasure).await
    }

    async fn erased_requests(&self, numbers: &[Number]) -> Result<Vec<ErasedRequest>, StoreError> {
        self.store.erased_requests(numbers).await
    }

    async fn erased_by(&self, certificate: i64) -> Result<Vec<ErasedRequest>, StoreError> {
        self.store.erased_by(certificate).await
    }

    async fn erased_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ErasedRequest>, StoreError> {
        self.store.erased_between(period, limit).await
    }

    async fn erased_document(&self, key: &ErasedKey) -> Result<Option<ErasedDocument>, StoreError> {
        self.store.erased_document(key).await
    }
}
