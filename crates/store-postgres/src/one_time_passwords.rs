//! One-time passwords, tries, and who waits for the second step of signing in. The rules are the port's: what is counted
//! is read under a lock of the person and one of the number, and given to them.

use app::{
    AuditEvent, EarlierSend, KeptPassword, NewPassword, PasswordBinding, PasswordTried,
    PasswordTry, PasswordTurn, PasswordUse, PendingSignIn, Session, StoreError,
};
use domain::{Iin, PhoneNumber};
use jiff::Timestamp;
use sqlx::{FromRow, query, query_as};
use vault::{PHONE, Vault};

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::session::{Read, Session as Transaction};

/// Expired rows of these tables.
pub(crate) const EXPIRED: [&str; 3] = [
    "DELETE FROM one_time_passwords WHERE id IN
         (SELECT id FROM one_time_passwords WHERE forget_at <= $1 FOR UPDATE SKIP LOCKED)",
    "DELETE FROM one_time_password_tries WHERE id IN
         (SELECT id FROM one_time_password_tries WHERE forget_at <= $1 FOR UPDATE SKIP LOCKED)",
    "DELETE FROM pending_sign_ins WHERE id IN
         (SELECT id FROM pending_sign_ins WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)",
];

/// Classes of advisory locks. A person's is always taken before a number's, so no two wait for each other.
pub(crate) const PERSON: i32 = 1_735_901;
const NUMBER: i32 = 1_735_902;

/// Whoever counts for this person or number waits for who counted before.
pub(crate) async fn lock(
    transaction: &mut Transaction,
    class: i32,
    whose: &str,
) -> Result<(), StoreError> {
    let lock = query("SELECT pg_advisory_xact_lock($1, hashtext($2))").bind(class).bind(whose);
    transaction.execute(lock).await.map(|_| ())
}

/// Of parallel calls one removes the challenge; the others wait for it and then find none.
pub(crate) async fn hold_sign_in(
    store: &PostgresStore,
    challenge_id: &str,
    pending: &PendingSignIn,
) -> Result<(), StoreError> {
    let hold = query(
        "WITH used AS (DELETE FROM challenges WHERE id = $1 RETURNING id)
         INSERT INTO pending_sign_ins (id, iin, name, expires_at) SELECT $2, $3, $4, $5 FROM used",
    )
    .bind(challenge_id)
    .bind(&pending.id)
    .bind(store.vault.person(pending.iin))
    .bind(store.vault.seal(("pending_sign_ins.name", &pending.id), &pending.name))
    .bind(to_ms(pending.expires_at));
    if store.execute(hold).await? == 1 { Ok(()) } else { Err(StoreError::AlreadyUsed) }
}

pub(crate) async fn pending_sign_in(
    store: &PostgresStore,
    id: &str,
    now: Timestamp,
) -> Result<Option<PendingSignIn>, StoreError> {
    let select = query_as(
        "SELECT iin, name, expires_at FROM pending_sign_ins WHERE id = $1 AND expires_at > $2",
    )
    .bind(id)
    .bind(to_ms(now));
    let row: Option<(String, String, i64)> = store.optional(select).await?;
    row.map(|(person, name, expires_at)| {
        let name = store.vault.open(("pending_sign_ins.name", id), name)?;
        let (id, iin) = (id.to_owned(), store.vault.iin(&person)?);
        Ok(PendingSignIn { id, iin, name, expires_at: moment(expires_at)? })
    })
    .transpose()
}

pub(crate) async fn open_session_by_password(
    store: &PostgresStore,
    pending_id: &str,
    password: &PasswordUse,
    session: &Session,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let outcome = open_in(&mut transaction, pending_id, password, session, audit).await;
    transaction.end(outcome).await
}

async fn open_in(
    transaction: &mut Transaction,
    pending_id: &str,
    password: &PasswordUse,
    session: &Session,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let open = query(
        "WITH pending AS (DELETE FROM pending_sign_ins WHERE id = $1 RETURNING id)
         INSERT INTO sessions (token, iin, name, signed_in_at, expires_at)
         SELECT $2, $3, $4, $5, $6 FROM pending",
    )
    .bind(pending_id)
    .bind(&session.token.0)
    .bind(transaction.vault.person(session.iin))
    .bind(transaction.vault.seal(("sessions.name", &session.token.0), &session.name))
    .bind(to_ms(session.signed_in_at))
    .bind(to_ms(session.expires_at));
    if transaction.execute(open).await? == 0
        || !use_up(transaction, password, session.signed_in_at).await?
    {
        return Err(StoreError::AlreadyUsed);
    }
    append(transaction, std::slice::from_ref(audit)).await
}

/// Whether it was there to be used.
pub(crate) async fn use_up(
    transaction: &mut Transaction,
    password: &PasswordUse,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let binding = &password.binding;
    let update = query(
        "UPDATE one_time_passwords SET used_at = $1
         WHERE id = $2 AND iin = $3 AND purpose = $4 AND document = $5 AND used_at IS NULL",
    )
    .bind(to_ms(at))
    .bind(&password.id)
    .bind(transaction.vault.person(binding.iin))
    .bind(binding.purpose.code())
    .bind(&binding.document);
    Ok(transaction.execute(update).await? == 1)
}

pub(crate) async fn put_password(
    store: &PostgresStore,
    password: &NewPassword,
) -> Result<PasswordTurn, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = put_in(&mut transaction, password).await;
    transaction.end(outcome).await
}

