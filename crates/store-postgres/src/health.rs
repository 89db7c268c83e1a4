//! Whether the store answers and can write.

use app::StoreError;
use sqlx::query;

use crate::PostgresStore;

/// Writes and commits: a look alone would not notice a full disk or a server that takes no writes.
pub(crate) async fn ping(store: &PostgresStore) -> Result<(), StoreError> {
    let written = store.execute(query("UPDATE health SET writes = writes + 1")).await?;
    if written == 1 { Ok(()) } else { Err(StoreError::Corrupt("health")) }
}
