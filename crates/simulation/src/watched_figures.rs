//! The figures of the store of the stage, which nobody needs to watch: they are only read.

use app::{FigureGroup, FigureLine, Figures, StoreError};
use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;

use crate::watched_store::WatchedStore;

#[async_trait]
impl Figures for WatchedStore {
    async fn figures_between(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FigureGroup>, StoreError> {
        self.store.figures_between(from, until).await
    }

    async fn figures_of(
        &self,
        numbers: &[Number],
    ) -> Result<Vec<(Number, FigureLine)>, StoreError> {
        self.store.figures_of(numbers).await
    }

    async fn first_figure(&self) -> Result<Option<Timestamp>, StoreError> {
        self.store.first_figure().await
    }
}
