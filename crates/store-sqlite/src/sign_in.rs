//! Challenges and sessions, and taking away what has expired. The second step of signing in is in `one_time_passwords.rs`.

use app::{AuditEvent, Session, SessionToken, SignInChallenge, StoreError};
use jiff::Timestamp;
use sqlx::{query, query_as};

use crate::SqliteStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::error::fault;
use crate::{attempts, consent_askings, emails, office, one_time_passwords, outbox, passkeys};

pub(crate) async fn put_challenge(
    store: &SqliteStore,
    challenge: &SignInChallenge,
) -> Result<(), StoreError> {
    let place = ("challenges.document", challenge.id.as_str());
    query("INSERT INTO challenges (id, document, expires_at) VALUES (?, ?, ?)")
        .bind(&challenge.id)
        .bind(store.vault.seal_bytes(place, &challenge.document))
        .bind(to_ms(challenge.expires_at))
        .execute(store.write_once())
        .await
        .map_err(fault)?;
    Ok(())
}

pub(crate) async fn challenge(
    store: &SqliteStore,
    id: &str,
) -> Result<Option<SignInChallenge>, StoreError> {
    let row: Option<(Vec<u8>, i64)> =
        query_as("SELECT document, expires_at FROM challenges WHERE id = ?")
            .bind(id)
            .fetch_optional(store.read())
            .await
            .map_err(fault)?;
    row.map(|(document, expires_at)| {
        let document = store.vault.open_bytes(("challenges.document", id), document)?;
        Ok(SignInChallenge { id: id.to_owned(), document, expires_at: moment(expires_at)? })
    })
    .transpose()
}

pub(crate) async fn open_session(
    store: &SqliteStore,
    challenge_id: &str,
    session: &Session,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let used = query("DELETE FROM challenges WHERE id = ?")
        .bind(challenge_id)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    if used.rows_affected() == 0 {
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

pub(crate) async fn session(
    store: &SqliteStore,
    token: &SessionToken,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    let row: Option<(String, String, i64, i64)> = query_as(
        "SELECT iin, name, signed_in_at, expires_at FROM sessions
         WHERE token = ? AND expires_at > ?",
    )
    .bind(&token.0)
    .bind(to_ms(now))
    .fetch_optional(store.read())
    .await
    .map_err(fault)?;
    row.map(|(digits, name, signed_in_at, expires_at)| {
        Ok(Session {
            token: token.clone(),
            iin: store.vault.iin(&digits)?,
            name: store.vault.open(("sessions.name", &token.0), name)?,
            signed_in_at: moment(signed_in_at)?,
            expires_at: moment(expires_at)?,
        })
    })
    .transpose()
}

pub(crate) async fn close_session(
    store: &SqliteStore,
    token: &SessionToken,
) -> Result<(), StoreError> {
    query("DELETE FROM sessions WHERE token = ?")
        .bind(&token.0)
        .execute(store.write_once())
        .await
        .map_err(fault)?;
    Ok(())
}

pub(crate) async fn remove_expired(store: &SqliteStore, now: Timestamp) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let own = [
        "DELETE FROM challenges WHERE expires_at <= ?",
        "DELETE FROM sessions WHERE expires_at <= ?",
        "DELETE FROM drafts WHERE became IS NULL AND led_to IS NULL AND expires_at <= ?",
        "DELETE FROM phone_signings WHERE kept_until <= ?",
    ];
    let own = own.into_iter().chain(one_time_passwords::EXPIRED);
    let later = [
        consent_askings::EXPIRED,
        passkeys::EXPIRED,
        outbox::EXPIRED,
        emails::EXPIRED,
        attempts::EXPIRED,
    ];
    for expired in own.chain(office::EXPIRED).chain(later) {
        query(expired).bind(to_ms(now)).execute(&mut *transaction).await.map_err(fault)?;
    }
    transaction.commit().await.map_err(fault)
}
