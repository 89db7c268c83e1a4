//! The journal: rows are chained within the transaction of what they tell of.

use app::{AuditEvent, AuditRow, StoreError};
use domain::Number;
use sqlx::{FromRow, SqliteConnection, query, query_as};

use crate::SqliteStore;
use crate::error::fault;

/// Appends events behind the last row. The caller's transaction holds the write lock, so the last row stays last.
pub(crate) async fn append(
    transaction: &mut SqliteConnection,
    events: &[AuditEvent],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let head: Option<(i64, String)> = query_as("SELECT sequence, hash FROM journal_head")
        .fetch_optional(&mut *transaction)
        .await
        .map_err(fault)?;
    let (mut last, mut hash) = head.ok_or(StoreError::Corrupt("journal_head"))?;
    for event in events {
        let sequence = last + 1;
        let row = AuditRow::chained(event, sequence, &hash);
        query(
            "INSERT INTO audit (sequence, at_ms, actor, action, request, subject, detail, evidence,
                 hash)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(row.sequence)
        .bind(row.at_ms)
        .bind(row.actor)
        .bind(row.action)
        .bind(row.request)
        .bind(row.subject)
        .bind(row.detail)
        .bind(row.evidence)
        .bind(&row.hash)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
        (last, hash) = (sequence, row.hash);
    }
    query("UPDATE journal_head SET sequence = ?, hash = ?")
        .bind(last)
        .bind(hash)
        .execute(transaction)
        .await
        .map_err(fault)?;
    Ok(())
}

pub(crate) async fn append_audit(
    store: &SqliteStore,
    event: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    append(&mut transaction, std::slice::from_ref(event)).await?;
    transaction.commit().await.map_err(fault)
}

#[derive(FromRow)]
struct Row {
    sequence: i64,
    at_ms: i64,
    actor: String,
    action: String,
    request: String,
    subject: String,
    detail: String,
    evidence: String,
    hash: String,
}

impl From<Row> for AuditRow {
    fn from(row: Row) -> Self {
        let Row { sequence, at_ms, actor, action, request, subject, detail, evidence, hash } = row;
        Self { sequence, at_ms, actor, action, request, subject, detail, evidence, hash }
    }
}

pub(crate) async fn audit_from(
    store: &SqliteStore,
    sequence: i64,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let rows: Vec<Row> = query_as(
        "SELECT sequence, at_ms, actor, action, request, subject, detail, evidence, hash
         FROM audit WHERE sequence >= ? ORDER BY sequence LIMIT ?",
    )
    .bind(sequence)
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    Ok(rows.into_iter().map(AuditRow::from).collect())
}

pub(crate) async fn audit_of(
    store: &SqliteStore,
    number: &Number,
) -> Result<Vec<AuditRow>, StoreError> {
    let rows: Vec<Row> = query_as(
        "SELECT sequence, at_ms, actor, action, request, subject, detail, evidence, hash
         FROM audit WHERE request = ? AND request <> '' ORDER BY sequence",
    )
    .bind(number.as_str())
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    Ok(rows.into_iter().map(AuditRow::from).collect())
}
