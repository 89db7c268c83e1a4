//! Whether the store answers and can write.

use app::StoreError;
use sqlx::query;

use crate::SqliteStore;
use crate::error::fault;

/// Writes and commits: a look alone would not notice a full or read-only disk.
pub(crate) async fn ping(store: &SqliteStore) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    query("UPDATE health SET writes = writes + 1")
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    transaction.commit().await.map_err(fault)
}
