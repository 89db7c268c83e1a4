//! Technical breaks.

use app::{AuditEvent, StoreError, TechnicalBreak};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::session::Session;

pub(crate) async fn put_break(
    store: &PostgresStore,
    planned: &TechnicalBreak,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let outcome = put_in(&mut transaction, planned, audit).await;
    transaction.end(outcome).await
}

async fn put_in(
    transaction: &mut Session,
    planned: &TechnicalBreak,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let insert = query(
        "INSERT INTO technical_breaks
             (id, starts_at, ends_at, reason_kk, reason_ru, reason_en, announced_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&planned.id)
    .bind(to_ms(planned.starts_at))
    .bind(to_ms(planned.ends_at))
    .bind(&planned.reason_kk)
    .bind(&planned.reason_ru)
    .bind(&planned.reason_en)
    .bind(to_ms(planned.announced_at));
    transaction.execute(insert).await?;
    append(transaction, std::slice::from_ref(audit)).await
}

pub(crate) async fn withdraw_break(
    store: &PostgresStore,
    id: &str,
    at: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = withdraw_in(&mut transaction, id, at, audit).await;
    transaction.end(outcome).await
}

async fn withdraw_in(
    transaction: &mut Session,
    id: &str,
    at: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let withdraw = query(
        "UPDATE technical_breaks SET withdrawn_at = $1
         WHERE id = $2 AND withdrawn_at IS NULL AND ends_at > $1",
    )
    .bind(to_ms(at))
    .bind(id);
    if transaction.execute(withdraw).await? == 0 {
        return Ok(false);
    }
    append(transaction, std::slice::from_ref(audit)).await?;
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
    store: &PostgresStore,
    after: Timestamp,
) -> Result<Vec<TechnicalBreak>, StoreError> {
    let select = query_as(
        "SELECT id, starts_at, ends_at, reason_kk, reason_ru, reason_en, announced_at, withdrawn_at
         FROM technical_breaks WHERE ends_at > $1 ORDER BY starts_at, id",
    )
    .bind(to_ms(after));
    let rows: Vec<BreakRow> = store.all(select).await?;
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
