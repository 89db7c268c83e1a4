//! Signings by telephone.

use app::{
    PhoneAccepted, PhoneAuth, PhoneLinkHash, PhoneMethod, PhoneSignature, PhoneSigning, StoreError,
};
use sqlx::{FromRow, query, query_as};
use vault::Vault;

use crate::SqliteStore;
use crate::codec::{moment, to_ms};
use crate::error::fault;

pub(crate) async fn put(store: &SqliteStore, signing: &PhoneSigning) -> Result<(), StoreError> {
    query(
        "INSERT INTO phone_signings
             (link, challenge, signer, auth, method, begun_at, expires_at, kept_until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&signing.link.0)
    .bind(&signing.challenge)
    .bind(signing.signer.map(|signer| store.vault.person(signer)))
    .bind(signing.auth.code())
    .bind(signing.method.code())
    .bind(to_ms(signing.begun_at))
    .bind(to_ms(signing.expires_at))
    .bind(to_ms(signing.kept_until))
    .execute(store.write_once())
    .await
    .map_err(fault)?;
    Ok(())
}

pub(crate) async fn find(
    store: &SqliteStore,
    link: &PhoneLinkHash,
) -> Result<Option<PhoneSigning>, StoreError> {
    let row: Option<Row> = query_as(
        "SELECT challenge, signer, auth, method, begun_at, expires_at, kept_until, accepted, signature,
             refusal
         FROM phone_signings WHERE link = ?",
    )
    .bind(&link.0)
    .fetch_optional(store.read())
    .await
    .map_err(fault)?;
    row.map(|row| read(&store.vault, link, row)).transpose()
}

/// Of parallel calls one finds the place free. What was accepted stays, so it may be looked at afterwards.
pub(crate) async fn accept(
    store: &SqliteStore,
    link: &PhoneLinkHash,
    signature: &PhoneSignature,
) -> Result<PhoneAccepted, StoreError> {
    let bytes = signature.bytes.as_deref();
    let done = query(
        "UPDATE phone_signings SET accepted = ?, signature = ?, refusal = NULL
         WHERE link = ? AND accepted IS NULL",
    )
    .bind(store.vault.seal(("phone_signings.accepted", &link.0), &signature.digest))
    .bind(bytes.map(|bytes| store.vault.seal_bytes(("phone_signings.signature", &link.0), bytes)))
    .bind(&link.0)
    .execute(store.write_once())
    .await
    .map_err(fault)?;
    if done.rows_affected() == 1 {
        return Ok(PhoneAccepted::New);
    }
    match find(store, link).await?.and_then(|signing| signing.accepted) {
        None => Err(StoreError::AlreadyUsed),
        Some(accepted) if accepted.digest == signature.digest => Ok(PhoneAccepted::Same),
        Some(_) => Ok(PhoneAccepted::Other),
    }
}

pub(crate) async fn refuse(
    store: &SqliteStore,
    link: &PhoneLinkHash,
    code: &str,
) -> Result<(), StoreError> {
    query("UPDATE phone_signings SET refusal = ? WHERE link = ? AND accepted IS NULL")
        .bind(code)
        .bind(&link.0)
        .execute(store.write_once())
        .await
        .map_err(fault)?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    challenge: String,
    signer: Option<String>,
    auth: String,
    method: String,
    begun_at: i64,
    expires_at: i64,
    kept_until: i64,
    accepted: Option<String>,
    signature: Option<Vec<u8>>,
    refusal: Option<String>,
}

fn read(vault: &Vault, link: &PhoneLinkHash, row: Row) -> Result<PhoneSigning, StoreError> {
    let place = ("phone_signings.signature", link.0.as_str());
    let bytes = row.signature.map(|bytes| vault.open_bytes(place, bytes)).transpose()?;
    let digest = row.accepted.map(|text| vault.open(("phone_signings.accepted", &link.0), text));
    Ok(PhoneSigning {
        link: link.clone(),
        challenge: row.challenge,
        signer: row.signer.as_deref().map(|code| vault.iin(code)).transpose()?,
        auth: PhoneAuth::parse(&row.auth).ok_or(StoreError::Corrupt("phone_signings.auth"))?,
        method: PhoneMethod::parse(&row.method)
            .ok_or(StoreError::Corrupt("phone_signings.method"))?,
        begun_at: moment(row.begun_at)?,
        expires_at: moment(row.expires_at)?,
        kept_until: moment(row.kept_until)?,
        accepted: digest.transpose()?.map(|digest| PhoneSignature { digest, bytes }),
        refusal: row.refusal,
    })
}
