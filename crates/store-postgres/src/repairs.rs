//! Requests to repair a record, and who is told that his is there now.

use app::{AuditEvent, RepairAnswer, RepairMark, RepairOutcome, RepairRequest, StoreError};
use domain::{Iin, Kato, Number};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::Vault;

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, number, open_some, some_iin, to_ms};
use crate::record_desk::kato;
use crate::session::Session;

const ACT_NUMBER: &str = "repair_requests.act_number";
const ACT_DATE: &str = "repair_requests.act_date";

pub(crate) async fn open_repair(
    store: &PostgresStore,
    repair: &RepairRequest,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = open_repair_in(&mut transaction, repair, audit).await;
    transaction.end(outcome).await
}

async fn open_repair_in(
    transaction: &mut Session,
    repair: &RepairRequest,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let (vault, whose) = (&transaction.vault, repair.number.as_str());
    let write = query(
        "INSERT INTO repair_requests
             (number, applicant, provider, opened_at, act_number, act_date)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (number) DO NOTHING",
    )
    .bind(repair.number.as_str())
    .bind(vault.person(repair.applicant))
    .bind(repair.provider.as_str())
    .bind(to_ms(repair.opened_at))
    .bind(repair.act_number.as_ref().map(|text| vault.seal((ACT_NUMBER, whose), text)))
    .bind(repair.act_date.map(|date| vault.seal((ACT_DATE, whose), &date.to_string())));
    if transaction.execute(write).await? == 0 {
        return Ok(false);
    }
    append(transaction, std::slice::from_ref(audit)).await?;
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
        let words = open_some(vault, ("repair_requests.words", &self.number), self.words)?;
        let answer = match (self.outcome, self.answered_at) {
            (Some(outcome), Some(at)) => Some(RepairAnswer {
                outcome: RepairOutcome::parse(&outcome)
                    .ok_or(StoreError::Corrupt("repair_requests.outcome"))?,
                at: moment(at)?,
                officer: some_iin(vault, self.officer.as_deref())?,
                words: words.unwrap_or_default(),
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
    store: &PostgresStore,
    number: &Number,
) -> Result<Option<RepairRequest>, StoreError> {
    let select = query_as(
        "SELECT number, applicant, provider, opened_at, act_number, act_date, outcome, answered_at,
             officer, words
         FROM repair_requests WHERE number = $1",
    )
    .bind(number.as_str());
    let row: Option<RepairRow> = store.optional(select).await?;
    row.map(|row| row.read(&store.vault)).transpose()
}

pub(crate) async fn repairs_at(
    store: &PostgresStore,
    providers: &[Kato],
    limit: u32,
) -> Result<Vec<RepairRequest>, StoreError> {
    let select = query_as(
        "SELECT number, applicant, provider, opened_at, act_number, act_date, outcome, answered_at,
             officer, words
         FROM repair_requests WHERE provider = ANY($1)
         ORDER BY answered_at IS NOT NULL, answered_at DESC, opened_at, number LIMIT $2",
    )
    .bind(providers.iter().map(Kato::as_str).collect::<Vec<_>>())
    .bind(i64::from(limit));
    let rows: Vec<RepairRow> = store.all(select).await?;
    rows.into_iter().map(|row| row.read(&store.vault)).collect()
}

pub(crate) async fn answer_repair(
    store: &PostgresStore,
    number: &Number,
    answer: &RepairAnswer,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = answer_repair_in(&mut transaction, number, answer, audit).await;
    transaction.end(outcome).await
}

async fn answer_repair_in(
    transaction: &mut Session,
    number: &Number,
    answer: &RepairAnswer,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let (vault, place) = (&transaction.vault, ("repair_requests.words", number.as_str()));
    let write = query(
        "UPDATE repair_requests SET outcome = $1, answered_at = $2, officer = $3, words = $4
         WHERE number = $5 AND outcome IS NULL",
    )
    .bind(answer.outcome.code())
    .bind(to_ms(answer.at))
    .bind(answer.officer.map(|iin| vault.person(iin)))
    .bind(vault.seal(place, &answer.words))
    .bind(number.as_str());
    if transaction.execute(write).await? == 0 {
        return Ok(false);
    }
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(true)
}

pub(crate) async fn repair_mark(store: &PostgresStore) -> Result<RepairMark, StoreError> {
    let mark: Option<(i64, i64)> =
        store.optional(query_as("SELECT import, refused_until FROM repair_mark")).await?;
    let (import, refused_until) = mark.ok_or(StoreError::Corrupt("repair_mark"))?;
    Ok(RepairMark { import, refused_until: moment(refused_until)? })
}

pub(crate) async fn put_repair_mark(
    store: &PostgresStore,
    mark: &RepairMark,
) -> Result<(), StoreError> {
    let update = query(
        "UPDATE repair_mark SET import = GREATEST(import, $1), refused_until = GREATEST(refused_until, $2)",
    )
    .bind(mark.import)
    .bind(to_ms(mark.refused_until));
    store.execute(update).await?;
    Ok(())
}

pub(crate) async fn last_import(store: &PostgresStore) -> Result<i64, StoreError> {
    let last: Option<(i64,)> =
        store.optional(query_as("SELECT COALESCE(MAX(id), 0) FROM imports")).await?;
    Ok(last.map_or(0, |(id,)| id))
}

pub(crate) async fn refused_in_import(
    store: &PostgresStore,
    import: i64,
    after: Option<&Number>,
    limit: u32,
) -> Result<Vec<Number>, StoreError> {
    let select = query_as(
        "SELECT DISTINCT request.number
         FROM registry_versions AS version
         JOIN registry_records AS record ON record.record_key = version.record_key
         JOIN requests AS request ON request.applicant = record.guardian
         WHERE version.import = $1 AND request.number > $2
             AND (request.state = 'refused' OR request.state = 'granted' AND EXISTS (
                 SELECT 1 FROM results
                 WHERE results.request = request.number AND results.kind = 'refusal'))
             AND NOT EXISTS (SELECT 1 FROM repairs_told WHERE number = request.number)
         ORDER BY request.number LIMIT $3",
    )
    .bind(import)
    .bind(after.map_or("", Number::as_str))
    .bind(i64::from(limit));
    let found: Vec<(String,)> = store.all(select).await?;
    found.iter().map(|(text,)| number(text)).collect()
}

pub(crate) async fn refused_since(
    store: &PostgresStore,
    since: Timestamp,
    after: Option<&Number>,
    limit: u32,
) -> Result<Vec<Number>, StoreError> {
    let select = query_as(
        "SELECT number FROM requests AS request
         WHERE state = 'refused' AND ended_at >= $1 AND number > $2
             AND NOT EXISTS (SELECT 1 FROM repairs_told WHERE number = request.number)
         ORDER BY number LIMIT $3",
    )
    .bind(to_ms(since))
    .bind(after.map_or("", Number::as_str))
    .bind(i64::from(limit));
    let found: Vec<(String,)> = store.all(select).await?;
    found.iter().map(|(text,)| number(text)).collect()
}

pub(crate) async fn tell_repaired(
    store: &PostgresStore,
    number: &Number,
    at: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = tell_repaired_in(&mut transaction, number, at, audit).await;
    transaction.end(outcome).await
}

async fn tell_repaired_in(
    transaction: &mut Session,
    number: &Number,
    at: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let write = query(
        "INSERT INTO repairs_told (number, applicant, at_ms)
         SELECT number, applicant, $1 FROM requests WHERE number = $2
         ON CONFLICT (number) DO NOTHING",
    )
    .bind(to_ms(at))
    .bind(number.as_str());
    if transaction.execute(write).await? == 0 {
        return Ok(false);
    }
    let answer = query(
        "UPDATE repair_requests SET outcome = 'entered', answered_at = $1
         WHERE number = $2 AND outcome IS NULL",
    )
    .bind(to_ms(at))
    .bind(number.as_str());
    transaction.execute(answer).await?;
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(true)
}

pub(crate) async fn repairs_told(
    store: &PostgresStore,
    applicant: Iin,
    limit: u32,
) -> Result<Vec<(Number, Timestamp)>, StoreError> {
    let select = query_as(
        "SELECT number, at_ms FROM repairs_told WHERE applicant = $1
         ORDER BY at_ms DESC, number DESC LIMIT $2",
    )
    .bind(store.vault.person(applicant))
    .bind(i64::from(limit));
    let rows: Vec<(String, i64)> = store.all(select).await?;
    rows.into_iter().map(|(text, at)| Ok((number(&text)?, moment(at)?))).collect()
}
