//! What officers ask of the registry: records by their keys, and looks written down.
//!
//! Read next: `records_by_name.rs`, `repairs.rs` for requests to repair, `registry.rs` for the records themselves.

use std::collections::HashMap;

use app::{
    KeyedPage, KeyedRecord, LookWords, PresentRecord, RecordKeys, RecordLook, RecordQuery,
    StoreError, prefix_end, read_row,
};
use domain::{Iin, Kato};
use sqlx::{query, query_as};
use vault::Vault;

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::to_ms;
use crate::records_by_name::records_by_name;
use crate::registry::{IMPORTS, open_payload};
use crate::session::{Read, Session};

/// The keys stand before the record does, so that it is not noted as without keys.
pub(crate) async fn write_keys(
    transaction: &mut Session,
    mut keyed: Vec<KeyedRecord>,
) -> Result<(), StoreError> {
    for one in &mut keyed {
        one.keys = transaction.vault.record_keys(&one.keys);
    }
    let texts = |field: fn(&RecordKeys) -> &String| -> Vec<&str> {
        keyed.iter().map(|one| field(&one.keys).as_str()).collect()
    };
    let write = query(
        "INSERT INTO registry_keys (record_key, version, provider, ward_iin, ward, guardian_name,
                 ward_name, ward_person, act)
             SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[],
                 $6::text[], $7::text[], $8::text[], $9::text[])
             ON CONFLICT (record_key) DO UPDATE SET version = excluded.version,
                 provider = excluded.provider, ward_iin = excluded.ward_iin, ward = excluded.ward,
                 guardian_name = excluded.guardian_name, ward_name = excluded.ward_name,
                 ward_person = excluded.ward_person, act = excluded.act",
    )
    .bind(keyed.iter().map(|one| one.key.as_str()).collect::<Vec<_>>())
    .bind(keyed.iter().map(|one| one.version).collect::<Vec<_>>())
    .bind(texts(|keys| &keys.provider))
    .bind(keyed.iter().map(|one| one.keys.ward_iin.as_deref()).collect::<Vec<_>>())
    .bind(texts(|keys| &keys.ward))
    .bind(texts(|keys| &keys.guardian_name))
    .bind(texts(|keys| &keys.ward_name))
    .bind(texts(|keys| &keys.ward_person))
    .bind(texts(|keys| &keys.act));
    transaction.execute(write).await?;
    Ok(())
}

pub(crate) async fn keepers(store: &PostgresStore) -> Result<Vec<Kato>, StoreError> {
    // From each to the next, because there are a hundred among a million rows.
    let select = query_as(
        "WITH RECURSIVE keeper (provider) AS (
             SELECT MIN(provider) FROM registry_keys
             UNION ALL
             SELECT (SELECT MIN(provider) FROM registry_keys WHERE provider > keeper.provider)
             FROM keeper WHERE keeper.provider IS NOT NULL)
         SELECT provider FROM keeper WHERE provider IS NOT NULL",
    );
    let found: Vec<(String,)> = store.all(select).await?;
    found.iter().map(|(text,)| kato(text)).collect()
}

pub(crate) fn kato(text: &str) -> Result<Kato, StoreError> {
    Kato::parse(text).map_err(|_| StoreError::Corrupt("registry_keys.provider"))
}

pub(crate) async fn write_missing_keys(
    store: &PostgresStore,
    after: &str,
    limit: u32,
) -> Result<KeyedPage, StoreError> {
    let due = query_as("SELECT 1::bigint FROM registry_keys_due LIMIT 1");
    let due: Option<(i64,)> = store.optional(due).await?;
    if due.is_none() {
        return Ok(KeyedPage::default());
    }
    let mut transaction = store.write_file_alone(IMPORTS).await?;
    let outcome = write_missing_in(&mut transaction, after, limit).await;
    transaction.end(outcome).await
}

/// Alone among imports, which write keys and records in the other order.
async fn write_missing_in(
    transaction: &mut Session,
    after: &str,
    limit: u32,
) -> Result<KeyedPage, StoreError> {
    let select = query_as(
        "SELECT record.record_key, record.present_version, present.payload
         FROM (SELECT record_key FROM registry_keys_due WHERE record_key > $1
                 ORDER BY record_key LIMIT $2) AS due
         JOIN registry_records AS record ON record.record_key = due.record_key
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         ORDER BY due.record_key",
    )
    .bind(after)
    .bind(i64::from(limit));
    let rows: Vec<(String, i64, String)> = transaction.all(select).await?;
    // What does not open cannot be read either.
    let opened = |(key, version, stored): (String, i64, String)| match open_payload(
        &transaction.vault,
        (&key, version),
        stored,
    ) {
        Ok(payload) => Ok((key, version, payload)),
        Err(StoreError::Corrupt(_)) => Ok((key, version, String::new())),
        Err(error) => Err(error),
    };
    let rows = rows.into_iter().map(opened).collect::<Result<_, _>>()?;
    let (page, keyed) = KeyedPage::of(rows, limit);
    let keys: Vec<String> = keyed.iter().map(|one| one.key.clone()).collect();
    write_keys(transaction, keyed).await?;
    let delete = query("DELETE FROM registry_keys_due WHERE record_key = ANY($1)").bind(keys);
    transaction.execute(delete).await?;
    Ok(page)
}

pub(crate) fn katos(keepers: &[Kato]) -> Vec<&str> {
    keepers.iter().map(Kato::as_str).collect()
}

