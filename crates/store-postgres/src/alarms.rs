//! The legal clock: requests without answer by their term, alarms, notices, and who waits for a source.

use app::{AuditEvent, Exception, Notice, NoticeKind, OpenRequest, StoreError, StoredNotice};
use domain::{Alarm, Iin, LegalClock, Number, RequestState, WaitingFor};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::Vault;

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, number, to_ms};
use crate::requests::{RequestRow, read_request};
use crate::session::Session;

/// Set to the moment of registration, so that the oldest request comes first. What another node holds at this moment
/// is passed by: it is being released, leased or worked on there.
pub(crate) async fn release_waiting(
    store: &PostgresStore,
    waiting_for: WaitingFor,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let release = query(
        "WITH waiting AS MATERIALIZED (
             SELECT job.number, request.accepted_at
             FROM requests AS request JOIN jobs AS job ON job.number = request.number
             WHERE request.state = $1 AND request.ended_at IS NULL AND job.leased_until IS NULL
             FOR UPDATE OF job SKIP LOCKED)
         UPDATE jobs SET run_at = LEAST($2, waiting.accepted_at)
         FROM waiting WHERE jobs.number = waiting.number",
    )
    .bind(RequestState::Checking(Some(waiting_for)).code())
    .bind(to_ms(now));
    store.execute(release).await
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
    store: &PostgresStore,
    alarm: Alarm,
    due_before: Timestamp,
    limit: u32,
) -> Result<Vec<OpenRequest>, StoreError> {
    let select = query_as(
        "SELECT request.number, applicant, accepted_at, due_at, state
         FROM requests AS request JOIN jobs AS job ON job.number = request.number
         WHERE ended_at IS NULL AND due_at <= $1 AND job.alarmed_percent < $2
         ORDER BY due_at, request.number LIMIT $3",
    )
    .bind(to_ms(due_before))
    .bind(i64::from(alarm.percent()))
    .bind(i64::from(limit));
    let rows: Vec<OpenRow> = store.all(select).await?;
    rows.into_iter().map(|row| read_open(&store.vault, row)).collect()
}

/// Of watchdogs on several nodes one changes the job; the others wait for it and then find the alarm raised.
pub(crate) async fn raise_alarm(
    store: &PostgresStore,
    number: &Number,
    alarm: Alarm,
    notice: Option<Notice>,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = raise_in(&mut transaction, number, alarm, notice, audit).await;
    transaction.end(outcome).await
}

async fn raise_in(
    transaction: &mut Session,
    number: &Number,
    alarm: Alarm,
    notice: Option<Notice>,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let raise =
        query("UPDATE jobs SET alarmed_percent = $2 WHERE number = $1 AND alarmed_percent < $2")
            .bind(number.as_str())
            .bind(i64::from(alarm.percent()));
    if transaction.execute(raise).await? == 0 {
        return Ok(false);
    }
    let notices: Vec<_> = notice.iter().map(|notice| (number, notice)).collect();
    insert_notices(transaction, &notices).await?;
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(true)
}

/// One of a kind the request has already stays as it is.
pub(crate) async fn insert_notices(
    transaction: &mut Session,
    notices: &[(&Number, &Notice)],
) -> Result<(), StoreError> {
    if notices.is_empty() {
        return Ok(());
    }
    let insert = query(
        "INSERT INTO notices (number, kind, applicant, at_ms)
         SELECT request.number, told.kind, request.applicant, told.at_ms
         FROM unnest($1::text[], $2::text[], $3::bigint[]) AS told (number, kind, at_ms)
         JOIN requests AS request ON request.number = told.number
         ON CONFLICT (number, kind) DO NOTHING",
    )
    .bind(notices.iter().map(|(number, _)| number.as_str()).collect::<Vec<_>>())
    .bind(notices.iter().map(|(_, notice)| notice.kind.code()).collect::<Vec<_>>())
    .bind(notices.iter().map(|(_, notice)| to_ms(notice.at)).collect::<Vec<_>>());
    transaction.execute(insert).await?;
    Ok(())
}

#[derive(FromRow)]
struct ExceptionRow {
    told_at: i64,
    #[sqlx(flatten)]
    request: RequestRow,
}

pub(crate) async fn exceptions(
    store: &PostgresStore,
    before: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<Exception>, StoreError> {
    let select = query_as(
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
    .bind(i64::from(limit));
    let rows: Vec<ExceptionRow> = store.all(select).await?;
    rows.into_iter()
        .map(|row| {
            let request = read_request(&store.vault, row.request)?;
            Ok(Exception { request, told_at: moment(row.told_at)? })
        })
        .collect()
}

pub(crate) async fn notices_of(
    store: &PostgresStore,
    applicant: Iin,
    limit: u32,
) -> Result<Vec<StoredNotice>, StoreError> {
    let select = query_as(
        "SELECT number, kind, at_ms FROM notices WHERE applicant = $1
         ORDER BY at_ms DESC, number DESC, kind DESC LIMIT $2",
    )
    .bind(store.vault.person(applicant))
    .bind(i64::from(limit));
    let rows: Vec<(String, String, i64)> = store.all(select).await?;
    rows.into_iter()
        .map(|(text, kind, at_ms)| {
            let kind = NoticeKind::parse(&kind).ok_or(StoreError::Corrupt("notices.kind"))?;
            let notice = Notice { kind, at: moment(at_ms)? };
            Ok(StoredNotice { number: number(&text)?, notice })
        })
        .collect()
}
