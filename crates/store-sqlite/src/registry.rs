//! The departments' registry: records with all their versions; a change never overwrites.

use std::collections::HashMap;

use app::{
    ImportBatch, ImportColumns, ImportDigests, ImportOrigin, ImportOutcome, ImportPlan,
    ImportPreview, ImportRefusal, ImportSummary, NewVersion, RecordVersion, StoreError,
    VersionColumns, guardian_of_rows, read_row,
};
use domain::{GuardianRecord, Iin, Kato};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};
use vault::{Vault, or_unopenable, row_key};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, to_json, to_ms};
use crate::error::fault;
use crate::office;
use crate::record_desk::write_keys;
use crate::registry_people::known_people;

const PAYLOAD: &str = "registry_versions.payload";
const REASON: &str = "imports.reason";

/// Wards in the order they became known; the person's own facts from the row recorded last.
pub(crate) async fn guardian_record(
    store: &SqliteStore,
    guardian: Iin,
) -> Result<Option<GuardianRecord>, StoreError> {
    let rows: Vec<(String, i64, String, i64, i64)> = query_as(
        "SELECT record.record_key, present.version, present.payload, present.import, present.place
         FROM registry_records AS record
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         JOIN registry_versions AS first ON first.record_key = record.record_key
             AND first.version = 1
         WHERE record.guardian = ?
         ORDER BY first.import, first.place",
    )
    .bind(store.vault.person(guardian))
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    let opened = rows.into_iter().map(|(key, version, payload, import, place)| {
        Ok((opened(&store.vault, (&key, version), payload)?, import, place))
    });
    guardian_of_rows(&opened.collect::<Result<Vec<_>, StoreError>>()?)
}

pub(crate) async fn history_of(
    store: &SqliteStore,
    guardian: Iin,
) -> Result<Vec<RecordVersion>, StoreError> {
    let rows: Vec<HistoryRow> = query_as(
        "SELECT version.record_key, version.version, version.import, version.recorded_at,
             version.payload, imports.entered_by, imports.file_digest, imports.officer,
             imports.confirmed_by, imports.reason
         FROM registry_records AS record
         JOIN registry_versions AS first ON first.record_key = record.record_key
             AND first.version = 1
         JOIN registry_versions AS version ON version.record_key = record.record_key
         JOIN imports ON imports.id = version.import
         WHERE record.guardian = ?
         ORDER BY first.import, first.place, version.version",
    )
    .bind(store.vault.person(guardian))
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| row.read(&store.vault)).collect()
}

pub(crate) async fn preview_import(
    store: &SqliteStore,
    batch: &ImportBatch,
) -> Result<ImportPreview, StoreError> {
    let mut snapshot = store.read().begin().await.map_err(fault)?;
    compared(&mut snapshot, &store.vault, batch).await?.preview()
}

pub(crate) async fn apply_import(
    store: &SqliteStore,
    batch: &ImportBatch,
) -> Result<ImportOutcome, StoreError> {
    let vault = &store.vault;
    let mut transaction = store.write().await?;
    let plan = compared(&mut transaction, vault, batch).await?;
    if let Some(refusal) = plan.refusal()? {
        return Ok(ImportOutcome::Refused(refusal));
    }
    if !office::take_in(&mut transaction, vault, batch, plan.summary()).await? {
        return Ok(ImportOutcome::Refused(ImportRefusal::ProposalClosed));
    }
    let import = insert_import(&mut transaction, vault, batch, plan.summary()).await?;
    for versions in plan.pages() {
        let versions = versions?;
        write_keys(&mut transaction, vault, &plan.keys_of(&versions)?).await?;
        insert_versions(&mut transaction, vault, (import, batch.entered_at), &versions).await?;
    }
    append(&mut transaction, vault, &[batch.audit(import, plan.digest()?)]).await?;
    transaction.commit().await.map_err(fault)?;
    Ok(ImportOutcome::TakenIn(plan.summary()))
}

