//! Erasing what has been kept for long enough, with its row of the journal.

use app::{Erasure, Erasures, KeptKind, StoreError};
use async_trait::async_trait;
use sqlx::{AssertSqlSafe, query, query_scalar};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::to_ms;
use crate::error::fault;

/// Table, key, and which rows ended before a moment.
fn place(kind: KeptKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        KeptKind::SubmittedDrafts => {
            ("drafts", "challenge", "(became IS NOT NULL OR led_to IS NOT NULL) AND expires_at < ?")
        }
        KeptKind::CallerActs => ("caller_acts", "id", "at_ms < ?"),
        KeptKind::FaultReports => ("fault_reports", "id", "at_ms < ?"),
        KeptKind::RecordLooks => ("record_looks", "id", "at_ms < ?"),
        KeptKind::RepairRequests => ("repair_requests", "number", "answered_at < ?"),
        KeptKind::PortalExchanges => ("portal_exchanges", "external_id", "closed_at < ?"),
    }
}

#[async_trait]
impl Erasures for SqliteStore {
    async fn erase(&self, erasure: &Erasure) -> Result<u64, StoreError> {
        let (table, key, outdated) = place(erasure.kind);
        let mut transaction = self.write().await?;
        let select = AssertSqlSafe(format!("SELECT {key} FROM {table} WHERE {outdated} LIMIT ?"));
        let keys: Vec<String> = query_scalar(select)
            .bind(to_ms(erasure.before))
            .bind(erasure.limit)
            .fetch_all(&mut *transaction)
            .await
            .map_err(fault)?;
        let count = u64::try_from(keys.len()).unwrap_or(u64::MAX);
        if count == 0 {
            return Ok(0);
        }
        // First, because rows are held to be kept for a while before the journal's last.
        append(&mut transaction, &self.vault, &[erasure.event(count)]).await?;
        let delete = format!("DELETE FROM {table} WHERE {key} IN (SELECT value FROM json_each(?))");
        query(AssertSqlSafe(delete))
            .bind(serde_json::Value::from(keys).to_string())
            .execute(&mut *transaction)
            .await
            .map_err(fault)?;
        transaction.commit().await.map_err(fault)?;
        Ok(count)
    }
}
