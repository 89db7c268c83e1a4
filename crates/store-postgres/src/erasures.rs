//! Erasing what has been kept for long enough, with its row of the journal. Read next: `erasing_requests.rs`.

use app::{
    ConsentPeriod, Erasable, ErasedDocument, ErasedKey, ErasedRequest, Erasure, Erasures, KeptKind,
    RequestErasure, StoreError,
};
use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, query, query_as};

use crate::audit::append;
use crate::codec::to_ms;
use crate::session::Session;
use crate::{PostgresStore, erased, erasing_requests};

/// Table, key, and which rows ended before a moment.
fn place(kind: KeptKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        KeptKind::SubmittedDrafts => (
            "drafts",
            "challenge",
            "(became IS NOT NULL OR led_to IS NOT NULL) AND expires_at < $1",
        ),
        KeptKind::CallerActs => ("caller_acts", "id", "at_ms < $1"),
        KeptKind::FaultReports => ("fault_reports", "id", "at_ms < $1"),
        KeptKind::RecordLooks => ("record_looks", "id", "at_ms < $1"),
        KeptKind::RepairRequests => ("repair_requests", "number", "answered_at < $1"),
        KeptKind::PortalExchanges => ("portal_exchanges", "external_id", "closed_at < $1"),
    }
}

#[async_trait]
impl Erasures for PostgresStore {
    async fn erase(&self, erasure: &Erasure) -> Result<u64, StoreError> {
        self.within(erase(self, erasure)).await
    }

    async fn erasable(&self, wanted: &Erasable) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        self.within(erasing_requests::erasable(self, wanted)).await
    }

    async fn wait_to_erase(&self, waits: &[(Number, Timestamp)]) -> Result<(), StoreError> {
        self.within(erasing_requests::wait_to_erase(self, waits)).await
    }

    async fn erase_requests(&self, erasure: &RequestErasure) -> Result<u64, StoreError> {
        self.within(erasing_requests::erase_requests(self, erasure)).await
    }

    async fn erased_requests(&self, numbers: &[Number]) -> Result<Vec<ErasedRequest>, StoreError> {
        self.within(erased::erased_requests(self, numbers)).await
    }

    async fn erased_by(&self, certificate: i64) -> Result<Vec<ErasedRequest>, StoreError> {
        self.within(erased::erased_by(self, certificate)).await
    }

    async fn erased_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ErasedRequest>, StoreError> {
        self.within(erased::erased_between(self, period, limit)).await
    }

    async fn erased_document(&self, key: &ErasedKey) -> Result<Option<ErasedDocument>, StoreError> {
        self.within(erased::erased_document(self, key)).await
    }
}

async fn erase(store: &PostgresStore, erasure: &Erasure) -> Result<u64, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = erase_in(&mut transaction, erasure).await;
    transaction.end(outcome).await
}

/// What another node erases at this moment is passed by.
async fn erase_in(transaction: &mut Session, erasure: &Erasure) -> Result<u64, StoreError> {
    let (table, key, outdated) = place(erasure.kind);
    let select =
        format!("SELECT {key} FROM {table} WHERE {outdated} LIMIT $2 FOR UPDATE SKIP LOCKED");
    let select = query_as(AssertSqlSafe(select));
    let select = select.bind(to_ms(erasure.before)).bind(i64::from(erasure.limit));
    let keys: Vec<(String,)> = transaction.all(select).await?;
    let count = u64::try_from(keys.len()).unwrap_or(u64::MAX);
    if count == 0 {
        return Ok(0);
    }
    // First, because rows are held to be kept for a while before the journal's last.
    append(transaction, &[erasure.event(count)]).await?;
    let keys: Vec<String> = keys.into_iter().map(|(key,)| key).collect();
    let delete = format!("DELETE FROM {table} WHERE {key} = ANY($1)");
    transaction.execute(query(AssertSqlSafe(delete)).bind(keys)).await?;
    Ok(count)
}
