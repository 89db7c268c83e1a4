//! What officers ask of the registry: records by their keys, and looks written down.
//!
//! Read next: `repairs.rs` for requests to repair, `registry.rs` for the records themselves.

use std::collections::HashMap;

use app::{
    KeyedPage, KeyedRecord, LookWords, PresentRecord, RecordKeys, RecordLook, RecordQuery,
    StoreError, prefix_end, read_row,
};
use domain::{Iin, Kato};
use sqlx::{SqliteConnection, query, query_as, query_scalar};
use vault::Vault;

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{to_json, to_ms};
use crate::error::fault;
use crate::registry::opened;

/// So many records are opened at a time to look for a name.
const NAMES_AT_ONCE: u32 = 500;

/// The keys travel as one JSON array, and stand before the record does, so that it is not noted as without keys.
pub(crate) async fn write_keys(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    keyed: &[KeyedRecord],
) -> Result<(), StoreError> {
    let coded =
        |one: &KeyedRecord| KeyedRecord { keys: vault.record_keys(&one.keys), ..one.clone() };
    let coded: Vec<KeyedRecord> = keyed.iter().map(coded).collect();
    query(
        "INSERT INTO registry_keys (record_key, version, provider, ward_iin, ward, guardian_name,
                 ward_name, ward_person, act)
             SELECT value ->> 'key', value ->> 'version', value ->> 'provider',
                 value ->> 'ward_iin', value ->> 'ward', value ->> 'guardian_name',
                 value ->> 'ward_name', value ->> 'ward_person', value ->> 'act'
             FROM json_each(?) WHERE true
             ON CONFLICT (record_key) DO UPDATE SET version = excluded.version,
                 provider = excluded.provider, ward_iin = excluded.ward_iin, ward = excluded.ward,
                 guardian_name = excluded.guardian_name, ward_name = excluded.ward_name,
                 ward_person = excluded.ward_person, act = excluded.act",
    )
    .bind(to_json(&coded)?)
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}

pub(crate) async fn keepers(store: &SqliteStore) -> Result<Vec<Kato>, StoreError> {
    // From each to the next, because there are a hundred among a million rows.
    let found: Vec<String> = query_scalar(
        "WITH RECURSIVE keeper (provider) AS (
             SELECT MIN(provider) FROM registry_keys
             UNION ALL
             SELECT (SELECT MIN(provider) FROM registry_keys WHERE provider > keeper.provider)
             FROM keeper WHERE keeper.provider IS NOT NULL)
         SELECT provider FROM keeper WHERE provider IS NOT NULL",
    )
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    found.iter().map(|text| kato(text)).collect()
}

pub(crate) fn kato(text: &str) -> Result<Kato, StoreError> {
    Kato::parse(text).map_err(|_| StoreError::Corrupt("registry_keys.provider"))
}

pub(crate) async fn write_missing_keys(
    store: &SqliteStore,
    after: &str,
    limit: u32,
) -> Result<KeyedPage, StoreError> {
    let due: bool = query_scalar("SELECT EXISTS (SELECT 1 FROM registry_keys_due)")
        .fetch_one(store.read())
        .await
        .map_err(fault)?;
    if !due {
        return Ok(KeyedPage::default());
    }
    let mut transaction = store.write().await?;
    let rows: Vec<(String, i64, String)> = query_as(
        "SELECT record.record_key, record.present_version, present.payload
         FROM (SELECT record_key FROM registry_keys_due WHERE record_key > ?
                 ORDER BY record_key LIMIT ?) AS due
         JOIN registry_records AS record ON record.record_key = due.record_key
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         ORDER BY due.record_key",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *transaction)
    .await
    .map_err(fault)?;
    // What does not open is as unreadable as what is no record.
    let read = |(key, version, payload): (String, i64, String)| match opened(
        &store.vault,
        (&key, version),
        payload,
    ) {
        Ok(payload) => Ok((key, version, payload)),
        Err(StoreError::Corrupt(_)) => Ok((key, version, String::new())),
        Err(error) => Err(error),
    };
    let rows = rows.into_iter().map(read).collect::<Result<_, _>>()?;
    let (page, keyed) = KeyedPage::of(rows, limit);
    write_keys(&mut transaction, &store.vault, &keyed).await?;
    let keys: Vec<&str> = keyed.iter().map(|one| one.key.as_str()).collect();
    query("DELETE FROM registry_keys_due WHERE record_key IN (SELECT value FROM json_each(?))")
        .bind(to_json(&keys)?)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    transaction.commit().await.map_err(fault)?;
    Ok(page)
}

pub(crate) async fn find_records(
    store: &SqliteStore,
    sought: &RecordQuery,
    limit: u32,
) -> Result<Vec<PresentRecord>, StoreError> {
    // The choice of records differs; what is read of each is the same.
    let chosen = match sought {
        RecordQuery::Iin(iin) => query_scalar(
            "SELECT record_key FROM registry_records WHERE guardian = $1
             UNION SELECT record_key FROM registry_keys WHERE ward_iin = $1 LIMIT $2",
        )
        .bind(store.vault.person(*iin))
        .bind(limit),
        RecordQuery::Name { prefix, keepers } => {
            return find_names(store, prefix, keepers, limit).await;
        }
        RecordQuery::Act { prefix, keepers } => query_scalar(
            "SELECT record_key FROM registry_keys WHERE act >= $1 AND act < $3
                 AND provider IN (SELECT value FROM json_each($4)) LIMIT $2",
        )
        .bind(prefix)
        .bind(limit)
        .bind(prefix_end(prefix))
        .bind(to_json(keepers)?),
    };
    let keys: Vec<String> = chosen.fetch_all(store.read()).await.map_err(fault)?;
    present(store, &keys).await
}

/// Names are sealed: a key leads to all that begin with the same letters, and those are opened and compared.
async fn find_names(
    store: &SqliteStore,
    prefix: &str,
    keepers: &[Kato],
    limit: u32,
) -> Result<Vec<PresentRecord>, StoreError> {
    let code = store.vault.name_code(prefix);
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut found, mut after) = (Vec::new(), String::new());
    while found.len() < wanted {
        let keys: Vec<String> = query_scalar(
            "SELECT record_key FROM (
                 SELECT record_key FROM registry_keys
                 WHERE guardian_name = $3 AND provider IN (SELECT value FROM json_each($1))
                 UNION SELECT record_key FROM registry_keys
                 WHERE ward_name = $3 AND provider IN (SELECT value FROM json_each($1))) AS named
             WHERE record_key > $2 ORDER BY record_key LIMIT $4",
        )
        .bind(to_json(keepers)?)
        .bind(&after)
        .bind(&code)
        .bind(NAMES_AT_ONCE)
        .fetch_all(store.read())
        .await
        .map_err(fault)?;
        let Some(last) = keys.last() else { break };
        after.clone_from(last);
        let page = present(store, &keys).await?;
        found.extend(page.into_iter().filter(|one| RecordKeys::of(&one.row).has_name(prefix)));
    }
    found.truncate(wanted);
    Ok(found)
}

