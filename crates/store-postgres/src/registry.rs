//! The departments' registry: records with all their versions; a change never overwrites.

use std::collections::HashMap;

use app::{
    ImportBatch, ImportColumns, ImportDigests, ImportOrigin, ImportOutcome, ImportPlan,
    ImportPreview, ImportRefusal, ImportSummary, NewVersion, RecordVersion, StoreError,
    VersionColumns, guardian_of_rows, read_row,
};
use domain::{GuardianRecord, Iin, Kato};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::{Vault, or_unopenable, row_key};

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, open_some, some_iin, to_ms};
use crate::office;
use crate::record_desk::write_keys;
use crate::registry_people::known_people;
use crate::session::{Read, Session};

/// The lock of imports.
pub(crate) const IMPORTS: i64 = 0x616e_7971_7461_6d61;

pub(crate) const PAYLOAD: &str = "registry_versions.payload";
const REASON: &str = "imports.reason";

/// The row of a version of a record as it was written.
pub(crate) fn open_payload(
    vault: &Vault,
    (key, version): (&str, i64),
    stored: String,
) -> Result<String, StoreError> {
    vault.open((PAYLOAD, &row_key(key, version)), stored)
}

/// Wards in the order they became known; the person's own facts from the row recorded last.
pub(crate) async fn guardian_record(
    store: &PostgresStore,
    guardian: Iin,
) -> Result<Option<GuardianRecord>, StoreError> {
    let select = query_as(
        "SELECT record.record_key, present.version, present.payload, present.import, present.place
         FROM registry_records AS record
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         JOIN registry_versions AS first ON first.record_key = record.record_key
             AND first.version = 1
         WHERE record.guardian = $1
         ORDER BY first.import, first.place",
    )
    .bind(store.vault.person(guardian));
    let rows: Vec<(String, i64, String, i64, i64)> = store.all(select).await?;
    let opened = |(key, version, payload, import, place): (String, i64, String, i64, i64)| {
        Ok((open_payload(&store.vault, (&key, version), payload)?, import, place))
    };
    guardian_of_rows(&rows.into_iter().map(opened).collect::<Result<Vec<_>, StoreError>>()?)
}

pub(crate) async fn history_of(
    store: &PostgresStore,
    guardian: Iin,
) -> Result<Vec<RecordVersion>, StoreError> {
    let select = query_as(
        "SELECT version.record_key, version.version, version.import, version.recorded_at,
             version.payload, imports.entered_by, imports.file_digest, imports.officer,
             imports.confirmed_by, imports.reason
         FROM registry_records AS record
         JOIN registry_versions AS first ON first.record_key = record.record_key
             AND first.version = 1
         JOIN registry_versions AS version ON version.record_key = record.record_key
         JOIN imports ON imports.id = version.import
         WHERE record.guardian = $1
         ORDER BY first.import, first.place, version.version",
    )
    .bind(store.vault.person(guardian));
    let rows: Vec<HistoryRow> = store.all(select).await?;
    rows.into_iter().map(|row| row.read(&store.vault)).collect()
}

pub(crate) async fn preview_import(
    store: &PostgresStore,
    batch: &ImportBatch,
) -> Result<ImportPreview, StoreError> {
    let mut snapshot = store.long_snapshot().await?;
    let outcome = compared(&mut snapshot, batch).await;
    snapshot.end(outcome).await?.preview()
}

/// Imports follow one another, so that what this one compares with stays until it is done.
pub(crate) async fn apply_import(
    store: &PostgresStore,
    batch: &ImportBatch,
) -> Result<ImportOutcome, StoreError> {
    let mut transaction = store.write_file_alone(IMPORTS).await?;
    let outcome = apply_in(&mut transaction, batch).await;
    transaction.end(outcome).await
}

async fn apply_in(
    transaction: &mut Session,
    batch: &ImportBatch,
) -> Result<ImportOutcome, StoreError> {
    let plan = compared(transaction, batch).await?;
    if let Some(refusal) = plan.refusal()? {
        return Ok(ImportOutcome::Refused(refusal));
    }
    if !office::take_in(transaction, batch, plan.summary()).await? {
        return Ok(ImportOutcome::Refused(ImportRefusal::ProposalClosed));
    }
    let import = insert_import(transaction, batch, plan.summary()).await?;
    for versions in plan.pages() {
        let versions = versions?;
        write_keys(transaction, plan.keys_of(&versions)?).await?;
        insert_versions(transaction, import, batch.entered_at, &versions).await?;
    }
    let audit = batch.audit(import, plan.digest()?);
    // What is checked at the end otherwise takes seconds in a large import, and behind an append all nodes wait for it.
    transaction.execute(query("SET CONSTRAINTS ALL IMMEDIATE")).await?;
    append(transaction, &[audit]).await?;
    Ok(ImportOutcome::TakenIn(plan.summary()))
}

