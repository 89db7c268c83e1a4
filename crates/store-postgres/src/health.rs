//! Whether the store answers and can write.

use app::StoreError;
use jiff::Timestamp;
use sqlx::{query, query_as};

use crate::PostgresStore;
use crate::codec::moment;

/// What is written to see whether writing goes.
const WRITE: &str = "UPDATE health SET writes = writes + 1";

/// Writes and commits: a look alone would not notice a full disk or a server that takes no writes.
pub(crate) async fn ping(store: &PostgresStore) -> Result<(), StoreError> {
    require_one(store.execute(query(WRITE)).await?)
}

/// The same for the gate itself, which is shut.
pub(crate) async fn try_commit(store: &PostgresStore) -> Result<(), StoreError> {
    require_one(store.execute_past_the_gate(query(WRITE)).await?)
}

fn require_one(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Corrupt("health")) }
}

impl PostgresStore {
    /// What time it is on the server.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn server_clock(&self) -> Result<Timestamp, StoreError> {
        let select =
            query_as("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at");
        let row: Option<(i64,)> = self.within(self.optional(select)).await?;
        let (at,) = row.ok_or(StoreError::Corrupt("a row that is always there"))?;
        moment(at)
    }
}
