//! Technical breaks.

use app::{AuditEvent, StoreError, TechnicalBreak};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::error::fault;

pub(crate) async fn put_break(
    store: &SqliteStore,
    planned: &TechnicalBreak,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    query(
        "INSERT INTO technical_breaks
             (id, starts_at, ends_at, reason_kk, reason_ru, reason_en, announced_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&planned.id)
    .bind(to_ms(planned.starts_at))
    .bind(to_ms(planned.ends_at))
    .bind(&planned.reason_kk)
    .bind(&planned.reason_ru)
    .bind(&planned.reason_en)
    .bind(to_ms(planned.announced_at))
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)
}

pub(crate) async fn withdraw_break(
    store: &SqliteStore,
    id: &str,
    at: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let withdrawn = query(
        "UPDATE technical_breaks SET withdrawn_at = $1
         WHERE id = $2 AND withdrawn_at IS NULL AND ends_at > $1",
    )
    .bind(to_ms(at))
    .bind(id)
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    if withdrawn.rows_affected() == 0 {
        return Ok(false);
    }
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(true)
}

#[derive(FromRow)]
struct BreakRow {
    id: String,
    starts_at: i64,
    ends_at: i64,
    reason_kk: String,
    reason_ru: String,
    reason_en: String,
    announced_at: i64,
    withdrawn_at: Option<i64>,
}

pub(crate) async fn breaks_after(
    store: &SqliteStore,
    after: Timestamp,
) -> Result<Vec<TechnicalBreak>, StoreError> {
    let rows: Vec<BreakRow> = query_as(
        "SELECT id, starts_at, ends_at, reason_kk, reason_ru, reason_en, announced_at, withdrawn_at
         FROM technical_breaks WHERE ends_at > ? ORDER BY starts_at, id",
    )
    .bind(to_ms(after))
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter()
        .map(|row| {
            Ok(TechnicalBreak {
                id: row.id,
                starts_at: moment(row.starts_at)?,
                ends_at: moment(row.ends_at)?,
                reason_kk: row.reason_kk,
                reason_ru: row.reason_ru,
                reason_en: row.reason_en,
                announced_at: moment(row.announced_at)?,
                withdrawn_at: row.withdrawn_at.map(moment).transpose()?,
            })
        })
        .collect()
}
