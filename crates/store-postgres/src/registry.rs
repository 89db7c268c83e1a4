//! The departments' registry: records with all their versions; a change never overwrites.

use std::collections::HashMap;

use app::{
    ImportBatch, ImportColumns, ImportDigests, ImportSummary, NewVersion, StoreError,
    VersionColumns, guardian_of_rows,
};
use domain::{GuardianRecord, Iin};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::session::{Read, Session};

/// Rows written with one call.
const ROWS_AT_ONCE: usize = 1_000;

/// The lock of imports.
const IMPORTS: i64 = 0x616e_7971_7461_6d61;

/// Wards in the order they became known; the person's own facts from the row recorded last.
pub(crate) async fn guardian_record(
    store: &PostgresStore,
    iin: Iin,
) -> Result<Option<GuardianRecord>, StoreError> {
    let select = query_as(
        "SELECT present.payload, present.import, present.place
         FROM registry_records AS record
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         JOIN registry_versions AS first ON first.record_key = record.record_key
             AND first.version = 1
         WHERE record.guardian = $1
         ORDER BY first.import, first.place",
    )
    .bind(iin.digits());
    let rows: Vec<(String, i64, i64)> = store.all(select).await?;
    guardian_of_rows(&rows)
}

pub(crate) async fn preview_import(
    store: &PostgresStore,
    batch: &ImportBatch,
) -> Result<ImportSummary, StoreError> {
    let keys = batch.keys();
    let rows = store.all(present_rows(&keys)).await?;
    let present = by_key(rows);
    Ok(batch.plan(&present)?.summary)
}

/// Imports follow one another, so that what this one compares with stays until it is done.
pub(crate) async fn apply_import(
    store: &PostgresStore,
    batch: &ImportBatch,
) -> Result<ImportSummary, StoreError> {
    let mut transaction = store.write_file_alone(IMPORTS).await?;
    let outcome = apply_in(&mut transaction, batch).await;
    transaction.end(outcome).await
}

async fn apply_in(
    transaction: &mut Session,
    batch: &ImportBatch,
) -> Result<ImportSummary, StoreError> {
    let keys = batch.keys();
    let present = by_key(transaction.all(present_rows(&keys)).await?);
    let plan = batch.plan(&present)?;
    let import = insert_import(transaction, batch, plan.summary).await?;
    for versions in plan.versions.chunks(ROWS_AT_ONCE) {
        insert_versions(transaction, import, batch.entered_at, versions).await?;
    }
    let audit = batch.audit(import, plan.digest(batch));
    // What is checked at the end otherwise takes seconds in a large import, and behind an append all nodes wait for it.
    transaction.execute(query("SET CONSTRAINTS ALL IMMEDIATE")).await?;
    append(transaction, &[audit]).await?;
    Ok(plan.summary)
}

pub(crate) async fn last_import_at(store: &PostgresStore) -> Result<Option<Timestamp>, StoreError> {
    let select = query_as("SELECT entered_at FROM imports ORDER BY entered_at DESC LIMIT 1");
    let last: Option<(i64,)> = store.optional(select).await?;
    last.map(|(ms,)| moment(ms)).transpose()
}

/// Page by page: a bank has more versions than fit into memory.
pub(crate) async fn import_digests(
    store: &PostgresStore,
) -> Result<Vec<(i64, String)>, StoreError> {
    let mut snapshot = store.long_snapshot().await?;
    let outcome = digests_in(&mut snapshot).await;
    snapshot.end(outcome).await
}

async fn digests_in(snapshot: &mut Session) -> Result<Vec<(i64, String)>, StoreError> {
    let select = query_as(
        "SELECT id, file_digest, entered_by, entered_at, new_count, changed_count, ended_count,
             unchanged_count
         FROM imports ORDER BY id",
    );
    let imports: Vec<ImportRow> = snapshot.all(select).await?;
    let versions = "DECLARE versions CURSOR FOR
                    SELECT import, record_key, version, place, recorded_at, payload
                    FROM registry_versions ORDER BY import, place";
    snapshot.execute(query(versions)).await?;
    let mut digests = ImportDigests::of(imports.into_iter().map(ImportColumns::from));
    loop {
        let page: Vec<(i64, String, i64, i64, i64, String)> =
            snapshot.all(query_as("FETCH 1000 FROM versions")).await?;
        if page.is_empty() {
            return Ok(digests.finish());
        }
        for (import, key, version, place, recorded_at, payload) in &page {
            let (version, place, recorded_at) = (*version, *place, *recorded_at);
            digests.add(*import, &VersionColumns { key, version, place, recorded_at, payload });
        }
    }
}

