//! Leases on the work. The fence grows with each lease; `transitions.rs` checks it in the transaction of the change.

use app::{JobNext, Lease, StoreError, Transition};
use jiff::Timestamp;
use sqlx::{query, query_as};

use crate::PostgresStore;
use crate::codec::{number, to_ms};
use crate::session::{Session, Write};

/// Workers pass by jobs that another is leasing at this moment, and so never wait for each other.
pub(crate) async fn lease_job(
    store: &PostgresStore,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Lease>, StoreError> {
    // A lease that ran out was a try too: whoever held it crashed or was too slow.
    let lease = query_as(
        "WITH next AS MATERIALIZED (
             SELECT number FROM jobs
             WHERE run_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
             ORDER BY run_at, number LIMIT 1
             FOR UPDATE SKIP LOCKED)
         UPDATE jobs SET attempts = attempts + CASE WHEN leased_until IS NULL THEN 0 ELSE 1 END,
             fence = fence + 1, leased_until = $2
         FROM next WHERE jobs.number = next.number
         RETURNING jobs.number, fence, attempts",
    )
    .bind(to_ms(now))
    .bind(to_ms(until));
    let row: Option<(String, i64, i64)> = store.execute_returning(lease).await?;
    row.map(|(text, fence, attempts)| {
        let attempts = u32::try_from(attempts).map_err(|_| StoreError::Corrupt("jobs.attempts"))?;
        Ok(Lease { number: number(&text)?, fence, attempts })
    })
    .transpose()
}

pub(crate) async fn postpone_job(
    store: &PostgresStore,
    lease: &Lease,
    run_at: Timestamp,
) -> Result<(), StoreError> {
    require_held(store.execute(give_back(lease, run_at)).await?)
}

/// What becomes of the jobs of requests that took a step, whose leases the caller has looked at and locked.
pub(crate) async fn follow_up(
    transaction: &mut Session,
    changes: &[&Transition],
) -> Result<(), StoreError> {
    let mut done = Vec::new();
    for change in changes {
        match change.job {
            JobNext::Continue => {}
            JobNext::Again(run_at) => {
                require_held(transaction.execute(give_back(&change.lease, run_at)).await?)?;
            }
            JobNext::Done => done.push(change.lease.number.as_str()),
        }
    }
    if !done.is_empty() {
        let delete = query("DELETE FROM jobs WHERE number = ANY($1)").bind(done);
        transaction.execute(delete).await?;
    }
    Ok(())
}

fn give_back(lease: &Lease, run_at: Timestamp) -> Write<'_> {
    query(
        "UPDATE jobs SET leased_until = NULL, run_at = $1, attempts = attempts + 1
         WHERE number = $2 AND fence = $3 AND leased_until IS NOT NULL",
    )
    .bind(to_ms(run_at))
    .bind(lease.number.as_str())
    .bind(lease.fence)
}

fn require_held(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}
