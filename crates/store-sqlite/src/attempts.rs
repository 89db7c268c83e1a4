//! Attempts, counted for all nodes.

use app::{Attempt, Attempts, StoreError};
use async_trait::async_trait;
use sqlx::{query, query_scalar};

use crate::SqliteStore;
use crate::codec::to_ms;
use crate::error::fault;

/// Expired rows.
pub(crate) const EXPIRED: &str = "DELETE FROM attempts WHERE forget_at <= ?";

#[async_trait]
impl Attempts for SqliteStore {
    async fn count_attempt(&self, attempt: &Attempt) -> Result<u32, StoreError> {
        let count: i64 = query_scalar(
            "INSERT INTO attempts (whom, count, forget_at) VALUES (?, 1, ?)
             ON CONFLICT (whom) DO UPDATE SET count = count + 1 RETURNING count",
        )
        .bind(&attempt.whom)
        .bind(to_ms(attempt.forget_at))
        .fetch_one(self.write_once())
        .await
        .map_err(fault)?;
        u32::try_from(count).map_err(|_| StoreError::Corrupt("attempts"))
    }

    async fn take_back_attempt(&self, attempt: &Attempt) -> Result<(), StoreError> {
        query("UPDATE attempts SET count = count - 1 WHERE whom = $1 AND count > 1")
            .bind(&attempt.whom)
            .execute(self.write_once())
            .await
            .map_err(fault)?;
        Ok(())
    }
}