pub(crate) async fn misplaced_records(store: &PostgresStore) -> Result<u64, StoreError> {
    let mut snapshot = store.long_snapshot().await?;
    let select = query_as(
        "SELECT (SELECT COUNT(*) FROM registry_records AS record
             LEFT JOIN (SELECT record_key, MAX(version) AS version FROM registry_versions
                 GROUP BY record_key) AS last ON last.record_key = record.record_key
             LEFT JOIN registry_versions AS present ON present.record_key = record.record_key
                 AND present.version = last.version
             WHERE last.version IS DISTINCT FROM record.present_version
                 OR present.payload::json #>> '{guardian,iin}' IS DISTINCT FROM record.guardian)
         + (SELECT COUNT(*) FROM registry_versions AS version
             WHERE NOT EXISTS (SELECT 1 FROM registry_records AS record
                     WHERE record.record_key = version.record_key)
                 OR NOT EXISTS (SELECT 1 FROM imports WHERE imports.id = version.import))",
    );
    let outcome = snapshot.optional(select).await;
    let misplaced: Option<(i64,)> = snapshot.end(outcome).await?;
    Ok(misplaced.and_then(|(count,)| u64::try_from(count).ok()).unwrap_or_default())
}

#[derive(FromRow)]
struct ImportRow {
    id: i64,
    file_digest: String,
    entered_by: String,
    entered_at: i64,
    new_count: i64,
    changed_count: i64,
    ended_count: i64,
    unchanged_count: i64,
}

impl From<ImportRow> for ImportColumns {
    fn from(row: ImportRow) -> Self {
        Self {
            id: row.id,
            file_digest: row.file_digest,
            entered_by: row.entered_by,
            entered_at: row.entered_at,
            counts: [row.new_count, row.changed_count, row.ended_count, row.unchanged_count],
        }
    }
}

/// A record's key, present version and row.
type Present = (String, i64, String);

/// Present versions of all these records at once.
fn present_rows(keys: &[String]) -> Read<'_, Present> {
    query_as(
        "SELECT record.record_key, record.present_version, present.payload
         FROM registry_records AS record
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         WHERE record.record_key = ANY($1)",
    )
    .bind(keys)
}

fn by_key(rows: Vec<Present>) -> HashMap<String, (i64, String)> {
    rows.into_iter().map(|(key, version, payload)| (key, (version, payload))).collect()
}

/// Numbered without gaps: nobody else imports at the same time.
async fn insert_import(
    transaction: &mut Session,
    batch: &ImportBatch,
    summary: ImportSummary,
) -> Result<i64, StoreError> {
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let insert = query_as(
        "INSERT INTO imports (id, file_digest, entered_by, entered_at, new_count, changed_count,
             ended_count, unchanged_count)
         SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM imports
         RETURNING id",
    )
    .bind(&batch.file_digest)
    .bind(batch.entered_by.as_str())
    .bind(to_ms(batch.entered_at))
    .bind(count(summary.new))
    .bind(count(summary.changed))
    .bind(count(summary.ended))
    .bind(count(summary.unchanged));
    let inserted: Option<(i64,)> = transaction.optional(insert).await?;
    inserted.map(|(id,)| id).ok_or(StoreError::Corrupt("imports.id"))
}

/// One array for each column: two thousand single calls would take ten times as long.
async fn insert_versions(
    transaction: &mut Session,
    import: i64,
    recorded_at: Timestamp,
    versions: &[NewVersion],
) -> Result<(), StoreError> {
    let insert = query(
        "WITH given AS (
             SELECT * FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[])
                 AS given (record_key, guardian, version, place, payload)),
         written AS (
             INSERT INTO registry_versions
                 (record_key, version, import, place, recorded_at, payload)
             SELECT record_key, version, $1, place, $2, payload FROM given)
         INSERT INTO registry_records (record_key, guardian, present_version)
         SELECT record_key, guardian, version FROM given
         ON CONFLICT (record_key) DO UPDATE SET present_version = excluded.present_version",
    )
    .bind(import)
    .bind(to_ms(recorded_at))
    .bind(versions.iter().map(|one| one.key.as_str()).collect::<Vec<_>>())
    .bind(versions.iter().map(|one| one.guardian.digits()).collect::<Vec<_>>())
    .bind(versions.iter().map(|one| one.version).collect::<Vec<_>>())
    .bind(versions.iter().map(|one| one.place).collect::<Vec<_>>())
    .bind(versions.iter().map(|one| one.payload.as_str()).collect::<Vec<_>>());
    transaction.execute(insert).await?;
    Ok(())
}
