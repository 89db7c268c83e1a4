//! The data keys of the database, as rows. Read next: the crate `vault`, which makes, wraps and unwraps them.

use app::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};
use vault::{
    DataKey, KeptKeys, KeyPurpose, KeyTable, MasterKeys, UnlockError, Vault, kept_keys, unlocked,
};

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
        self.vault.take(unlocked(self, master, now).await?);
        Ok(())
    }

    /// What is done now and then: keys under another master key are wrapped by the one in use, values get their next key when it is
    /// due, and all are read anew. Answers how many were wrapped anew.
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

#[async_trait]
impl KeyTable for SqliteStore {
    async fn data_keys(&self) -> Result<Vec<DataKey>, StoreError> {
        let select = "SELECT id, purpose, since, master, wrapped FROM data_keys ORDER BY id";
        let rows: Vec<Row> = query_as(select).fetch_all(self.read()).await.map_err(fault)?;
        rows.into_iter().map(Row::key).collect()
    }

    async fn put_first_keys(&self, keys: &[DataKey]) -> Result<bool, StoreError> {
        let mut transaction = self.write().await?;
        let (has_keys, is_used): (bool, bool) = query_as(
            "SELECT EXISTS (SELECT 1 FROM data_keys), EXISTS (SELECT 1 FROM audit)
                 OR EXISTS (SELECT 1 FROM requests) OR EXISTS (SELECT 1 FROM imports)
                 OR EXISTS (SELECT 1 FROM drafts) OR EXISTS (SELECT 1 FROM staff_appointments)
                 OR EXISTS (SELECT 1 FROM synthetic_people)",
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(fault)?;
        if has_keys || is_used {
            return Ok(has_keys);
        }
        insert(&mut transaction, keys).await?;
        transaction.commit().await.map_err(fault)?;
        Ok(true)
    }

    async fn put_data_keys(&self, keys: &[DataKey]) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        insert(&mut transaction, keys).await?;
        transaction.commit().await.map_err(fault)
    }

    async fn rewrap(&self, changes: &[(DataKey, DataKey)]) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        for (key, anew) in changes {
            let update =
                "UPDATE data_keys SET master = $1, wrapped = $2 WHERE id = $3 AND master = $4";
            let done = query(update)
                .bind(&anew.master)
                .bind(&anew.wrapped)
                .bind(key.id)
                .bind(&key.master)
                .execute(&mut *transaction)
                .await
                .map_err(fault)?;
            if done.rows_affected() == 0 {
                return Ok(());
            }
        }
        transaction.commit().await.map_err(fault)
    }
}

/// Those whose numbers nobody has, unless others are under another master key by now.
async fn insert(connection: &mut SqliteConnection, keys: &[DataKey]) -> Result<(), StoreError> {
    for key in keys {
        query(
            "INSERT INTO data_keys (id, purpose, since, master, wrapped)
             SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM data_keys WHERE master <> $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(key.id)
        .bind(key.purpose.code())
        .bind(to_ms(key.since))
        .bind(&key.master)
        .bind(&key.wrapped)
        .execute(&mut *connection)
        .await
        .map_err(fault)?;
    }
    Ok(())
}
