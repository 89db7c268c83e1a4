//! The departments' registry: records with all their versions; a change never overwrites.

use std::collections::HashMap;

use app::{Fields, ImportBatch, ImportSummary, RegistryRow, StoreError, import_fields};
use domain::{GuardianRecord, Iin};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{from_json, moment, places, to_json, to_ms};
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
    let mut latest = None;
    let mut wards = Vec::with_capacity(rows.len());
    for (payload, import, place) in rows {
        let RegistryRow { guardian, accounting, ward, ward_birth_act: _ } = read_row(&payload)?;
        wards.push(ward);
        if latest.as_ref().is_none_or(|(when, _, _)| *when < (import, place)) {
            latest = Some(((import, place), guardian, accounting));
        }
    }
    Ok(latest.map(|(_, guardian, accounting)| GuardianRecord { guardian, accounting, wards }))
}

pub(crate) async fn preview_import(
    store: &SqliteStore,
    batch: &ImportBatch,
) -> Result<ImportSummary, StoreError> {
    let mut connection = store.read().acquire().await.map_err(fault)?;
    let keys = keys(batch);
    let present = present_rows(&mut connection, &keys).await?;
    let mut summary = ImportSummary::default();
    for (key, row) in keys.iter().zip(&batch.rows) {
        compare(present.get(key), row)?.count_in(&mut summary);
    }
    Ok(summary)
}

pub(crate) async fn apply_import(
    store: &SqliteStore,
    batch: &ImportBatch,
) -> Result<ImportSummary, StoreError> {
    let keys = keys(batch);
    let mut transaction = store.write().await?;
    let present = present_rows(&mut transaction, &keys).await?;
    let mut summary = ImportSummary::default();
    let mut entries = Vec::new();
    for ((place, key), row) in places().zip(&keys).zip(&batch.rows) {
        let change = compare(present.get(key), row)?;
        change.count_in(&mut summary);
        if let Some(version) = change.next_version() {
            let (guardian, payload) = (row.guardian.iin, to_json(row)?);
            entries.push(Entry { key: key.clone(), guardian, version, place, payload });
        }
    }
    let import = insert_import(&mut transaction, batch, summary).await?;
    for entries in entries.chunks(ROWS_AT_ONCE) {
        insert_versions(&mut transaction, import, batch.entered_at, entries).await?;
    }
    append(&mut transaction, &[batch.audit(import, digest(batch, summary, &entries))]).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(summary)
}

pub(crate) async fn last_import_at(store: &SqliteStore) -> Result<Option<Timestamp>, StoreError> {
    let last: Option<i64> = query_scalar("SELECT MAX(entered_at) FROM imports")
        .fetch_one(store.read())
        .await
        .map_err(fault)?;
    last.map(moment).transpose()
}

fn digest(batch: &ImportBatch, summary: ImportSummary, entries: &[Entry]) -> String {
    let (entered_by, entered_at) = (batch.entered_by.as_str(), to_ms(batch.entered_at));
    let start = import_fields(&batch.file_digest, entered_by, entered_at, summary.counts());
    let add = |fields: Fields, entry: &Entry| {
        let fields = fields.text(&entry.key).integer(entry.version).integer(entry.place);
        fields.integer(entered_at).text(&entry.payload)
    };
    entries.iter().fold(start, add).digest()
}

/// Read as a stream: a bank has more versions than fit into memory.
pub(crate) async fn import_digests(store: &SqliteStore) -> Result<Vec<(i64, String)>, StoreError> {
    let imports: Vec<ImportRow> = query_as(
        "SELECT id, file_digest, entered_by, entered_at, new_count, changed_count, ended_count,
             unchanged_count
         FROM imports ORDER BY id",
    )
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    let mut digests = Vec::with_capacity(imports.len());
    for import in imports {
        let mut fields = import.fields();
        let mut versions = query_as::<_, (String, i64, i64, i64, String)>(
            "SELECT record_key, version, place, recorded_at, payload FROM registry_versions
             WHERE import = ? ORDER BY place",
        )
        .bind(import.id)
        .fetch(store.read());
        while let Some(row) = versions.try_next().await.map_err(fault)? {
            let (key, version, place, recorded_at, payload) = row;
            fields = fields.text(&key).integer(version).integer(place);
            fields = fields.integer(recorded_at).text(&payload);
        }
        digests.push((import.id, fields.digest()));
    }
    Ok(digests)
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

impl ImportRow {
    fn fields(&self) -> Fields {
        let counts = [self.new_count, self.changed_count, self.ended_count, self.unchanged_count];
        import_fields(&self.file_digest, &self.entered_by, self.entered_at, counts)
    }
}

/// What a row of a file means for its record.
enum Change {
    New,
    Changed { version: i64, ends: bool },
    None,
}

impl Change {
    fn count_in(&self, summary: &mut ImportSummary) {
        match self {
            Self::New => summary.new += 1,
            Self::Changed { ends, .. } => {
                summary.changed += 1;
                summary.ended += u64::from(*ends);
            }
            Self::None => summary.unchanged += 1,
        }
    }

    fn next_version(&self) -> Option<i64> {
        match self {
            Self::New => Some(1),
            Self::Changed { version, .. } => Some(version + 1),
            Self::None => None,
        }
    }
}

/// Compares values and not texts, so that a program that writes its JSON otherwise makes no versions.
fn compare(present: Option<&(i64, String)>, row: &RegistryRow) -> Result<Change, StoreError> {
    let Some((version, payload)) = present else { return Ok(Change::New) };
    let known = read_row(payload)?;
    if known == *row {
        return Ok(Change::None);
    }
    let ends = known.ward.placement.end.is_none() && row.ward.placement.end.is_some();
    Ok(Change::Changed { version: *version, ends })
}

fn keys(batch: &ImportBatch) -> Vec<String> {
    batch.rows.iter().map(RegistryRow::record_key).collect()
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

/// A version to be written.
#[derive(Serialize)]
struct Entry {
    key: String,
    guardian: Iin,
    version: i64,
    place: i64,
    payload: String,
}

/// The rows travel as one JSON array, because two thousand single calls would take ten times as long.
async fn insert_versions(
    transaction: &mut SqliteConnection,
    import: i64,
    recorded_at: Timestamp,
    entries: &[Entry],
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
    .bind(to_json(entries)?)
    .bind(import)
    .bind(to_ms(recorded_at))
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}

fn read_row(payload: &str) -> Result<RegistryRow, StoreError> {
    from_json(payload, "registry_versions.payload")
}
