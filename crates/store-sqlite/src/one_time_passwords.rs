//! One-time passwords, tries, and who waits for the second step of signing in. The rules are the port's: what is counted
//! is read under the write lock and given to them.

use app::{
    AuditEvent, EarlierSend, KeptPassword, NewPassword, PasswordBinding, PasswordTried,
    PasswordTry, PasswordTurn, PasswordUse, PendingSignIn, Session, StoreError,
};
use domain::{Iin, PhoneNumber};
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection, query, query_as, query_scalar};
use vault::{PHONE, Vault};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::error::fault;

/// Expired rows of these tables.
pub(crate) const EXPIRED: [&str; 3] = [
    "DELETE FROM one_time_passwords WHERE forget_at <= ?",
    "DELETE FROM one_time_password_tries WHERE forget_at <= ?",
    "DELETE FROM pending_sign_ins WHERE expires_at <= ?",
];

pub(crate) async fn hold_sign_in(
    store: &SqliteStore,
    challenge_id: &str,
    pending: &PendingSignIn,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let used = query("DELETE FROM challenges WHERE id = ?").bind(challenge_id);
    if used.execute(&mut *transaction).await.map_err(fault)?.rows_affected() == 0 {
        return Err(StoreError::AlreadyUsed);
    }
    query("INSERT INTO pending_sign_ins (id, iin, name, expires_at) VALUES (?, ?, ?, ?)")
        .bind(&pending.id)
        .bind(store.vault.person(pending.iin))
        .bind(store.vault.seal(("pending_sign_ins.name", &pending.id), &pending.name))
        .bind(to_ms(pending.expires_at))
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    transaction.commit().await.map_err(fault)
}

pub(crate) async fn pending_sign_in(
    store: &SqliteStore,
    id: &str,
    now: Timestamp,
) -> Result<Option<PendingSignIn>, StoreError> {
    let row: Option<(String, String, i64)> = query_as(
        "SELECT iin, name, expires_at FROM pending_sign_ins WHERE id = ? AND expires_at > ?",
    )
    .bind(id)
    .bind(to_ms(now))
    .fetch_optional(store.read())
    .await
    .map_err(fault)?;
    row.map(|(digits, name, expires_at)| {
        let iin = store.vault.iin(&digits)?;
        let name = store.vault.open(("pending_sign_ins.name", id), name)?;
        let id = id.to_owned();
        Ok(PendingSignIn { id, iin, name, expires_at: moment(expires_at)? })
    })
    .transpose()
}

