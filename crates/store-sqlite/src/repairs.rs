//! Requests to repair a record, and who is told that his is there now.

use app::{AuditEvent, RepairAnswer, RepairMark, RepairOutcome, RepairRequest, StoreError};
use domain::{Iin, Kato, Number};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as, query_scalar};
use vault::Vault;

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, number, to_json, to_ms};
use crate::error::fault;
use crate::record_desk::kato;

const ACT_NUMBER: &str = "repair_requests.act_number";
const ACT_DATE: &str = "repair_requests.act_date";

pub(crate) async fn open_repair(
    store: &SqliteStore,
    repair: &RepairRequest,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let (vault, whose) = (&store.vault, repair.number.as_str());
    let mut transaction = store.write().await?;
    let opened = query(
        "INSERT INTO repair_requests
             (number, applicant, provider, opened_at, act_number, act_date)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO NOTHING",
    )
    .bind(repair.number.as_str())
    .bind(vault.person(repair.applicant))
    .bind(repair.provider.as_str())
    .bind(to_ms(repair.opened_at))
    .bind(repair.act_number.as_ref().map(|text| vault.seal((ACT_NUMBER, whose), text)))
    .bind(repair.act_date.map(|date| vault.seal((ACT_DATE, whose), &date.to_string())))
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    if opened.rows_affected() == 0 {
        return Ok(false);
    }
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(true)
}

#[derive(FromRow)]
struct RepairRow {
    number: String,
    applicant: String,
    provider: String,
    opened_at: i64,
    act_number: Option<String>,
    act_date: Option<String>,
    outcome: Option<String>,
    answered_at: Option<i64>,
    officer: Option<String>,
    words: Option<String>,
}

impl RepairRow {
    fn read(self, vault: &Vault) -> Result<RepairRequest, StoreError> {
        let answer = match (self.outcome, self.answered_at) {
            (Some(outcome), Some(at)) => Some(RepairAnswer {
                outcome: RepairOutcome::parse(&outcome)
                    .ok_or(StoreError::Corrupt("repair_requests.outcome"))?,
                at: moment(at)?,
                officer: self.officer.as_deref().map(|code| vault.iin(code)).transpose()?,
                words: vault.open(
                    ("repair_requests.words", &self.number),
                    self.words.unwrap_or_default(),
                )?,
            }),
            _ => None,
        };
        let open = |column, text: String| vault.open((column, &self.number), text);
        let date =
            |text: String| open(ACT_DATE, text)?.parse().map_err(|_| StoreError::Corrupt(ACT_DATE));
        Ok(RepairRequest {
            number: number(&self.number)?,
            applicant: vault.iin(&self.applicant)?,
            provider: kato(&self.provider)?,
            opened_at: moment(self.opened_at)?,
            act_number: self.act_number.map(|text| open(ACT_NUMBER, text)).transpose()?,
            act_date: self.act_date.map(date).transpose()?,
            answer,
        })
    }
}

pub(crate) async fn repair_of(
    store: &SqliteStore,
    number: &Number,
) -> Result<Option<RepairRequest>, StoreError> {
    let row: Option<RepairRow> = query_as(
        "SELECT number, applicant, provider, opened_at, act_number, act_date, outcome, answered_at,
             officer, words
         FROM repair_requests WHERE number = ?",
    )
    .bind(number.as_str())
    .fetch_optional(store.read())
    .await
    .map_err(fault)?;
    row.map(|row| row.read(&store.vault)).transpose()
}

pub(crate) async fn repairs_at(
    store: &SqliteStore,
    providers: &[Kato],
    limit: u32,
) -> Result<Vec<RepairRequest>, StoreError> {
    let rows: Vec<RepairRow> = query_as(
        "SELECT number, applicant, provider, opened_at, act_number, act_date, outcome, answered_at,
             officer, words
         FROM repair_requests WHERE provider IN (SELECT value FROM json_each(?))
         ORDER BY answered_at IS NOT NULL, answered_at DESC, opened_at, number LIMIT ?",
    )
    .bind(to_json(providers)?)
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| row.read(&store.vault)).collect()
}

