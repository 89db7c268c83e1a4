//! The data keys under which the database's personal data are sealed, as rows that all nodes read.
//!
//! Knows no key itself: `vault` makes, wraps and unwraps them.

use app::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::{
    DataKey, KeptKeys, KeyPurpose, KeyTable, MasterKeys, UnlockError, Vault, kept_keys, unlocked,
};

use crate::PostgresStore;
use crate::audit::lock_journal;
use crate::codec::{moment, to_ms};
use crate::session::{Session, Write};

impl PostgresStore {
    /// What seals and opens personal data on their way in and out.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Takes the database's keys, from now on: what is written is sealed. Where nothing is stored, it makes the first ones.
    ///
    /// # Errors
    /// [`UnlockError`]; of a database that is in use without keys [`UnlockError::NotSealed`].
    pub async fn unlock(&self, master: &MasterKeys, now: Timestamp) -> Result<(), UnlockError> {
        self.vault.take(unlocked(self, master, now).await?);
        Ok(())
    }

    /// Wraps under the master key in use what another one wraps, adds the next key of values where it is due, and takes all
    /// keys anew, those of other nodes too. Answers how many were wrapped anew.
    ///
    /// # Errors
    /// [`UnlockError`].
    pub async fn keep_keys(
        &self,
        master: &MasterKeys,
        now: Timestamp,
    ) -> Result<usize, UnlockError> {
        let KeptKeys { keyring, rewrapped } = kept_keys(self, master, now).await?;
        self.vault.take(keyring);
        Ok(rewrapped)
    }

    /// Whether the database has keys, so that nobody serves it without a master key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_data_keys(&self) -> Result<bool, StoreError> {
        let select = query_as("SELECT EXISTS (SELECT 1 FROM data_keys)");
        let row: Option<(bool,)> = self.within(self.optional(select)).await?;
        Ok(row == Some((true,)))
    }

    /// From now on both have one vault: a replica opens what its primary has sealed.
    pub fn share_vault(&mut self, other: &Self) {
        self.vault = other.vault.clone();
    }
}

#[async_trait]
impl KeyTable for PostgresStore {
    async fn data_keys(&self) -> Result<Vec<DataKey>, StoreError> {
        let select =
            query_as("SELECT id, purpose, since, master, wrapped FROM data_keys ORDER BY id");
        let rows: Vec<KeyRow> = self.within(self.all(select)).await?;
        rows.into_iter().map(KeyRow::read).collect()
    }

    async fn put_first_keys(&self, keys: &[DataKey]) -> Result<bool, StoreError> {
        self.within(put_first(self, keys)).await
    }

    async fn put_data_keys(&self, keys: &[DataKey]) -> Result<(), StoreError> {
        self.within(self.execute(insert(keys))).await.map(|_| ())
    }

    async fn rewrap(&self, changes: &[(DataKey, DataKey)]) -> Result<(), StoreError> {
        // The rows are locked in one order, so that two nodes wait for each other and do not lock each other out.
        let update = query(
            "WITH given AS (
                 SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[])
                     AS given (id, before, master, wrapped)),
             held AS (SELECT id, master FROM data_keys ORDER BY id FOR UPDATE)
             UPDATE data_keys SET master = given.master, wrapped = given.wrapped
             FROM given WHERE data_keys.id = given.id AND NOT EXISTS (
                 SELECT 1 FROM given AS other LEFT JOIN held ON held.id = other.id
                 WHERE held.master IS DISTINCT FROM other.before)",
        )
        .bind(changes.iter().map(|(key, _)| i64::from(key.id)).collect::<Vec<_>>())
        .bind(changes.iter().map(|(key, _)| key.master.as_str()).collect::<Vec<_>>())
        .bind(changes.iter().map(|(_, anew)| anew.master.as_str()).collect::<Vec<_>>())
        .bind(changes.iter().map(|(_, anew)| anew.wrapped.as_slice()).collect::<Vec<_>>());
        self.within(self.execute(update)).await.map(|_| ())
    }
}

/// All of them or, where another node was first or wraps under another master key by now, none.
fn insert(keys: &[DataKey]) -> Write<'_> {
    query(
        "WITH held AS (SELECT master FROM data_keys FOR SHARE)
         INSERT INTO data_keys (id, purpose, since, master, wrapped)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bytea[])
             AS given (id, purpose, since, master, wrapped)
         WHERE NOT EXISTS (SELECT 1 FROM held WHERE held.master <> given.master)
         ON CONFLICT DO NOTHING",
    )
    .bind(keys.iter().map(|key| i64::from(key.id)).collect::<Vec<_>>())
    .bind(keys.iter().map(|key| key.purpose.code()).collect::<Vec<_>>())
    .bind(keys.iter().map(|key| to_ms(key.since)).collect::<Vec<_>>())
    .bind(keys.iter().map(|key| key.master.as_str()).collect::<Vec<_>>())
    .bind(keys.iter().map(|key| key.wrapped.as_slice()).collect::<Vec<_>>())
}

/// Whether there are keys then: none are made where something is stored without. Nobody appends to the journal meanwhile, so whoever
/// writes openly has committed before and is seen, or is refused by the triggers behind it.
async fn put_first(store: &PostgresStore, keys: &[DataKey]) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = put_first_in(&mut transaction, keys).await;
    transaction.end(outcome).await
}

async fn put_first_in(transaction: &mut Session, keys: &[DataKey]) -> Result<bool, StoreError> {
    lock_journal(transaction).await?;
    let select = query_as(
        "SELECT EXISTS (SELECT 1 FROM data_keys), EXISTS (SELECT 1 FROM audit)
             OR EXISTS (SELECT 1 FROM requests) OR EXISTS (SELECT 1 FROM imports)
             OR EXISTS (SELECT 1 FROM drafts) OR EXISTS (SELECT 1 FROM staff_appointments)
             OR EXISTS (SELECT 1 FROM synthetic_people)",
    );
    let row: Option<(bool, bool)> = transaction.optional(select).await?;
    match row {
        Some((true, _)) => Ok(true),
        Some((false, false)) => transaction.execute(insert(keys)).await.map(|_| true),
        _ => Ok(false),
    }
}

#[derive(FromRow)]
struct KeyRow {
    id: i64,
    purpose: String,
    since: i64,
    master: String,
    wrapped: Vec<u8>,
}

impl KeyRow {
    fn read(self) -> Result<DataKey, StoreError> {
        Ok(DataKey {
            id: u32::try_from(self.id).map_err(|_| StoreError::Corrupt("data_keys.id"))?,
            purpose: KeyPurpose::parse(&self.purpose)
                .ok_or(StoreError::Corrupt("data_keys.purpose"))?,
            since: moment(self.since)?,
            master: self.master,
            wrapped: self.wrapped,
        })
    }
}