async fn compared<'a>(
    session: &mut Session,
    batch: &'a ImportBatch,
) -> Result<ImportPlan<'a>, StoreError> {
    let mut plan = ImportPlan::of(batch);
    while let Some(keys) = plan.next_keys() {
        let rows = session.all(present_rows(&keys)).await?;
        let present = by_key(&session.vault, rows)?;
        plan.compare(keys, &present)?;
        plan.settle(&known_people(session, &plan.people()).await?)?;
    }
    Ok(plan)
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
             unchanged_count, officer, confirmed_by, reason
         FROM imports ORDER BY id",
    );
    let imports: Vec<ImportRow> = snapshot.all(select).await?;
    let versions = "DECLARE versions CURSOR FOR
                    SELECT import, record_key, version, place, recorded_at, payload
                    FROM registry_versions ORDER BY import, place";
    snapshot.execute(query(versions)).await?;
    let imports = imports.into_iter().map(|row| row.opened(&snapshot.vault));
    let imports = imports.collect::<Result<Vec<_>, _>>()?;
    let mut digests = ImportDigests::of(imports.into_iter());
    loop {
        let page: Vec<(i64, String, i64, i64, i64, String)> =
            snapshot.all(query_as("FETCH 1000 FROM versions")).await?;
        if page.is_empty() {
            return Ok(digests.finish());
        }
        for (import, key, version, place, recorded_at, stored) in page {
            let payload = open_payload(&snapshot.vault, (&key, version), stored);
            let payload = or_unopenable(payload)?;
            let (key, payload) = (key.as_str(), payload.as_str());
            digests.add(import, &VersionColumns { key, version, place, recorded_at, payload });
        }
    }
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
    fn opened(self, vault: &Vault) -> Result<ImportColumns, StoreError> {
        let person =
            |code: Option<String>| code.map(|code| or_unopenable(vault.digits(code))).transpose();
        let row = self.id.to_string();
        let reason = self.reason.map(|text| or_unopenable(vault.open((REASON, &row), text)));
        Ok(ImportColumns {
            id: self.id,
            reason: reason.transpose()?,
            file_digest: self.file_digest,
            entered_by: self.entered_by,
            entered_at: self.entered_at,
            counts: [self.new_count, self.changed_count, self.ended_count, self.unchanged_count],
            officer: person(self.officer)?,
            confirmed_by: person(self.confirmed_by)?,
        })
    }
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
        let (place, import) = ((self.record_key.as_str(), self.version), self.import.to_string());
        Ok(RecordVersion {
            row: read_row(&open_payload(vault, place, self.payload)?)?,
            record: self.record_key,
            version: u32::try_from(self.version)
                .map_err(|_| StoreError::Corrupt("registry_versions.version"))?,
            import: self.import,
            entered_by: kato(&self.entered_by)?,
            recorded_at: moment(self.recorded_at)?,
            origin: ImportOrigin {
                officer: some_iin(vault, self.officer.as_deref())?,
                confirmed_by: some_iin(vault, self.confirmed_by.as_deref())?,
                reason: open_some(vault, (REASON, &import), self.reason)?,
            },
            file_digest: self.file_digest,
        })
    }
}

fn kato(text: &str) -> Result<Kato, StoreError> {
    Kato::parse(text).map_err(|_| StoreError::Corrupt("imports.entered_by"))
}

/// A record's key, present version and row.
pub(crate) type Present = (String, i64, String);

/// Present versions of all these records at once.
pub(crate) fn present_rows(keys: &[String]) -> Read<'_, Present> {
    query_as(
        "SELECT record.record_key, record.present_version, present.payload
         FROM registry_records AS record
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         WHERE record.record_key = ANY($1)",
    )
    .bind(keys)
}

pub(crate) fn by_key(
    vault: &Vault,
    rows: Vec<Present>,
) -> Result<HashMap<String, (i64, String)>, StoreError> {
    let opened = |(key, version, payload): Present| {
        let payload = open_payload(vault, (&key, version), payload)?;
        Ok((key, (version, payload)))
    };
    rows.into_iter().map(opened).collect()
}

/// Numbered without gaps: nobody else imports at the same time.
async fn insert_import(
    transaction: &mut Session,
    batch: &ImportBatch,
    summary: ImportSummary,
) -> Result<i64, StoreError> {
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let next = query_as("SELECT COALESCE(MAX(id), 0) + 1 FROM imports");
    let next: Option<(i64,)> = transaction.optional(next).await?;
    let (id,) = next.ok_or(StoreError::Corrupt("imports.id"))?;
    let (vault, origin) = (&transaction.vault, &batch.origin);
    let reason = |text: &String| vault.seal((REASON, &id.to_string()), text);
    let insert = query(
        "INSERT INTO imports (file_digest, entered_by, entered_at, new_count, changed_count,
             ended_count, unchanged_count, officer, confirmed_by, reason, id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&batch.file_digest)
    .bind(batch.entered_by.as_str())
    .bind(to_ms(batch.entered_at))
    .bind(count(summary.new))
    .bind(count(summary.changed))
    .bind(count(summary.ended))
    .bind(count(summary.unchanged))
    .bind(origin.officer.map(|iin| vault.person(iin)))
    .bind(origin.confirmed_by.map(|iin| vault.person(iin)))
    .bind(origin.reason.as_ref().map(reason))
    .bind(id);
    transaction.execute(insert).await?;
    Ok(id)
}

/// One array for each column: two thousand single calls would take ten times as long.
async fn insert_versions(
    transaction: &mut Session,
    import: i64,
    recorded_at: Timestamp,
    versions: &[NewVersion],
) -> Result<(), StoreError> {
    let vault = &transaction.vault;
    let sealed =
        |one: &NewVersion| vault.seal((PAYLOAD, &row_key(&one.key, one.version)), &one.payload);
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
    .bind(versions.iter().map(|one| vault.person(one.guardian)).collect::<Vec<_>>())
    .bind(versions.iter().map(|one| one.version).collect::<Vec<_>>())
    .bind(versions.iter().map(|one| one.place).collect::<Vec<_>>())
    .bind(versions.iter().map(sealed).collect::<Vec<_>>());
    transaction.execute(insert).await?;
    Ok(())
}