pub(crate) async fn answer_repair(
    store: &SqliteStore,
    number: &Number,
    answer: &RepairAnswer,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let answered = query(
        "UPDATE repair_requests SET outcome = ?, answered_at = ?, officer = ?, words = ?
         WHERE number = ? AND outcome IS NULL",
    )
    .bind(answer.outcome.code())
    .bind(to_ms(answer.at))
    .bind(answer.officer.map(|iin| store.vault.person(iin)))
    .bind(store.vault.seal(("repair_requests.words", number.as_str()), &answer.words))
    .bind(number.as_str())
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    if answered.rows_affected() == 0 {
        return Ok(false);
    }
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(true)
}

pub(crate) async fn repair_mark(store: &SqliteStore) -> Result<RepairMark, StoreError> {
    let (import, refused_until): (i64, i64) =
        query_as("SELECT import, refused_until FROM repair_mark")
            .fetch_one(store.read())
            .await
            .map_err(fault)?;
    Ok(RepairMark { import, refused_until: moment(refused_until)? })
}

pub(crate) async fn put_repair_mark(
    store: &SqliteStore,
    mark: &RepairMark,
) -> Result<(), StoreError> {
    query("UPDATE repair_mark SET import = MAX(import, ?), refused_until = MAX(refused_until, ?)")
        .bind(mark.import)
        .bind(to_ms(mark.refused_until))
        .execute(store.write_once())
        .await
        .map_err(fault)?;
    Ok(())
}

pub(crate) async fn last_import(store: &SqliteStore) -> Result<i64, StoreError> {
    query_scalar("SELECT COALESCE(MAX(id), 0) FROM imports")
        .fetch_one(store.read())
        .await
        .map_err(fault)
}

pub(crate) async fn refused_in_import(
    store: &SqliteStore,
    import: i64,
    after: Option<&Number>,
    limit: u32,
) -> Result<Vec<Number>, StoreError> {
    let found: Vec<String> = query_scalar(
        "SELECT DISTINCT request.number
         FROM registry_versions AS version
         JOIN registry_records AS record ON record.record_key = version.record_key
         JOIN requests AS request ON request.applicant = record.guardian
         WHERE version.import = ? AND request.number > ?
             AND (request.state = 'refused' OR request.state = 'granted' AND EXISTS (
                 SELECT 1 FROM results
                 WHERE results.request = request.number AND results.kind = 'refusal'))
             AND NOT EXISTS (SELECT 1 FROM repairs_told WHERE number = request.number)
         ORDER BY request.number LIMIT ?",
    )
    .bind(import)
    .bind(after.map_or("", Number::as_str))
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    found.iter().map(|text| number(text)).collect()
}

pub(crate) async fn refused_since(
    store: &SqliteStore,
    since: Timestamp,
    after: Option<&Number>,
    limit: u32,
) -> Result<Vec<Number>, StoreError> {
    let found: Vec<String> = query_scalar(
        "SELECT number FROM requests AS request
         WHERE state = 'refused' AND ended_at >= ? AND number > ?
             AND NOT EXISTS (SELECT 1 FROM repairs_told WHERE number = request.number)
         ORDER BY number LIMIT ?",
    )
    .bind(to_ms(since))
    .bind(after.map_or("", Number::as_str))
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    found.iter().map(|text| number(text)).collect()
}

pub(crate) async fn tell_repaired(
    store: &SqliteStore,
    number: &Number,
    at: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let told = query(
        "INSERT INTO repairs_told (number, applicant, at_ms)
         SELECT number, applicant, ? FROM requests WHERE number = ?
         ON CONFLICT (number) DO NOTHING",
    )
    .bind(to_ms(at))
    .bind(number.as_str())
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    if told.rows_affected() == 0 {
        return Ok(false);
    }
    query(
        "UPDATE repair_requests SET outcome = 'entered', answered_at = ?
         WHERE number = ? AND outcome IS NULL",
    )
    .bind(to_ms(at))
    .bind(number.as_str())
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(true)
}

pub(crate) async fn repairs_told(
    store: &SqliteStore,
    applicant: Iin,
    limit: u32,
) -> Result<Vec<(Number, Timestamp)>, StoreError> {
    let rows: Vec<(String, i64)> = query_as(
        "SELECT number, at_ms FROM repairs_told WHERE applicant = ?
         ORDER BY at_ms DESC, number DESC LIMIT ?",
    )
    .bind(store.vault.person(applicant))
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter().map(|(text, at)| Ok((number(&text)?, moment(at)?))).collect()
}
