//! What operators measure. The triggers of `requests` write the lines that are counted here.

use app::{JobCounts, Measured, MeasuredRow, Operations, StoreError, due_by, rows_count};
use async_trait::async_trait;
use domain::{Alarm, Iin};
use jiff::Timestamp;
use sqlx::{query, query_as};

use crate::PostgresStore;
use crate::codec::{moment, to_ms};

/// Classes of answers as `app::ANSWER_CLASSES_MS` has them, and behind them, as class -1, what has no answer: both as one
/// statement sees them, so that no request is missed or counted twice on its way from one to the other.
const MEASURED: &str = "SELECT class, COUNT(*), SUM(late)::bigint, SUM(took)::bigint, 0::bigint, 0::bigint FROM (
         SELECT took, late, (CASE WHEN took <= 500 THEN 0 WHEN took <= 1000 THEN 1 WHEN took <= 2000 THEN 2 WHEN took <= 5000 THEN 3
             WHEN took <= 10000 THEN 4 WHEN took <= 30000 THEN 5 WHEN took <= 60000 THEN 6 WHEN took <= 120000 THEN 7
             WHEN took <= 300000 THEN 8 WHEN took <= 900000 THEN 9 WHEN took <= 1800000 THEN 10 WHEN took <= 86400000 THEN 11 ELSE 12 END)::bigint AS class FROM (
             SELECT GREATEST(ended_at - accepted_at, 0) AS took, (ended_at > due_at)::int AS late
             FROM figures WHERE ended_at >= $1 AND ended_at < $2 AND synthetic = 0) AS answered) AS classed
     GROUP BY class
     UNION ALL
     SELECT -1, COUNT(*), COUNT(*) FILTER (WHERE due_at <= $3), COUNT(*) FILTER (WHERE due_at <= $4),
         COUNT(*) FILTER (WHERE due_at <= $5), COALESCE(MIN(accepted_at), 0)
     FROM figures WHERE ended_at IS NULL AND synthetic = 0";

const JOBS: &str =
    "SELECT COUNT(*), COUNT(*) FILTER (WHERE is_due), MIN(run_at) FILTER (WHERE is_due) FROM (
         SELECT run_at, run_at <= $1 AND (leased_until IS NULL OR leased_until <= $1) AS is_due
         FROM jobs) AS job";

#[async_trait]
impl Operations for PostgresStore {
    async fn measured(
        &self,
        from: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Measured, StoreError> {
        let select = query_as(MEASURED)
            .bind(to_ms(from))
            .bind(to_ms(until))
            .bind(to_ms(now))
            .bind(to_ms(due_by(now, Alarm::MostOfTerm)))
            .bind(to_ms(due_by(now, Alarm::HalfTerm)));
        let rows: Vec<MeasuredRow> = self.within(self.all(select)).await?;
        Measured::read(rows)
    }

    async fn job_counts(&self, now: Timestamp) -> Result<JobCounts, StoreError> {
        let select = query_as(JOBS).bind(to_ms(now));
        let row: Option<(i64, i64, Option<i64>)> = self.within(self.optional(select)).await?;
        let (jobs, due, since) = row.unwrap_or_default();
        let due_since = since.map(moment).transpose()?;
        Ok(JobCounts { jobs: rows_count(jobs)?, due: rows_count(due)?, due_since })
    }

    async fn put_synthetic_person(&self, iin: Iin, at: Timestamp) -> Result<bool, StoreError> {
        self.within(put_synthetic_person(self, iin, at)).await
    }
}

/// Under a lock of the table, so that no request of this person is registered meanwhile that would be counted.
async fn put_synthetic_person(
    store: &PostgresStore,
    iin: Iin,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let known =
        query_as("SELECT 1 FROM synthetic_people WHERE iin = $1").bind(store.vault.person(iin));
    let known: Option<(i32,)> = store.optional(known).await?;
    if known.is_some() {
        return Ok(true);
    }
    let mut transaction = store.write().await?;
    let outcome = async {
        transaction.execute(query("LOCK TABLE requests IN SHARE ROW EXCLUSIVE MODE")).await?;
        let insert = query(
            "INSERT INTO synthetic_people (iin, since) SELECT $1, $2 WHERE NOT EXISTS (
                 SELECT 1 FROM requests AS request JOIN figures AS line ON line.number = request.number
                 WHERE request.applicant = $1 AND line.synthetic = 0)
             ON CONFLICT (iin) DO NOTHING",
        )
        .bind(transaction.vault.person(iin))
        .bind(to_ms(at));
        Ok(transaction.execute(insert).await? == 1)
    }
    .await;
    transaction.end(outcome).await
}
