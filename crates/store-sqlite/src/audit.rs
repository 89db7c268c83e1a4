//! The journal: rows are chained within the transaction of what they tell of.

use app::{AuditEvent, AuditRow, StoreError, named_with_somebody, without_the_erased};
use domain::{Iin, Number};
use serde_json::{Value, json};
use sqlx::{FromRow, SqliteConnection, query, query_as};
use vault::{PERSON, PROOF, Vault, or_unopenable};

use crate::SqliteStore;
use crate::error::fault;

/// Where the journal ends, as read by a left join.
#[derive(FromRow)]
pub(crate) struct HeadColumns {
    sequence: Option<i64>,
    hash: Option<String>,
}

/// Where the journal ends.
pub(crate) struct Head {
    sequence: i64,
    hash: String,
}

impl HeadColumns {
    /// # Errors
    /// [`StoreError::Corrupt`] where the one row is gone.
    pub(crate) fn head(self) -> Result<Head, StoreError> {
        match (self.sequence, self.hash) {
            (Some(sequence), Some(hash)) => Ok(Head { sequence, hash }),
            _ => Err(StoreError::Corrupt("journal_head")),
        }
    }
}

/// Appends events behind the last row. The caller's transaction holds the write lock, so the last row stays last.
pub(crate) async fn append(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    events: &[AuditEvent],
) -> Result<(), StoreError> {
    let head: Option<HeadColumns> = query_as("SELECT sequence, hash FROM journal_head")
        .fetch_optional(&mut *transaction)
        .await
        .map_err(fault)?;
    let head = head.ok_or(StoreError::Corrupt("journal_head"))?.head()?;
    let numbers = named_with_somebody(events);
    if numbers.is_empty() {
        return append_behind(transaction, vault, head, events).await;
    }
    let erased: Vec<(String,)> = query_as(
        "SELECT number FROM erased_requests WHERE number IN (SELECT value FROM json_each($1))",
    )
    .bind(Value::from(numbers).to_string())
    .fetch_all(&mut *transaction)
    .await
    .map_err(fault)?;
    let erased: Vec<String> = erased.into_iter().map(|(number,)| number).collect();
    append_behind(transaction, vault, head, &without_the_erased(events, &erased)).await
}

/// The same, where the caller's transaction has read the head with something else, and tells of a request that is on its way: all
/// rows and the new head in one call.
pub(crate) async fn append_behind(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    head: Head,
    events: &[AuditEvent],
) -> Result<(), StoreError> {
    let Some(rows) = chain(vault, events, head) else { return Ok(()) };
    query(
        "INSERT INTO audit (sequence, at_ms, actor, action, request, subject, detail, evidence,
                 hash)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                 value ->> 6, value ->> 7, value ->> 8
             FROM json_each($1) ORDER BY key;
         UPDATE journal_head SET sequence = $2, hash = $3;",
    )
    .bind(rows.json)
    .bind(rows.last.sequence)
    .bind(rows.last.hash)
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}

/// Rows of the journal, ready to be written.
struct Rows {
    /// An array of arrays, in the order of the columns.
    json: String,
    /// The head they lead to.
    last: Head,
}

/// `None` where nothing happened.
fn chain(vault: &Vault, events: &[AuditEvent], head: Head) -> Option<Rows> {
    let mut last = head;
    let rows = events.iter().map(|event| {
        let row = AuditRow::salted(event, last.sequence + 1, &last.hash, vault::salt());
        last = Head { sequence: row.sequence, hash: row.hash.clone() };
        json!([
            row.sequence,
            row.at_ms,
            row.actor,
            row.action,
            row.request,
            vault.alike(PERSON, &row.subject),
            row.detail,
            vault.seal((PROOF, &row.sequence.to_string()), &row.proof()),
            row.hash
        ])
    });
    let rows: Vec<Value> = rows.collect();
    let json = Value::from(rows).to_string();
    (!events.is_empty()).then_some(Rows { json, last })
}

pub(crate) async fn append_audit(
    store: &SqliteStore,
    event: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    append(&mut transaction, &store.vault, std::slice::from_ref(event)).await?;
    transaction.commit().await.map_err(fault)
}

/// Place of the last row; the caller's transaction holds the write lock.
pub(crate) async fn journal_end(transaction: &mut SqliteConnection) -> Result<i64, StoreError> {
    let head: Option<(i64,)> = query_as("SELECT sequence FROM journal_head")
        .fetch_optional(transaction)
        .await
        .map_err(fault)?;
    head.map(|(sequence,)| sequence).ok_or(StoreError::Corrupt("journal_head"))
}

/// Rows about several requests, an array of numbers as JSON, in the order of the chain; whose data they are about is not read, so that
/// one that does not open keeps no other from going.
pub(crate) async fn rows_about(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    numbers: &str,
) -> Result<Vec<AuditRow>, StoreError> {
    let rows: Vec<Row> = query_as(
        "SELECT sequence, at_ms, actor, action, request, '' AS subject, detail, evidence, hash
         FROM audit WHERE request IN (SELECT value FROM json_each($1)) AND request <> ''
         ORDER BY sequence",
    )
    .bind(numbers)
    .fetch_all(transaction)
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| row.read(vault)).collect()
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

impl Row {
    fn read(self, vault: &Vault) -> Result<AuditRow, StoreError> {
        let Self { sequence, at_ms, actor, action, request, subject, detail, evidence, hash } =
            self;
        let subject = or_unopenable(vault.digits(subject))?;
        let proof = or_unopenable(vault.open((PROOF, &sequence.to_string()), evidence))?;
        let (evidence, salt) = AuditRow::parts_of_proof(&proof);
        Ok(AuditRow {
            sequence,
            at_ms,
            actor,
            action,
            request,
            subject,
            detail,
            evidence,
            salt,
            hash,
        })
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
    rows.into_iter().map(|row| row.read(&store.vault)).collect()
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
    rows.into_iter().map(|row| row.read(&store.vault)).collect()
}

pub(crate) async fn audit_of_subject(
    store: &SqliteStore,
    subject: Iin,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let rows: Vec<Row> = query_as(
        "SELECT sequence, at_ms, actor, action, request, subject, detail, evidence, hash
         FROM audit WHERE subject = ? AND subject <> '' AND sequence < ?
         ORDER BY sequence DESC LIMIT ?",
    )
    .bind(store.vault.person(subject))
    .bind(before.unwrap_or(i64::MAX))
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| row.read(&store.vault)).collect()
}
