//! The data keys of the database: read, unwrapped, and kept in order. Read next: the crate `vault`.

use app::StoreError;
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};
use vault::{DataKey, KeyPurpose, Keyring, MasterKeys, UnlockError, Vault};

use crate::SqliteStore;
use crate::codec::{moment, to_ms};
use crate::error::fault;

impl SqliteStore {
    /// What seals and opens personal data on their way in and out.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Takes the data keys into use; an empty database gets its first ones.
    ///
    /// # Errors
    /// [`UnlockError`].
    pub async fn unlock(&self, master: &MasterKeys, now: Timestamp) -> Result<(), UnlockError> {
        let mut transaction = self.write().await?;
        let mut keys = data_keys(&mut transaction).await?;
        if keys.is_empty() {
            if holds_anything(&mut transaction).await? {
                return Err(UnlockError::NotSealed);
            }
            keys = DataKey::first(master, now);
            for key in &keys {
                insert(&mut transaction, key).await?;
            }
        }
        let keyring = Keyring::unwrap(master, &keys, now)?;
        transaction.commit().await.map_err(fault)?;
        self.vault.take(keyring);
        Ok(())
    }

    /// What is done now and then: keys under an older master key are wrapped by the present one, values get their next key when
    /// it is due, and all are read anew.
    ///
    /// # Errors
    /// [`UnlockError`].
    pub async fn keep_keys(&self, master: &MasterKeys, now: Timestamp) -> Result<(), UnlockError> {
        let mut transaction = self.write().await?;
        let keys = data_keys(&mut transaction).await?;
        for key in &keys {
            if let Some(rewrapped) = key.rewrapped(master)? {
                rewrap(&mut transaction, &rewrapped).await?;
            }
        }
        if let Some(next) = DataKey::next(master, &keys, now) {
            insert(&mut transaction, &next).await?;
        }
        let keyring = Keyring::unwrap(master, &data_keys(&mut transaction).await?, now)?;
        transaction.commit().await.map_err(fault)?;
        self.vault.take(keyring);
        Ok(())
    }

    /// Whether personal data are sealed in it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_data_keys(&self) -> Result<bool, StoreError> {
        query_scalar("SELECT EXISTS (SELECT 1 FROM data_keys)")
            .fetch_one(self.read())
            .await
            .map_err(fault)
    }
}

#[derive(FromRow)]
struct Row {
    id: i64,
    purpose: String,
    since: i64,
    master: String,
    wrapped: Vec<u8>,
}

impl Row {
    fn key(self) -> Result<DataKey, StoreError> {
        let corrupt = StoreError::Corrupt("data_keys");
        let (id, purpose) = (u32::try_from(self.id), KeyPurpose::parse(&self.purpose));
        let (Ok(id), Some(purpose)) = (id, purpose) else { return Err(corrupt) };
        let Self { since, master, wrapped, .. } = self;
        Ok(DataKey { id, purpose, since: moment(since)?, master, wrapped })
    }
}

async fn data_keys(connection: &mut SqliteConnection) -> Result<Vec<DataKey>, StoreError> {
    let select = "SELECT id, purpose, since, master, wrapped FROM data_keys ORDER BY id";
    let rows: Vec<Row> = query_as(select).fetch_all(connection).await.map_err(fault)?;
    rows.into_iter().map(Row::key).collect()
}

async fn holds_anything(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    query_scalar(
        "SELECT EXISTS (SELECT 1 FROM audit) OR EXISTS (SELECT 1 FROM requests)
             OR EXISTS (SELECT 1 FROM imports) OR EXISTS (SELECT 1 FROM drafts)
             OR EXISTS (SELECT 1 FROM staff_appointments)
             OR EXISTS (SELECT 1 FROM synthetic_people)",
    )
    .fetch_one(connection)
    .await
    .map_err(fault)
}

async fn insert(connection: &mut SqliteConnection, key: &DataKey) -> Result<(), StoreError> {
    query(
        "INSERT INTO data_keys (id, purpose, since, master, wrapped) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(key.id)
    .bind(key.purpose.code())
    .bind(to_ms(key.since))
    .bind(&key.master)
    .bind(&key.wrapped)
    .execute(connection)
    .await
    .map_err(fault)?;
    Ok(())
}

async fn rewrap(connection: &mut SqliteConnection, key: &DataKey) -> Result<(), StoreError> {
    query("UPDATE data_keys SET master = $2, wrapped = $3 WHERE id = $1")
        .bind(key.id)
        .bind(&key.master)
        .bind(&key.wrapped)
        .execute(connection)
        .await
        .map_err(fault)?;
    Ok(())
}
