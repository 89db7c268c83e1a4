//! Attempts, counted for all nodes. Their table is kept out of the server's log: no commit waits for the disk or for a
//! standby, and what a crash empties is no evidence.

use app::{Attempt, Attempts, StoreError};
use async_trait::async_trait;
use sqlx::{query, query_as};

use crate::PostgresStore;
use crate::codec::to_ms;

/// Expired rows.
pub(crate) const EXPIRED: &str = "DELETE FROM attempts WHERE whom IN
    (SELECT whom FROM attempts WHERE forget_at <= $1 FOR UPDATE SKIP LOCKED)";

#[async_trait]
impl Attempts for PostgresStore {
    async fn count_attempt(&self, attempt: &Attempt) -> Result<u32, StoreError> {
        let upsert = query_as(
            "INSERT INTO attempts (whom, count, forget_at) VALUES ($1, 1, $2)
             ON CONFLICT (whom) DO UPDATE SET count = attempts.count + 1 RETURNING count",
        )
        .bind(&attempt.whom)
        .bind(to_ms(attempt.forget_at));
        let row: Option<(i64,)> = self.within(self.execute_returning(upsert)).await?;
        let count = row.map(|(count,)| count).unwrap_or_default();
        u32::try_from(count).map_err(|_| StoreError::Corrupt("attempts"))
    }

    async fn take_back_attempt(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let update = query("UPDATE attempts SET count = count - 1 WHERE whom = $1 AND count > 1")
            .bind(&attempt.whom);
        self.within(self.execute(update)).await?;
        Ok(())
    }
}
