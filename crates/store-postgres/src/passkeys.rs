//! Passkeys of people who serve, and the sessions they open.

use app::{
    AuditEvent, OfficerSession, Passkey, PasskeyId, PasskeyStore, PasskeyUse, StoreError, Workplace,
};
use async_trait::async_trait;
use domain::Iin;
use sqlx::{FromRow, query, query_as};
use vault::Vault;

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::office::insert_session;
use crate::session::Session;

/// What goes when nobody used it for long.
pub(crate) const EXPIRED: &str = "DELETE FROM passkeys WHERE id IN
     (SELECT id FROM passkeys WHERE kept_until <= $1 FOR UPDATE SKIP LOCKED)";

#[async_trait]
impl PasskeyStore for PostgresStore {
    async fn add_passkey(
        &self,
        challenge_id: &str,
        passkey: &Passkey,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.within(add(self, challenge_id, passkey, audit)).await
    }

    async fn passkeys_of(
        &self,
        iin: Iin,
        workplace: &Workplace,
    ) -> Result<Vec<Passkey>, StoreError> {
        let select = query_as(
            "SELECT id, credential_id, handle, iin, workplace, name, credential, counter,
                 created_at, used_at, kept_until
             FROM passkeys WHERE iin = $1 AND workplace = $2 ORDER BY created_at, id",
        )
        .bind(self.vault.person(iin))
        .bind(workplace.code());
        let rows: Vec<Row> = self.within(self.all(select)).await?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn passkey(&self, credential_id: &str) -> Result<Option<Passkey>, StoreError> {
        let select = query_as(
            "SELECT id, credential_id, handle, iin, workplace, name, credential, counter,
                 created_at, used_at, kept_until
             FROM passkeys WHERE credential_id = $1",
        )
        .bind(credential_id);
        let row: Option<Row> = self.within(self.optional(select)).await?;
        row.map(|row| row.read(&self.vault)).transpose()
    }

    async fn remove_passkey(
        &self,
        id: &PasskeyId,
        owner: (Iin, &Workplace),
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.within(remove(self, id, owner, audit)).await
    }

    async fn open_session_by_passkey(
        &self,
        challenge_id: &str,
        using: &PasskeyUse,
        session: &OfficerSession,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.within(open(self, challenge_id, using, (session, audit))).await
    }
}

/// Of parallel calls one removes the challenge; the others wait for it and then find none.
async fn use_up(transaction: &mut Session, challenge_id: &str) -> Result<(), StoreError> {
    let delete = query("DELETE FROM challenges WHERE id = $1").bind(challenge_id);
    if transaction.execute(delete).await? == 0 { Err(StoreError::AlreadyUsed) } else { Ok(()) }
}

async fn add(
    store: &PostgresStore,
    challenge_id: &str,
    passkey: &Passkey,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = add_in(&mut transaction, challenge_id, passkey, audit).await;
    transaction.end(outcome).await
}

/// A credential that is kept already leaves the challenge: the insertion comes first.
async fn add_in(
    transaction: &mut Session,
    challenge_id: &str,
    passkey: &Passkey,
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let insert = query(
        "INSERT INTO passkeys (id, credential_id, handle, iin, workplace, name, credential, counter,
             created_at, used_at, kept_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (credential_id) DO NOTHING",
    )
    .bind(&passkey.id.0)
    .bind(&passkey.credential_id)
    .bind(&passkey.handle)
    .bind(transaction.vault.person(passkey.iin))
    .bind(passkey.workplace.code())
    .bind(transaction.vault.seal(("passkeys.name", &passkey.id.0), &passkey.name))
    .bind(&passkey.credential)
    .bind(i64::from(passkey.counter))
    .bind(to_ms(passkey.created_at))
    .bind(passkey.used_at.map(to_ms))
    .bind(to_ms(passkey.kept_until));
    if transaction.execute(insert).await? == 0 {
        return Ok(false);
    }
    use_up(transaction, challenge_id).await?;
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(true)
}

async fn remove(
    store: &PostgresStore,
    id: &PasskeyId,
    owner: (Iin, &Workplace),
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = remove_in(&mut transaction, id, owner, audit).await;
    transaction.end(outcome).await
}

async fn remove_in(
    transaction: &mut Session,
    id: &PasskeyId,
    (iin, workplace): (Iin, &Workplace),
    audit: &AuditEvent,
) -> Result<bool, StoreError> {
    let delete = query("DELETE FROM passkeys WHERE id = $1 AND iin = $2 AND workplace = $3")
        .bind(&id.0)
        .bind(transaction.vault.person(iin))
        .bind(workplace.code());
    if transaction.execute(delete).await? == 0 {
        return Ok(false);
    }
    append(transaction, std::slice::from_ref(audit)).await?;
    Ok(true)
}

async fn open(
    store: &PostgresStore,
    challenge_id: &str,
    using: &PasskeyUse,
    opened: (&OfficerSession, &AuditEvent),
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let outcome = open_in(&mut transaction, challenge_id, using, opened).await;
    transaction.end(outcome).await
}

async fn open_in(
    transaction: &mut Session,
    challenge_id: &str,
    using: &PasskeyUse,
    (session, audit): (&OfficerSession, &AuditEvent),
) -> Result<(), StoreError> {
    use_up(transaction, challenge_id).await?;
    let update = query(
        "UPDATE passkeys SET credential = $1, counter = $2, used_at = $3, kept_until = $4
         WHERE id = $5 AND (counter < $2 OR (counter = 0 AND $2 = 0))",
    )
    .bind(&using.used.credential)
    .bind(i64::from(using.used.counter))
    .bind(to_ms(using.at))
    .bind(to_ms(using.kept_until))
    .bind(&using.id.0);
    if transaction.execute(update).await? == 0 {
        return Err(StoreError::AlreadyUsed);
    }
    insert_session(transaction, session).await?;
    append(transaction, std::slice::from_ref(audit)).await
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
