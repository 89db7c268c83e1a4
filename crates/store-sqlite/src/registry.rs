//! The departments' registry: records with all their versions; a change never overwrites.

use std::collections::HashMap;

use app::{
    ImportBatch, ImportColumns, ImportDigests, ImportSummary, NewVersion, StoreError,
    VersionColumns, guardian_of_rows,
};
use domain::{GuardianRecord, Iin};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, to_json, to_ms};
use crate::error::fault;

/// Rows written with one call.
const ROWS_AT_ONCE: usize = 1_000;

/// Wards in the order they became known; the person's own facts from the row recorded last.
pub(crate) async fn guardian_record(
    store: &SqliteStore,
    iin: Iin,
) -> Result<Option<GuardianRecord>, StoreError> {
    let rows: Vec<(String, i64, i64)> = query_as(
        "SELECT present.payload, present.import, present.place
         FROM registry_records AS record
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         JOIN registry_versions AS first ON first.record_key = record.record_key
             AND first.version = 1
         WHERE record.guardian = ?
         ORDER BY first.import, first.place",
    )
    .bind(iin.digits())
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    guardian_of_rows(&rows)
}

pub(crate) async fn preview_import(
    store: &SqliteStore,
    batch: &ImportBatch,
) -> Result<ImportSummary, StoreError> {
    let mut connection = store.read().acquire().await.map_err(fault)?;
    let keys = batch.keys();
    let present = present_rows(&mut connection, &keys).await?;
    Ok(batch.plan(&present)?.summary)
}

pub(crate) async fn apply_import(
    store: &SqliteStore,
    batch: &ImportBatch,
) -> Result<ImportSummary, StoreError> {
    let keys = batch.keys();
    let mut transaction = store.write().await?;
    let present = present_rows(&mut transaction, &keys).await?;
    let plan = batch.plan(&present)?;
    let import = insert_import(&mut transaction, batch, plan.summary).await?;
    for versions in plan.versions.chunks(ROWS_AT_ONCE) {
        insert_versions(&mut transaction, import, batch.entered_at, versions).await?;
    }
    append(&mut transaction, &[batch.audit(import, plan.digest(batch))]).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(plan.summary)
}

pub(crate) async fn last_import_at(store: &SqliteStore) -> Result<Option<Timestamp>, StoreError> {
    let last: Option<i64> = query_scalar("SELECT MAX(entered_at) FROM imports")
        .fetch_one(store.read())
        .await
        .map_err(fault)?;
    last.map(moment).transpose()
}

/// One reading of all versions, as a stream: a bank has more than fit into memory.
pub(crate) async fn import_digests(store: &SqliteStore) -> Result<Vec<(i64, String)>, StoreError> {
    let mut snapshot = store.read().begin().await.map_err(fault)?;
    let imports: Vec<ImportRow> = query_as(
        "SELECT id, file_digest, entered_by, entered_at, new_count, changed_count, ended_count,
             unchanged_count
         FROM imports ORDER BY id",
    )
    .fetch_all(&mut *snapshot)
    .await
    .map_err(fault)?;
    let mut digests = ImportDigests::of(imports.into_iter().map(ImportColumns::from));
    let mut versions = query_as::<_, (i64, String, i64, i64, i64, String)>(
        "SELECT import, record_key, version, place, recorded_at, payload FROM registry_versions
         ORDER BY import, place",
    )
    .fetch(&mut *snapshot);
    while let Some(row) = versions.try_next().await.map_err(fault)? {
        let (import, key, version, place, recorded_at, payload) = &row;
        let (version, place, recorded_at) = (*version, *place, *recorded_at);
        digests.add(*import, &VersionColumns { key, version, place, recorded_at, payload });
    }
    Ok(digests.finish())
}

pub(crate) async fn misplaced_records(store: &SqliteStore) -> Result<u64, StoreError> {
    let misplaced: i64 = query_scalar(
        "SELECT COUNT(*) FROM registry_records AS record
         LEFT JOIN (SELECT record_key, MAX(version) AS version FROM registry_versions
             GROUP BY record_key) AS last ON last.record_key = record.record_key
         LEFT JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = last.version
         WHERE last.version IS NOT record.present_version
             OR present.payload ->> '$.guardian.iin' IS NOT record.guardian",
    )
    .fetch_one(store.read())
    .await
    .map_err(fault)?;
    let unlisted: i64 = query_scalar(
        "SELECT COUNT(*) FROM registry_versions AS version
         WHERE NOT EXISTS (SELECT 1 FROM registry_records AS record
                 WHERE record.record_key = version.record_key)
             OR NOT EXISTS (SELECT 1 FROM imports WHERE imports.id = version.import)",
    )
    .fetch_one(store.read())
    .await
    .map_err(fault)?;
    Ok(u64::try_from(misplaced + unlisted).unwrap_or_default())
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

/// Present versions of all these records at once; the keys travel as one JSON array.
async fn present_rows(
    connection: &mut SqliteConnection,
    keys: &[String],
) -> Result<HashMap<String, (i64, String)>, StoreError> {
    let rows: Vec<(String, i64, String)> = query_as(
        "SELECT record.record_key, record.present_version, present.payload
         FROM json_each(?) AS asked
         JOIN registry_records AS record ON record.record_key = asked.value
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version",
    )
    .bind(to_json(keys)?)
    .fetch_all(connection)
    .await
    .map_err(fault)?;
    Ok(rows.into_iter().map(|(key, version, payload)| (key, (version, payload))).collect())
}

async fn insert_import(
    transaction: &mut SqliteConnection,
    batch: &ImportBatch,
    summary: ImportSummary,
) -> Result<i64, StoreError> {
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let inserted = query(
        "INSERT INTO imports (file_digest, entered_by, entered_at, new_count, changed_count,
             ended_count, unchanged_count)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&batch.file_digest)
    .bind(batch.entered_by.as_str())
    .bind(to_ms(batch.entered_at))
    .bind(count(summary.new))
    .bind(count(summary.changed))
    .bind(count(summary.ended))
    .bind(count(summary.unchanged))
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(inserted.last_insert_rowid())
}

/// The rows travel as one JSON array, because two thousand single calls would take ten times as long.
async fn insert_versions(
    transaction: &mut SqliteConnection,
    import: i64,
    recorded_at: Timestamp,
    versions: &[NewVersion],
) -> Result<(), StoreError> {
    query(
        "INSERT INTO registry_versions
                 (record_key, version, import, place, recorded_at, payload)
             SELECT value ->> 'key', value ->> 'version', $2, value ->> 'place', $3,
                 value ->> 'payload'
             FROM json_each($1);
         INSERT INTO registry_records (record_key, guardian, present_version)
             SELECT value ->> 'key', value ->> 'guardian', value ->> 'version'
             FROM json_each($1) WHERE true
             ON CONFLICT (record_key) DO UPDATE SET present_version = excluded.present_version;",
    )
    .bind(to_json(versions)?)
    .bind(import)
    .bind(to_ms(recorded_at))
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}
