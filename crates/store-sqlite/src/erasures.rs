//! Erasing what has been kept for long enough, with its row of the journal. Read next: `erasing_requests.rs`.

use app::{
    ConsentPeriod, Erasable, ErasedDocument, ErasedKey, ErasedRequest, Erasure, Erasures, KeptKind,
    RequestErasure, StoreError,
};
use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, query, query_scalar};

use crate::audit::append;
use crate::codec::to_ms;
use crate::error::fault;
use crate::{SqliteStore, erased, erasing_requests};

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

    async fn erasable(&self, wanted: &Erasable) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        erasing_requests::erasable(self, wanted).await
    }

    async fn wait_to_erase(&self, waits: &[(Number, Timestamp)]) -> Result<(), StoreError> {
        erasing_requests::wait_to_erase(self, waits).await
    }

    async fn erase_requests(&self, erasure: &RequestErasure) -> Result<u64, StoreError> {
        erasing_requests::erase_requests(self, erasure).await
    }

    async fn erased_requests(&self, numbers: &[Number]) -> Result<Vec<ErasedRequest>, StoreError> {
        erased::erased_requests(self, numbers).await
    }

    async fn erased_by(&self, certificate: i64) -> Result<Vec<ErasedRequest>, StoreError> {
        erased::erased_by(self, certificate).await
    }

    async fn erased_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ErasedRequest>, StoreError> {
        erased::erased_between(self, period, limit).await
    }

    async fn erased_document(&self, key: &ErasedKey) -> Result<Option<ErasedDocument>, StoreError> {
        erased::erased_document(self, key).await
    }
}
