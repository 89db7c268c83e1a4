//! Leases on the work. The fence grows with each lease; `transitions.rs` checks it in the transaction of the change.

use app::{JobNext, Lease, StoreError};
use jiff::Timestamp;
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::SqliteStore;
use crate::codec::{number, to_ms};
use crate::error::fault;

pub(crate) async fn lease_job(
    store: &SqliteStore,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Lease>, StoreError> {
    // Idle workers look every moment: they must not queue for the writing connection.
    if !any_due(store, now).await? {
        return Ok(None);
    }
    // A lease that ran out was a try too: whoever held it crashed or was too slow.
    let rows: Vec<(String, i64, u32)> = query_as(
        "UPDATE jobs SET attempts = attempts + (leased_until IS NOT NULL),
             fence = fence + 1, leased_until = $2
         WHERE number = (
             SELECT number FROM jobs
             WHERE run_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
             ORDER BY run_at, number LIMIT 1)
         RETURNING number, fence, attempts",
    )
    .bind(to_ms(now))
    .bind(to_ms(until))
    .fetch_all(store.write_once())
    .await
    .map_err(fault)?;
    let leased = rows.into_iter().next();
    leased
        .map(|(text, fence, attempts)| Ok(Lease { number: number(&text)?, fence, attempts }))
        .transpose()
}

async fn any_due(store: &SqliteStore, now: Timestamp) -> Result<bool, StoreError> {
    query_scalar(
        "SELECT EXISTS (SELECT 1 FROM jobs
         WHERE run_at <= $1 AND (leased_until IS NULL OR leased_until <= $1))",
    )
    .bind(to_ms(now))
    .fetch_one(store.read())
    .await
    .map_err(fault)
}

pub(crate) async fn postpone_job(
    store: &SqliteStore,
    lease: &Lease,
    run_at: Timestamp,
) -> Result<(), StoreError> {
    let mut connection = store.write_once().acquire().await.map_err(fault)?;
    give_back(&mut connection, lease, run_at).await
}

pub(crate) async fn follow_up(
    transaction: &mut SqliteConnection,
    lease: &Lease,
    next: JobNext,
) -> Result<(), StoreError> {
    match next {
        JobNext::Continue => Ok(()),
        JobNext::Again(run_at) => give_back(transaction, lease, run_at).await,
        JobNext::Done => {
            query("DELETE FROM jobs WHERE number = ?")
                .bind(lease.number.as_str())
                .execute(transaction)
                .await
                .map_err(fault)?;
            Ok(())
        }
    }
}

async fn give_back(
    connection: &mut SqliteConnection,
    lease: &Lease,
    run_at: Timestamp,
) -> Result<(), StoreError> {
    let given_back = query(
        "UPDATE jobs SET leased_until = NULL, run_at = ?, attempts = attempts + 1
         WHERE number = ? AND fence = ? AND leased_until IS NOT NULL",
    )
    .bind(to_ms(run_at))
    .bind(lease.number.as_str())
    .bind(lease.fence)
    .execute(connection)
    .await
    .map_err(fault)?;
    if given_back.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}