pub(crate) async fn find_records(
    store: &PostgresStore,
    sought: &RecordQuery,
    limit: u32,
) -> Result<Vec<PresentRecord>, StoreError> {
    // The choice of records differs; what is read of each is the same.
    let chosen: Read<'_, (String,)> = match sought {
        RecordQuery::Iin(iin) => query_as(
            "SELECT record_key FROM registry_records WHERE guardian = $1
             UNION SELECT record_key FROM registry_keys WHERE ward_iin = $1 LIMIT $2",
        )
        .bind(store.vault.person(*iin))
        .bind(i64::from(limit)),
        RecordQuery::Name { prefix, keepers } => {
            return records_by_name(store, prefix, keepers, limit).await;
        }
        RecordQuery::Act { prefix, keepers } => query_as(
            "SELECT record_key FROM registry_keys WHERE act >= $1 AND act < $3
                 AND provider = ANY($4) LIMIT $2",
        )
        .bind(prefix)
        .bind(i64::from(limit))
        .bind(prefix_end(prefix))
        .bind(katos(keepers)),
    };
    let keys = store.all(chosen).await?;
    present(store, keys).await
}

async fn present(
    store: &PostgresStore,
    keys: Vec<(String,)>,
) -> Result<Vec<PresentRecord>, StoreError> {
    let select = query_as(
        "SELECT record.record_key, present.version, present.payload
         FROM registry_records AS record
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         WHERE record.record_key = ANY($1)",
    )
    .bind(keys.into_iter().map(|(key,)| key).collect::<Vec<_>>());
    let rows: Vec<(String, i64, String)> = store.all(select).await?;
    rows.into_iter().map(|row| read_present(&store.vault, row)).collect()
}

pub(crate) fn read_present(
    vault: &Vault,
    (key, version, stored): (String, i64, String),
) -> Result<PresentRecord, StoreError> {
    let row = read_row(&open_payload(vault, (&key, version), stored)?)?;
    Ok(PresentRecord { key, row })
}

pub(crate) async fn records_kept_by(
    store: &PostgresStore,
    keepers: &[Kato],
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<PresentRecord>, StoreError> {
    let select = query_as(
        "SELECT record.record_key, present.version, present.payload
         FROM (SELECT record_key FROM registry_keys
                 WHERE provider = ANY($1) AND record_key > $2
                 ORDER BY record_key LIMIT $3) AS chosen
         JOIN registry_records AS record ON record.record_key = chosen.record_key
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         ORDER BY record.record_key",
    )
    .bind(katos(keepers))
    .bind(after.unwrap_or_default())
    .bind(i64::from(limit));
    let rows: Vec<(String, i64, String)> = store.all(select).await?;
    rows.into_iter().map(|row| read_present(&store.vault, row)).collect()
}

pub(crate) async fn related_records(
    store: &PostgresStore,
    records: &[PresentRecord],
    limit: u32,
) -> Result<Vec<PresentRecord>, StoreError> {
    let coded = |one: &PresentRecord| store.vault.record_keys(&RecordKeys::of(&one.row));
    let keys: Vec<RecordKeys> = records.iter().map(coded).collect();
    let texts = |field: fn(&RecordKeys) -> &String| -> Vec<&str> {
        keys.iter().map(|one| field(one).as_str()).collect()
    };
    let select = query_as(
        "SELECT record_key FROM registry_keys WHERE ward = ANY($1)
         UNION SELECT record_key FROM registry_keys WHERE ward_person = ANY($2)
         UNION SELECT record_key FROM registry_keys WHERE act = ANY($3)
         LIMIT $4",
    )
    .bind(texts(|keys| &keys.ward))
    .bind(texts(|keys| &keys.ward_person))
    .bind(texts(|keys| &keys.act))
    .bind(i64::from(limit));
    let found = store.all(select).await?;
    present(store, found).await
}

pub(crate) async fn guardian_of_record(
    store: &PostgresStore,
    key: &str,
) -> Result<Option<Iin>, StoreError> {
    let select = query_as("SELECT guardian FROM registry_records WHERE record_key = $1").bind(key);
    let found: Option<(String,)> = store.optional(select).await?;
    found.map(|(code,)| store.vault.iin(&code)).transpose()
}

pub(crate) async fn note_look(
    store: &PostgresStore,
    look: &RecordLook,
    subjects: &[Iin],
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let outcome = note_in(&mut transaction, look, subjects).await;
    transaction.end(outcome).await
}

async fn note_in(
    transaction: &mut Session,
    look: &RecordLook,
    subjects: &[Iin],
) -> Result<(), StoreError> {
    let place = ("record_looks.purpose", look.id.as_str());
    let insert = query(
        "INSERT INTO record_looks (id, at_ms, officer, department, way, purpose)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&look.id)
    .bind(to_ms(look.at))
    .bind(transaction.vault.person(look.officer))
    .bind(look.workplace.code())
    .bind(look.way.code())
    .bind(transaction.vault.seal(place, &look.purpose));
    transaction.execute(insert).await?;
    append(transaction, &look.events(subjects)).await
}

pub(crate) async fn look_words(
    store: &PostgresStore,
    ids: &[String],
) -> Result<HashMap<String, LookWords>, StoreError> {
    let select = query_as("SELECT id, department, purpose FROM record_looks WHERE id = ANY($1)");
    let found: Vec<(String, String, String)> = store.all(select.bind(ids)).await?;
    let words = |(id, at, stored): (String, String, String)| {
        let purpose = store.vault.open(("record_looks.purpose", &id), stored)?;
        Ok((id, LookWords::stored(&at, purpose)))
    };
    found.into_iter().map(words).collect()
}