async fn put_in(
    transaction: &mut Transaction,
    password: &NewPassword,
) -> Result<PasswordTurn, StoreError> {
    let (kept, binding) = (&password.kept, &password.binding);
    let (iin, phone) = codes(&transaction.vault, binding.iin, &kept.number);
    let since = password.counts_since();
    lock(transaction, PERSON, &iin).await?;
    lock(transaction, NUMBER, &phone).await?;
    let person = sent(transaction, SENT_BY_PERSON, &iin, since).await?;
    let number = sent(transaction, SENT_BY_PHONE, &phone, since).await?;
    if let Some(until) = password.must_wait(&person, &number) {
        return Ok(PasswordTurn::Wait(until));
    }
    let insert = query(
        "INSERT INTO one_time_passwords
             (id, iin, phone, purpose, document, salt, hash, sent_at, expires_at, forget_at, counts)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)",
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
    .bind(to_ms(password.forget_at()));
    transaction.execute(insert).await?;
    Ok(PasswordTurn::Kept)
}

pub(crate) async fn password_not_sent(store: &PostgresStore, id: &str) -> Result<(), StoreError> {
    let update =
        query("UPDATE one_time_passwords SET counts = 0 WHERE id = $1 AND used_at IS NULL");
    store.execute(update.bind(id)).await.map(|_| ())
}

pub(crate) async fn passwords(
    store: &PostgresStore,
    binding: &PasswordBinding,
    now: Timestamp,
) -> Result<Vec<KeptPassword>, StoreError> {
    let rows = store.all(unused(&store.vault, binding, now)).await?;
    rows.into_iter().map(|row| read_password(&store.vault, row)).collect()
}

pub(crate) async fn try_password(
    store: &PostgresStore,
    attempt: &PasswordTry,
) -> Result<PasswordTried, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = try_in(&mut transaction, attempt).await;
    transaction.end(outcome).await
}

async fn try_in(
    transaction: &mut Transaction,
    attempt: &PasswordTry,
) -> Result<PasswordTried, StoreError> {
    let (vault, since) = (transaction.vault.clone(), attempt.counts_since());
    lock(transaction, PERSON, &vault.person(attempt.binding.iin)).await?;
    let rows = transaction.all(unused(&vault, &attempt.binding, attempt.at)).await?;
    let kept = rows.into_iter().map(|row| read_password(&vault, row));
    let kept = kept.collect::<Result<Vec<_>, _>>()?;
    let Some(newest) = kept.first() else { return Ok(PasswordTried::NoneSent) };
    let (iin, phone) = codes(&vault, attempt.binding.iin, &newest.number);
    lock(transaction, NUMBER, &phone).await?;
    let person = wrong(transaction, WRONG_BY_PERSON, &iin, since).await?;
    let number = wrong(transaction, WRONG_BY_PHONE, &phone, since).await?;
    let tried = attempt.judge(&kept, &person, &number);
    if matches!(tried, PasswordTried::Wrong { .. }) {
        let insert = query(
            "INSERT INTO one_time_password_tries (id, iin, phone, at, forget_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&attempt.id)
        .bind(iin)
        .bind(phone)
        .bind(to_ms(attempt.at))
        .bind(to_ms(attempt.forget_at()));
        transaction.execute(insert).await?;
    }
    Ok(tried)
}

/// Of the person and of the telephone.
fn codes(vault: &Vault, iin: Iin, number: &PhoneNumber) -> (String, String) {
    (vault.person(iin), vault.alike(PHONE, number.e164()))
}

const SENT_BY_PERSON: &str =
    "SELECT sent_at, counts FROM one_time_passwords WHERE iin = $1 AND sent_at > $2";
const SENT_BY_PHONE: &str =
    "SELECT sent_at, counts FROM one_time_passwords WHERE phone = $1 AND sent_at > $2";
const WRONG_BY_PERSON: &str = "SELECT at FROM one_time_password_tries WHERE iin = $1 AND at > $2";
const WRONG_BY_PHONE: &str = "SELECT at FROM one_time_password_tries WHERE phone = $1 AND at > $2";

async fn sent(
    transaction: &mut Transaction,
    select: &'static str,
    whose: &str,
    since: Timestamp,
) -> Result<Vec<EarlierSend>, StoreError> {
    let select = query_as(select).bind(whose).bind(to_ms(since));
    let rows: Vec<(i64, i64)> = transaction.all(select).await?;
    let earlier = |(at, counts)| Ok(EarlierSend { at: moment(at)?, counts: counts == 1 });
    rows.into_iter().map(earlier).collect()
}

async fn wrong(
    transaction: &mut Transaction,
    select: &'static str,
    whose: &str,
    since: Timestamp,
) -> Result<Vec<Timestamp>, StoreError> {
    let select = query_as(select).bind(whose).bind(to_ms(since));
    let moments: Vec<(i64,)> = transaction.all(select).await?;
    moments.into_iter().map(|(ms,)| moment(ms)).collect()
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

fn unused<'q>(
    vault: &Vault,
    binding: &'q PasswordBinding,
    now: Timestamp,
) -> Read<'q, PasswordRow> {
    query_as(
        "SELECT id, phone, salt, hash, sent_at, expires_at FROM one_time_passwords
         WHERE iin = $1 AND purpose = $2 AND document = $3 AND expires_at > $4 AND used_at IS NULL
         ORDER BY sent_at DESC",
    )
    .bind(vault.person(binding.iin))
    .bind(binding.purpose.code())
    .bind(&binding.document)
    .bind(to_ms(now))
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