async fn compared<'a>(
    connection: &mut SqliteConnection,
    vault: &Vault,
    batch: &'a ImportBatch,
) -> Result<ImportPlan<'a>, StoreError> {
    let mut plan = ImportPlan::of(batch);
    while let Some(keys) = plan.next_keys() {
        let present = present_rows(connection, vault, &keys).await?;
        plan.compare(keys, &present)?;
        plan.settle(&known_people(connection, vault, &plan.people()).await?)?;
    }
    Ok(plan)
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
             unchanged_count, officer, confirmed_by, reason
         FROM imports ORDER BY id",
    )
    .fetch_all(&mut *snapshot)
    .await
    .map_err(fault)?;
    let opened_imports = imports.into_iter().map(|row| row.columns(&store.vault));
    let imports: Vec<ImportColumns> = opened_imports.collect::<Result<_, _>>()?;
    let mut digests = ImportDigests::of(imports.into_iter());
    let mut versions = query_as::<_, (i64, String, i64, i64, i64, String)>(
        "SELECT import, record_key, version, place, recorded_at, payload FROM registry_versions
         ORDER BY import, place",
    )
    .fetch(&mut *snapshot);
    while let Some(row) = versions.try_next().await.map_err(fault)? {
        let (import, key, version, place, recorded_at, payload) = row;
        let payload = &or_unopenable(opened(&store.vault, (&key, version), payload))?;
        let key = key.as_str();
        digests.add(import, &VersionColumns { key, version, place, recorded_at, payload });
    }
    Ok(digests.finish())
}

pub(crate) async fn misplaced_records(store: &SqliteStore) -> Result<u64, StoreError> {
    let misplaced = misplaced(store).await?;
    let unlisted: i64 = query_scalar(
        "SELECT COUNT(*) FROM registry_versions AS version
         WHERE NOT EXISTS (SELECT 1 FROM registry_records AS record
                 WHERE record.record_key = version.record_key)
             OR NOT EXISTS (SELECT 1 FROM imports WHERE imports.id = version.import)",
    )
    .fetch_one(store.read())
    .await
    .map_err(fault)?;
    Ok(misplaced + u64::try_from(unlisted).unwrap_or_default())
}

/// Records whose present version is not their last, or is of another person. One reading, as a stream.
async fn misplaced(store: &SqliteStore) -> Result<u64, StoreError> {
    let mut snapshot = store.read().begin().await.map_err(fault)?;
    let mut records = query_as::<_, (String, String, i64, bool, Option<String>)>(
        "SELECT record.record_key, record.guardian, COALESCE(last.version, 0),
             last.version IS NOT record.present_version, present.payload
         FROM registry_records AS record
         LEFT JOIN (SELECT record_key, MAX(version) AS version FROM registry_versions
             GROUP BY record_key) AS last ON last.record_key = record.record_key
         LEFT JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = last.version",
    )
    .fetch(&mut *snapshot);
    let mut misplaced = 0;
    while let Some(record) = records.try_next().await.map_err(fault)? {
        let (key, guardian, last, is_old, payload) = record;
        let open = |payload| opened(&store.vault, (&key, last), payload);
        let row = payload.map(|payload| read_row(&open(payload)?)).transpose();
        // What cannot be read is not there either.
        let row = match row {
            Err(StoreError::Corrupt(_)) => None,
            row => row?,
        };
        let whose = row.map(|row| store.vault.person(row.guardian.iin));
        misplaced += u64::from(is_old || whose != Some(guardian));
    }
    Ok(misplaced)
}

/// The row of a version as JSON.
pub(crate) fn opened(
    vault: &Vault,
    (key, version): (&str, i64),
    payload: String,
) -> Result<String, StoreError> {
    vault.open((PAYLOAD, &row_key(key, version)), payload)
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
    officer: Option<String>,
    confirmed_by: Option<String>,
    reason: Option<String>,
}

