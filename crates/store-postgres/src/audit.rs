//! The journal: rows are chained within the transaction of what they tell of. Their hashes are over what is said, and not over
//! the codes that stand for people.

use app::{AuditEvent, AuditRow, StoreError, named_with_somebody, without_the_erased};
use domain::{Iin, Number};
use sqlx::{FromRow, query, query_as};
use vault::{PERSON, PROOF, Vault, or_unopenable};

use crate::PostgresStore;
use crate::session::Session;

/// Appends events behind the last row, whose lock keeps it the last until the caller's transaction ends. So appending
/// comes last in a transaction, right before its commit: all nodes wait for that lock.
pub(crate) async fn append(
    transaction: &mut Session,
    events: &[AuditEvent],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let (sequence, hash) = locked_head(transaction).await?;
    let numbers = named_with_somebody(events);
    if numbers.is_empty() {
        return insert(transaction, &chain(events, sequence, hash)).await;
    }
    // Whoever erases has the same lock, so what he erased is seen here.
    let select = query_as("SELECT number FROM erased_requests WHERE number = ANY($1)");
    let erased: Vec<(String,)> = transaction.all(select.bind(numbers)).await?;
    let erased: Vec<String> = erased.into_iter().map(|(number,)| number).collect();
    let events = without_the_erased(events, &erased);
    insert(transaction, &chain(&events, sequence, hash)).await
}

async fn locked_head(transaction: &mut Session) -> Result<(i64, String), StoreError> {
    let lock = query_as("SELECT sequence, hash FROM journal_head FOR NO KEY UPDATE");
    let head: Option<(i64, String)> = transaction.optional(lock).await?;
    head.ok_or(StoreError::Corrupt("journal_head"))
}

/// The place of the last row, which stays the last until the caller's transaction appends: all nodes wait, so it must be short.
pub(crate) async fn lock_journal(transaction: &mut Session) -> Result<i64, StoreError> {
    Ok(locked_head(transaction).await?.0)
}

/// Rows about several requests, in the order of the chain; whose data they are about is not read, so that one that does not open
/// keeps no other from going.
pub(crate) async fn rows_about(
    transaction: &mut Session,
    numbers: Vec<String>,
) -> Result<Vec<AuditRow>, StoreError> {
    let select = query_as(
        "SELECT sequence, at_ms, actor, action, request, '' AS subject, detail, evidence, hash
         FROM audit WHERE request = ANY($1) AND request <> '' ORDER BY sequence",
    )
    .bind(numbers);
    let rows: Vec<Row> = transaction.all(select).await?;
    rows.into_iter().map(|row| row.read(&transaction.vault)).collect()
}

fn chain(events: &[AuditEvent], last_sequence: i64, last_hash: String) -> Vec<AuditRow> {
    let mut hash = last_hash;
    let chained = (last_sequence + 1..).zip(events).map(|(sequence, event)| {
        let row = AuditRow::salted(event, sequence, &hash, vault::salt());
        hash.clone_from(&row.hash);
        row
    });
    chained.collect()
}

/// All rows at once, in their order, and the head.
async fn insert(transaction: &mut Session, rows: &[AuditRow]) -> Result<(), StoreError> {
    let texts = |field: fn(&AuditRow) -> &String| -> Vec<&str> {
        rows.iter().map(|row| field(row).as_str()).collect()
    };
    let vault = &transaction.vault;
    let subject = |row: &AuditRow| vault.alike(PERSON, &row.subject);
    let proof = |row: &AuditRow| vault.seal((PROOF, &row.sequence.to_string()), &row.proof());
    let insert = query(
        "WITH given AS (
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[],
                 $6::text[], $7::text[], $8::text[], $9::text[])
                 AS given (sequence, at_ms, actor, action, request, subject, detail, evidence, hash)),
         written AS (
             INSERT INTO audit
                 (sequence, at_ms, actor, action, request, subject, detail, evidence, hash)
             SELECT * FROM given ORDER BY sequence)
         UPDATE journal_head SET (sequence, hash) =
             (SELECT sequence, hash FROM given ORDER BY sequence DESC LIMIT 1)",
    )
    .bind(rows.iter().map(|row| row.sequence).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.at_ms).collect::<Vec<_>>())
    .bind(texts(|row| &row.actor))
    .bind(texts(|row| &row.action))
    .bind(texts(|row| &row.request))
    .bind(rows.iter().map(subject).collect::<Vec<_>>())
    .bind(texts(|row| &row.detail))
    .bind(rows.iter().map(proof).collect::<Vec<_>>())
    .bind(texts(|row| &row.hash));
    transaction.execute(insert).await?;
    Ok(())
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

fn read_all(store: &PostgresStore, rows: Vec<Row>) -> Result<Vec<AuditRow>, StoreError> {
    rows.into_iter().map(|row| row.read(&store.vault)).collect()
}

pub(crate) async fn audit_from(
    store: &PostgresStore,
    sequence: i64,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let select = query_as(
        "SELECT sequence, at_ms, actor, action, request, subject, detail, evidence, hash
         FROM audit WHERE sequence >= $1 ORDER BY sequence LIMIT $2",
    )
    .bind(sequence)
    .bind(i64::from(limit));
    read_all(store, store.all(select).await?)
}

pub(crate) async fn audit_of(
    store: &PostgresStore,
    number: &Number,
) -> Result<Vec<AuditRow>, StoreError> {
    let select = query_as(
        "SELECT sequence, at_ms, actor, action, request, subject, detail, evidence, hash
         FROM audit WHERE request = $1 AND request <> '' ORDER BY sequence",
    )
    .bind(number.as_str());
    read_all(store, store.all(select).await?)
}

pub(crate) async fn audit_of_subject(
    store: &PostgresStore,
    subject: Iin,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let select = query_as(
        "SELECT sequence, at_ms, actor, action, request, subject, detail, evidence, hash
         FROM audit WHERE subject = $1 AND subject <> '' AND sequence < $2
         ORDER BY sequence DESC LIMIT $3",
    )
    .bind(store.vault.person(subject))
    .bind(before.unwrap_or(i64::MAX))
    .bind(i64::from(limit));
    read_all(store, store.all(select).await?)
}