async fn present(store: &SqliteStore, keys: &[String]) -> Result<Vec<PresentRecord>, StoreError> {
    let rows: Vec<(String, i64, String)> = query_as(
        "SELECT record.record_key, present.version, present.payload
         FROM json_each(?) AS asked
         JOIN registry_records AS record ON record.record_key = asked.value
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version",
    )
    .bind(to_json(keys)?)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| read_present(&store.vault, row)).collect()
}

fn read_present(
    vault: &Vault,
    (key, version, payload): (String, i64, String),
) -> Result<PresentRecord, StoreError> {
    let payload = opened(vault, (&key, version), payload)?;
    Ok(PresentRecord { key, row: read_row(&payload)? })
}

pub(crate) async fn records_kept_by(
    store: &SqliteStore,
    keepers: &[Kato],
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<PresentRecord>, StoreError> {
    let rows: Vec<(String, i64, String)> = query_as(
        "SELECT record.record_key, present.version, present.payload
         FROM (SELECT record_key FROM registry_keys
                 WHERE provider IN (SELECT value FROM json_each($1)) AND record_key > $2
                 ORDER BY record_key LIMIT $3) AS chosen
         JOIN registry_records AS record ON record.record_key = chosen.record_key
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         ORDER BY record.record_key",
    )
    .bind(to_json(keepers)?)
    .bind(after.unwrap_or_default())
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| read_present(&store.vault, row)).collect()
}

pub(crate) async fn related_records(
    store: &SqliteStore,
    records: &[PresentRecord],
    limit: u32,
) -> Result<Vec<PresentRecord>, StoreError> {
    let keys = records.iter().map(|one| store.vault.record_keys(&RecordKeys::of(&one.row)));
    let keys: Vec<RecordKeys> = keys.collect();
    let found: Vec<String> = query_scalar(
        "SELECT record_key FROM json_each($1) JOIN registry_keys ON ward = value ->> 'ward'
         UNION SELECT record_key FROM json_each($1)
             JOIN registry_keys ON ward_person = value ->> 'ward_person'
         UNION SELECT record_key FROM json_each($1) JOIN registry_keys ON act = value ->> 'act'
         LIMIT $2",
    )
    .bind(to_json(&keys)?)
    .bind(limit)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    present(store, &found).await
}

pub(crate) async fn guardian_of_record(
    store: &SqliteStore,
    key: &str,
) -> Result<Option<Iin>, StoreError> {
    let found: Option<String> =
        query_scalar("SELECT guardian FROM registry_records WHERE record_key = ?")
            .bind(key)
            .fetch_optional(store.read())
            .await
            .map_err(fault)?;
    found.as_deref().map(|code| store.vault.iin(code)).transpose()
}

pub(crate) async fn note_look(
    store: &SqliteStore,
    look: &RecordLook,
    subjects: &[Iin],
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    query(
        "INSERT INTO record_looks (id, at_ms, officer, department, way, purpose)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(&look.id)
    .bind(to_ms(look.at))
    .bind(store.vault.person(look.officer))
    .bind(look.workplace.code())
    .bind(look.way.code())
    .bind(store.vault.seal(("record_looks.purpose", &look.id), &look.purpose))
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    append(&mut transaction, &store.vault, &look.events(subjects)).await?;
    transaction.commit().await.map_err(fault)
}

pub(crate) async fn look_words(
    store: &SqliteStore,
    ids: &[String],
) -> Result<HashMap<String, LookWords>, StoreError> {
    let found: Vec<(String, String, String)> = query_as(
        "SELECT id, department, purpose FROM record_looks
         WHERE id IN (SELECT value FROM json_each(?))",
    )
    .bind(to_json(ids)?)
    .fetch_all(store.read())
    .await
    .map_err(fault)?;
    let words = |(id, at, purpose): (String, String, String)| {
        let purpose = store.vault.open(("record_looks.purpose", &id), purpose)?;
        Ok((id, LookWords::stored(&at, purpose)))
    };
    found.into_iter().map(words).collect()
}
