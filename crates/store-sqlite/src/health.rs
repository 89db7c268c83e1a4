//! Whether the store answers and can write.

use app::StoreError;
use sqlx::query;

use crate::SqliteStore;
use crate::error::fault;

/// Writes and commits: a look alone would not notice a full or read-only disk.
pub(crate) async fn ping(store: &SqliteStore) -> Result<(), StoreError> {
    query("UPDATE health SET writes = writes + 1")
        .execute(store.write_once())
        .await
        .map_err(fault)?;
    Ok(())
}