pub(crate) async fn open_session_by_password(
    store: &SqliteStore,
    pending_id: &str,
    password: &PasswordUse,
    session: &Session,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let pending = query("DELETE FROM pending_sign_ins WHERE id = ?").bind(pending_id);
    let pending = pending.execute(&mut *transaction).await.map_err(fault)?.rows_affected();
    if pending == 0
        || !use_up(&mut transaction, &store.vault, password, session.signed_in_at).await?
    {
        return Err(StoreError::AlreadyUsed);
    }
    query(
        "INSERT INTO sessions (token, iin, name, signed_in_at, expires_at) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(&session.token.0)
    .bind(store.vault.person(session.iin))
    .bind(store.vault.seal(("sessions.name", &session.token.0), &session.name))
    .bind(to_ms(session.signed_in_at))
    .bind(to_ms(session.expires_at))
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    append(&mut transaction, &store.vault, std::slice::from_ref(audit)).await?;
    transaction.commit().await.map_err(fault)
}

/// Whether it was there to be used.
pub(crate) async fn use_up(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    password: &PasswordUse,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let binding = &password.binding;
    let update = query(
        "UPDATE one_time_passwords SET used_at = ?
         WHERE id = ? AND iin = ? AND purpose = ? AND document = ? AND used_at IS NULL",
    )
    .bind(to_ms(at))
    .bind(&password.id)
    .bind(vault.person(binding.iin))
    .bind(binding.purpose.code())
    .bind(&binding.document);
    Ok(update.execute(transaction).await.map_err(fault)?.rows_affected() == 1)
}

pub(crate) async fn put_password(
    store: &SqliteStore,
    password: &NewPassword,
) -> Result<PasswordTurn, StoreError> {
    let mut transaction = store.write().await?;
    let (kept, binding) = (&password.kept, &password.binding);
    let since = password.counts_since();
    let (iin, phone) = codes(&store.vault, binding.iin, &kept.number);
    let person = sent(&mut transaction, SENT_BY_PERSON, &iin, since).await?;
    let number = sent(&mut transaction, SENT_BY_PHONE, &phone, since).await?;
    if let Some(until) = password.must_wait(&person, &number) {
        return Ok(PasswordTurn::Wait(until));
    }
    query(
        "INSERT INTO one_time_passwords
             (id, iin, phone, purpose, document, salt, hash, sent_at, expires_at, forget_at, counts)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
    )
    .bind(&kept.id)
    .bind(iin)
    .bind(phone)
    .bind(binding.purpose.code())
    .bind(&binding.document)
    .bind(&kept.salt)
    .bind(&kept.hash)
    .bind(to_ms(kept.sent_at))
    .bind(to_ms(kept.expires_at))
    .bind(to_ms(password.forget_at()))
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    transaction.commit().await.map_err(fault)?;
    Ok(PasswordTurn::Kept)
}

pub(crate) async fn password_not_sent(store: &SqliteStore, id: &str) -> Result<(), StoreError> {
    query("UPDATE one_time_passwords SET counts = 0 WHERE id = ? AND used_at IS NULL")
        .bind(id)
        .execute(store.write_once())
        .await
        .map_err(fault)?;
    Ok(())
}

pub(crate) async fn passwords(
    store: &SqliteStore,
    binding: &PasswordBinding,
    now: Timestamp,
) -> Result<Vec<KeptPassword>, StoreError> {
    let mut connection = store.read().acquire().await.map_err(fault)?;
    unused(&mut connection, &store.vault, binding, now).await
}

pub(crate) async fn try_password(
    store: &SqliteStore,
    attempt: &PasswordTry,
) -> Result<PasswordTried, StoreError> {
    let mut transaction = store.write().await?;
    let kept = unused(&mut transaction, &store.vault, &attempt.binding, attempt.at).await?;
    let Some(newest) = kept.first() else { return Ok(PasswordTried::NoneSent) };
    let (iin, phone) = codes(&store.vault, attempt.binding.iin, &newest.number);
    let since = attempt.counts_since();
    let person = wrong(&mut transaction, WRONG_BY_PERSON, &iin, since).await?;
    let number = wrong(&mut transaction, WRONG_BY_PHONE, &phone, since).await?;
    let tried = attempt.judge(&kept, &person, &number);
    if matches!(tried, PasswordTried::Wrong { .. }) {
        query(
            "INSERT INTO one_time_password_tries (id, iin, phone, at, forget_at)
             VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&attempt.id)
        .bind(iin)
        .bind(phone)
        .bind(to_ms(attempt.at))
        .bind(to_ms(attempt.forget_at()))
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    }
    transaction.commit().await.map_err(fault)?;
    Ok(tried)
}

/// Of the person and of the telephone.
fn codes(vault: &Vault, iin: Iin, number: &PhoneNumber) -> (String, String) {
    (vault.person(iin), vault.alike(PHONE, number.e164()))
}

const SENT_BY_PERSON: &str =
    "SELECT sent_at, counts FROM one_time_passwords WHERE iin = ? AND sent_at > ?";
const SENT_BY_PHONE: &str =
    "SELECT sent_at, counts FROM one_time_passwords WHERE phone = ? AND sent_at > ?";
const WRONG_BY_PERSON: &str = "SELECT at FROM one_time_password_tries WHERE iin = ? AND at > ?";
const WRONG_BY_PHONE: &str = "SELECT at FROM one_time_password_tries WHERE phone = ? AND at > ?";

async fn sent(
    transaction: &mut SqliteConnection,
    select: &'static str,
    whose: &str,
    since: Timestamp,
) -> Result<Vec<EarlierSend>, StoreError> {
    let select = query_as(select).bind(whose).bind(to_ms(since));
    let rows: Vec<(i64, i64)> = select.fetch_all(transaction).await.map_err(fault)?;
    let earlier = |(at, counts)| Ok(EarlierSend { at: moment(at)?, counts: counts == 1 });
    rows.into_iter().map(earlier).collect()
}

async fn wrong(
    transaction: &mut SqliteConnection,
    select: &'static str,
    whose: &str,
    since: Timestamp,
) -> Result<Vec<Timestamp>, StoreError> {
    let select = query_scalar(select).bind(whose).bind(to_ms(since));
    let moments: Vec<i64> = select.fetch_all(transaction).await.map_err(fault)?;
    moments.into_iter().map(moment).collect()
}

#[derive(FromRow)]
struct PasswordRow {
    id: String,
    phone: String,
    salt: String,
    hash: String,
    sent_at: i64,
    expires_at: i64,
}

async fn unused(
    connection: &mut SqliteConnection,
    vault: &Vault,
    binding: &PasswordBinding,
    now: Timestamp,
) -> Result<Vec<KeptPassword>, StoreError> {
    let rows: Vec<PasswordRow> = query_as(
        "SELECT id, phone, salt, hash, sent_at, expires_at FROM one_time_passwords
         WHERE iin = ? AND purpose = ? AND document = ? AND expires_at > ? AND used_at IS NULL
         ORDER BY sent_at DESC",
    )
    .bind(vault.person(binding.iin))
    .bind(binding.purpose.code())
    .bind(&binding.document)
    .bind(to_ms(now))
    .fetch_all(connection)
    .await
    .map_err(fault)?;
    rows.into_iter().map(|row| read_password(vault, row)).collect()
}

fn read_password(vault: &Vault, row: PasswordRow) -> Result<KeptPassword, StoreError> {
    let corrupt = |_| StoreError::Corrupt("one_time_passwords.phone");
    let phone = vault.open_alike(PHONE, row.phone)?;
    Ok(KeptPassword {
        id: row.id,
        salt: row.salt,
        hash: row.hash,
        number: PhoneNumber::parse(&phone).map_err(corrupt)?,
        sent_at: moment(row.sent_at)?,
        expires_at: moment(row.expires_at)?,
    })
}
