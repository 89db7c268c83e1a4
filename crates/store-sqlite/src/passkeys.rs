//! Passkeys of people who serve, and the sessions they open.

use app::{
    AuditEvent, OfficerSession, Passkey, PasskeyId, PasskeyStore, PasskeyUse, StoreError, Workplace,
};
use async_trait::async_trait;
use domain::Iin;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};
use vault::Vault;

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::error::fault;
use crate::office::insert_session;

/// What goes when nobody used it for long.
pub(crate) const EXPIRED: &str = "DELETE FROM passkeys WHERE kept_until <= ?";

#[async_trait]
impl PasskeyStore for SqliteStore {
    async fn add_passkey(
        &self,
        challenge_id: &str,
        passkey: &Passkey,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.write().await?;
        use_up(&mut transaction, challenge_id).await?;
        let is_kept: bool =
            query_scalar("SELECT EXISTS (SELECT 1 FROM passkeys WHERE credential_id = ?)")
                .bind(&passkey.credential_id)
                .fetch_one(&mut *transaction)
                .await
                .map_err(fault)?;
        if is_kept {
            return Ok(false);
        }
        insert(&mut transaction, &self.vault, passkey).await?;
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)?;
        Ok(true)
    }

    async fn passkeys_of(
        &self,
        iin: Iin,
        workplace: &Workplace,
    ) -> Result<Vec<Passkey>, StoreError> {
        let rows: Vec<Row> = query_as(
            "SELECT id, credential_id, handle, iin, workplace, name, credential, counter,
                 created_at, used_at, kept_until
             FROM passkeys WHERE iin = ? AND workplace = ? ORDER BY created_at, id",
        )
        .bind(self.vault.person(iin))
        .bind(workplace.code())
        .fetch_all(self.read())
        .await
        .map_err(fault)?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn passkey(&self, credential_id: &str) -> Result<Option<Passkey>, StoreError> {
        let row: Option<Row> = query_as(
            "SELECT id, credential_id, handle, iin, workplace, name, credential, counter,
                 created_at, used_at, kept_until
             FROM passkeys WHERE credential_id = ?",
        )
        .bind(credential_id)
        .fetch_optional(self.read())
        .await
        .map_err(fault)?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn remove_passkey(
        &self,
        id: &PasskeyId,
        (iin, workplace): (Iin, &Workplace),
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.write().await?;
        let removed = query("DELETE FROM passkeys WHERE id = ? AND iin = ? AND workplace = ?")
            .bind(&id.0)
            .bind(self.vault.person(iin))
            .bind(workplace.code())
            .execute(&mut *transaction)
            .await
            .map_err(fault)?;
        if removed.rows_affected() == 0 {
            return Ok(false);
        }
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)?;
        Ok(true)
    }

    async fn open_session_by_passkey(
        &self,
        challenge_id: &str,
        using: &PasskeyUse,
        session: &OfficerSession,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        use_up(&mut transaction, challenge_id).await?;
        let noted = query(
            "UPDATE passkeys SET credential = $1, counter = $2, used_at = $3, kept_until = $4
             WHERE id = $5 AND (counter < $2 OR (counter = 0 AND $2 = 0))",
        )
        .bind(&using.used.credential)
        .bind(i64::from(using.used.counter))
        .bind(to_ms(using.at))
        .bind(to_ms(using.kept_until))
        .bind(&using.id.0)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
        if noted.rows_affected() == 0 {
            return Err(StoreError::AlreadyUsed);
        }
        insert_session(&mut transaction, &self.vault, session).await?;
        append(&mut transaction, &self.vault, std::slice::from_ref(audit)).await?;
        transaction.commit().await.map_err(fault)
    }
}

/// Takes a challenge away; where the transaction goes no further it stays.
async fn use_up(transaction: &mut SqliteConnection, challenge_id: &str) -> Result<(), StoreError> {
    let used = query("DELETE FROM challenges WHERE id = ?")
        .bind(challenge_id)
        .execute(transaction)
        .await
        .map_err(fault)?;
    if used.rows_affected() == 0 { Err(StoreError::AlreadyUsed) } else { Ok(()) }
}

async fn insert(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    passkey: &Passkey,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO passkeys (id, credential_id, handle, iin, workplace, name, credential, counter,
             created_at, used_at, kept_until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&passkey.id.0)
    .bind(&passkey.credential_id)
    .bind(&passkey.handle)
    .bind(vault.person(passkey.iin))
    .bind(passkey.workplace.code())
    .bind(vault.seal(("passkeys.name", &passkey.id.0), &passkey.name))
    .bind(&passkey.credential)
    .bind(i64::from(passkey.counter))
    .bind(to_ms(passkey.created_at))
    .bind(passkey.used_at.map(to_ms))
    .bind(to_ms(passkey.kept_until))
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    id: String,
    credential_id: String,
    handle: String,
    iin: String,
    workplace: String,
    name: String,
    credential: String,
    counter: i64,
    created_at: i64,
    used_at: Option<i64>,
    kept_until: i64,
}

impl Row {
    fn read(self, vault: &Vault) -> Result<Passkey, StoreError> {
        let workplace = Workplace::parse(&self.workplace);
        let counter = u32::try_from(self.counter);
        Ok(Passkey {
            name: vault.open(("passkeys.name", &self.id), self.name)?,
            id: PasskeyId(self.id),
            credential_id: self.credential_id,
            handle: self.handle,
            iin: vault.iin(&self.iin)?,
            workplace: workplace.ok_or(StoreError::Corrupt("passkeys.workplace"))?,
            credential: self.credential,
            counter: counter.map_err(|_| StoreError::Corrupt("passkeys.counter"))?,
            created_at: moment(self.created_at)?,
            used_at: self.used_at.map(moment).transpose()?,
            kept_until: moment(self.kept_until)?,
        })
    }
}
