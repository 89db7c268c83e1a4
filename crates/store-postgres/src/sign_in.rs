//! Challenges and sessions, and taking away what has expired. The second step of signing in is in `one_time_passwords.rs`.

use app::{AuditEvent, Session, SessionToken, SignInChallenge, StoreError};
use jiff::Timestamp;
use sqlx::{query, query_as};

use crate::PostgresStore;
use crate::audit::append;
use crate::codec::{moment, to_ms};
use crate::session::Session as Transaction;
use crate::{attempts, consent_askings, emails, office, one_time_passwords, outbox, passkeys};

pub(crate) async fn put_challenge(
    store: &PostgresStore,
    challenge: &SignInChallenge,
) -> Result<(), StoreError> {
    let place = ("challenges.document", challenge.id.as_str());
    let insert = query("INSERT INTO challenges (id, document, expires_at) VALUES ($1, $2, $3)")
        .bind(&challenge.id)
        .bind(store.vault.seal_bytes(place, &challenge.document))
        .bind(to_ms(challenge.expires_at));
    store.execute(insert).await?;
    Ok(())
}

pub(crate) async fn challenge(
    store: &PostgresStore,
    id: &str,
) -> Result<Option<SignInChallenge>, StoreError> {
    let select = query_as("SELECT document, expires_at FROM challenges WHERE id = $1").bind(id);
    let row: Option<(Vec<u8>, i64)> = store.optional(select).await?;
    row.map(|(document, expires_at)| {
        let document = store.vault.open_bytes(("challenges.document", id), document)?;
        Ok(SignInChallenge { id: id.to_owned(), document, expires_at: moment(expires_at)? })
    })
    .transpose()
}

/// Of parallel calls one removes the challenge; the others wait for it and then find none.
pub(crate) async fn open_session(
    store: &PostgresStore,
    challenge_id: &str,
    session: &Session,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let outcome = open_session_in(&mut transaction, challenge_id, session, audit).await;
    transaction.end(outcome).await
}

async fn open_session_in(
    transaction: &mut Transaction,
    challenge_id: &str,
    session: &Session,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    let open = query(
        "WITH used AS (DELETE FROM challenges WHERE id = $1 RETURNING id)
         INSERT INTO sessions (token, iin, name, signed_in_at, expires_at)
         SELECT $2, $3, $4, $5, $6 FROM used",
    )
    .bind(challenge_id)
    .bind(&session.token.0)
    .bind(transaction.vault.person(session.iin))
    .bind(transaction.vault.seal(("sessions.name", &session.token.0), &session.name))
    .bind(to_ms(session.signed_in_at))
    .bind(to_ms(session.expires_at));
    if transaction.execute(open).await? == 0 {
        return Err(StoreError::AlreadyUsed);
    }
    append(transaction, std::slice::from_ref(audit)).await
}

pub(crate) async fn session(
    store: &PostgresStore,
    token: &SessionToken,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    let select = query_as(
        "SELECT iin, name, signed_in_at, expires_at FROM sessions
         WHERE token = $1 AND expires_at > $2",
    )
    .bind(&token.0)
    .bind(to_ms(now));
    let row: Option<(String, String, i64, i64)> = store.optional(select).await?;
    row.map(|(person, name, signed_in_at, expires_at)| {
        Ok(Session {
            token: token.clone(),
            iin: store.vault.iin(&person)?,
            name: store.vault.open(("sessions.name", &token.0), name)?,
            signed_in_at: moment(signed_in_at)?,
            expires_at: moment(expires_at)?,
        })
    })
    .transpose()
}

pub(crate) async fn close_session(
    store: &PostgresStore,
    token: &SessionToken,
) -> Result<(), StoreError> {
    store.execute(query("DELETE FROM sessions WHERE token = $1").bind(&token.0)).await?;
    Ok(())
}

/// Every node tidies up; what another is removing at this moment is passed by, so that no two wait for each other.
pub(crate) async fn remove_expired(
    store: &PostgresStore,
    now: Timestamp,
) -> Result<(), StoreError> {
    let own = [
        "DELETE FROM challenges WHERE id IN
             (SELECT id FROM challenges WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)",
        "DELETE FROM sessions WHERE token IN
             (SELECT token FROM sessions WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)",
        "DELETE FROM drafts WHERE challenge IN
             (SELECT challenge FROM drafts
              WHERE became IS NULL AND led_to IS NULL AND expires_at <= $1
              FOR UPDATE SKIP LOCKED)",
        "DELETE FROM phone_signings WHERE link IN
             (SELECT link FROM phone_signings WHERE kept_until <= $1 FOR UPDATE SKIP LOCKED)",
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
        store.execute(query(expired).bind(to_ms(now))).await?;
    }
    Ok(())
}