impl ImportRow {
    fn columns(self, vault: &Vault) -> Result<ImportColumns, StoreError> {
        let person =
            |code: Option<String>| code.map(|code| or_unopenable(vault.digits(code))).transpose();
        let reason = reason(vault, self.id, self.reason).transpose();
        Ok(ImportColumns {
            reason: reason.map(or_unopenable).transpose()?,
            id: self.id,
            file_digest: self.file_digest,
            entered_by: self.entered_by,
            entered_at: self.entered_at,
            counts: [self.new_count, self.changed_count, self.ended_count, self.unchanged_count],
            officer: person(self.officer)?,
            confirmed_by: person(self.confirmed_by)?,
        })
    }
}

fn reason(
    vault: &Vault,
    import: i64,
    stored: Option<String>,
) -> Result<Option<String>, StoreError> {
    stored.map(|text| vault.open((REASON, &import.to_string()), text)).transpose()
}

#[derive(FromRow)]
struct HistoryRow {
    record_key: String,
    version: i64,
    import: i64,
    recorded_at: i64,
    payload: String,
    entered_by: String,
    file_digest: String,
    officer: Option<String>,
    confirmed_by: Option<String>,
    reason: Option<String>,
}

impl HistoryRow {
    fn read(self, vault: &Vault) -> Result<RecordVersion, StoreError> {
        let person = |text: Option<String>| text.as_deref().map(|code| vault.iin(code)).transpose();
        let payload = opened(vault, (&self.record_key, self.version), self.payload)?;
        Ok(RecordVersion {
            record: self.record_key,
            version: u32::try_from(self.version)
                .map_err(|_| StoreError::Corrupt("registry_versions.version"))?,
            import: self.import,
            entered_by: kato(&self.entered_by)?,
            recorded_at: moment(self.recorded_at)?,
            origin: ImportOrigin {
                officer: person(self.officer)?,
                confirmed_by: person(self.confirmed_by)?,
                reason: reason(vault, self.import, self.reason)?,
            },
            file_digest: self.file_digest,
            row: read_row(&payload)?,
        })
    }
}

fn kato(text: &str) -> Result<Kato, StoreError> {
    Kato::parse(text).map_err(|_| StoreError::Corrupt("imports.entered_by"))
}

/// Present versions of all these records at once; the keys travel as one JSON array.
pub(crate) async fn present_rows(
    connection: &mut SqliteConnection,
    vault: &Vault,
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
    let read = |(key, version, payload): (String, i64, String)| {
        let payload = opened(vault, (&key, version), payload)?;
        Ok((key, (version, payload)))
    };
    rows.into_iter().map(read).collect()
}

async fn insert_import(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    batch: &ImportBatch,
    summary: ImportSummary,
) -> Result<i64, StoreError> {
    let id: i64 = query_scalar("SELECT COALESCE(MAX(id), 0) + 1 FROM imports")
        .fetch_one(&mut *transaction)
        .await
        .map_err(fault)?;
    let reason = batch.origin.reason.as_ref();
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    query(
        "INSERT INTO imports (id, file_digest, entered_by, entered_at, new_count, changed_count,
             ended_count, unchanged_count, officer, confirmed_by, reason)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(&batch.file_digest)
    .bind(batch.entered_by.as_str())
    .bind(to_ms(batch.entered_at))
    .bind(count(summary.new))
    .bind(count(summary.changed))
    .bind(count(summary.ended))
    .bind(count(summary.unchanged))
    .bind(batch.origin.officer.map(|iin| vault.person(iin)))
    .bind(batch.origin.confirmed_by.map(|iin| vault.person(iin)))
    .bind(reason.map(|text| vault.seal((REASON, &id.to_string()), text)))
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(id)
}

/// The rows travel as one JSON array, because two thousand single calls would take ten times as long.
async fn insert_versions(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    (import, recorded_at): (i64, Timestamp),
    versions: &[NewVersion],
) -> Result<(), StoreError> {
    let sealed = |one: &NewVersion| {
        json!({
            "key": one.key,
            "guardian": vault.person(one.guardian),
            "version": one.version,
            "place": one.place,
            "payload": vault.seal((PAYLOAD, &row_key(&one.key, one.version)), &one.payload),
        })
    };
    let versions: Vec<Value> = versions.iter().map(sealed).collect();
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
    .bind(Value::from(versions).to_string())
    .bind(import)
    .bind(to_ms(recorded_at))
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}
