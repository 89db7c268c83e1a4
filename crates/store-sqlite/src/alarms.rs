//! The legal clock: requests without answer by their term, alarms, notices, and who waits for a source.

use app::{AuditEvent, Exception, Notice, NoticeKind, OpenRequest, StoreError, StoredNotice};
use domain::{Alarm, Iin, LegalClock, Number, RequestState, WaitingFor};
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as};
use vault::Vault;

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, number, to_ms};
use crate::error::fault;
use crate::requests::{RequestRow, read_request};

/// Set to the moment of registration, so that the oldest request comes first.
pub(crate) async fn release_waiting(
    store: &SqliteStore,
    waiting_for: WaitingFor,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let released = query(
        "UPDATE jobs SET run_at = MIN($2, (
             SELECT accepted_at FROM requests AS request WHERE request.number = jobs.number))
         WHERE leased_until IS NULL AND number IN (
             SELECT number FROM requests WHERE state = $1 AND ended_at IS NULL)",
    )
    .bind(RequestState::Checking(Some(waiting_for)).code())
    .bind(to_ms(now))
    .execute(store.write_once())
    .await
    .map_err(fault)?;
    Ok(released.rows_affected())
}

#[derive(FromRow)]
struct OpenRow {
    number: String,
    applicant: String,
    accepted_at: i64,
    due_at: i64,
    state: String,
}

fn read_open(vault: &Vault, row: OpenRow) -> Result<OpenRequest, StoreError> {
    Ok(OpenRequest {
        number: number(&row.number)?,
        applicant: vault.iin(&row.applicant)?,
        clock: LegalClock { accepted_at: moment(row.accepted_at)?, due_at: moment(row.due_at)? },
        state: RequestState::parse(&row.state).ok_or(StoreError::Corrupt("requests.state"))?,
    })
}

pub(crate) async fn open_requests(
    store: &SqliteStore,
    alarm: Alarm,
    due_before: Timestamp,
    limit: u32,
) -> Result<Vec<OpenRequest>, StoreError> {
    let rows: Vec<OpenRow> = query_as(
        "SELECT request.number, applicant, accepted_at, due_at, state
         FROM requests AS request JOIN jobs AS job ON job.number = request.number
         WHERE ended_at IS NULL AND due_at <= ? AND job.alarmed_percent < ?
         ORDER BY due_at, request.number LIMIT ?",
    )
    .bind(to_ms(due_before))
    .bind(alarm.percent())
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| read_open(&store.vault, row)).collect()
}

pub(crate) async fn raise_alarm(
    store: &SqliteStore,
    number: &Number,
    alarm: Alarm,
    notice: Option<Notice>,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let raised =
        query("UPDATE jobs SET alarmed_percent = $2 WHERE number = $1 AND alarmed_percent < $2")
            .bind(number.as_str())
            .bind(alarm.percent())
            .execute(&mut *transaction)
            .await
            .map_err(fault)?;
    if raised.rows_affected() == 0 {
        return Ok(false);
    }
    insert_notices(&mut transaction, number, notice.as_slice()).await?;
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(true)
}

/// One of a kind the request has already stays as it is.
pub(crate) async fn insert_notices(
    transaction: &mut SqliteConnection,
    number: &Number,
    notices: &[Notice],
) -> Result<(), StoreError> {
    for notice in notices {
        query(
            "INSERT INTO notices (number, kind, applicant, at_ms)
             SELECT number, $2, applicant, $3 FROM requests WHERE number = $1
             ON CONFLICT (number, kind) DO NOTHING",
        )
        .bind(number.as_str())
        .bind(notice.kind.code())
        .bind(to_ms(notice.at))
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    }
    Ok(())
}

#[derive(FromRow)]
struct ExceptionRow {
    told_at: i64,
    #[sqlx(flatten)]
    request: RequestRow,
}

pub(crate) async fn exceptions(
    store: &SqliteStore,
    before: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<Exception>, StoreError> {
    let rows: Vec<ExceptionRow> = query_as(
        "SELECT notice.at_ms AS told_at, request.number, applicant_name, request, accepted_at,
             due_at, channel, state, step, version, ended_at
         FROM notices AS notice JOIN requests AS request ON request.number = notice.number
         WHERE notice.kind = 'overdue' AND notice.at_ms < $1
             AND notice.at_ms >= COALESCE((
                 SELECT min(at_ms) FROM (
                     SELECT at_ms FROM notices WHERE kind = 'overdue' AND at_ms < $1
                     ORDER BY at_ms DESC LIMIT $2) AS page), 0)
         ORDER BY notice.at_ms DESC, notice.number DESC",
    )
    .bind(before.map_or(i64::MAX, to_ms))
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter()
        .map(|row| {
            Ok(Exception {
                request: read_request(&store.vault, row.request)?,
                told_at: moment(row.told_at)?,
            })
        })
        .collect()
}

pub(crate) async fn notices_of(
    store: &SqliteStore,
    applicant: Iin,
    limit: u32,
) -> Result<Vec<StoredNotice>, StoreError> {
    let rows: Vec<(String, String, i64)> = query_as(
        "SELECT number, kind, at_ms FROM notices WHERE applicant = ?
         ORDER BY at_ms DESC, number DESC, kind DESC LIMIT ?",
    )
    .bind(store.vault.person(applicant))
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter()
        .map(|(text, kind, at_ms)| {
            let kind = NoticeKind::parse(&kind).ok_or(StoreError::Corrupt("notices.kind"))?;
            let notice = Notice { kind, at: moment(at_ms)? };
            Ok(StoredNotice { number: number(&text)?, notice })
        })
        .collect()
}
