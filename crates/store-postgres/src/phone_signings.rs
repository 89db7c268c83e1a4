//! Signings by telephone.

use app::{
    PhoneAccepted, PhoneAuth, PhoneLinkHash, PhoneMethod, PhoneSignature, PhoneSigning, StoreError,
};
use sqlx::{FromRow, query, query_as};
use vault::Vault;

use crate::PostgresStore;
use crate::codec::{moment, open_some, some_iin, to_ms};

pub(crate) async fn put(store: &PostgresStore, signing: &PhoneSigning) -> Result<(), StoreError> {
    let insert = query(
        "INSERT INTO phone_signings
             (link, challenge, signer, auth, method, begun_at, expires_at, kept_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&signing.link.0)
    .bind(&signing.challenge)
    .bind(signing.signer.map(|signer| store.vault.person(signer)))
    .bind(signing.auth.code())
    .bind(signing.method.code())
    .bind(to_ms(signing.begun_at))
    .bind(to_ms(signing.expires_at))
    .bind(to_ms(signing.kept_until));
    store.execute(insert).await?;
    Ok(())
}

pub(crate) async fn find(
    store: &PostgresStore,
    link: &PhoneLinkHash,
) -> Result<Option<PhoneSigning>, StoreError> {
    let select = query_as(
        "SELECT challenge, signer, auth, method, begun_at, expires_at, kept_until, accepted, signature,
             refusal
         FROM phone_signings WHERE link = $1",
    )
    .bind(&link.0);
    let row: Option<Row> = store.optional(select).await?;
    row.map(|row| read(&store.vault, link, row)).transpose()
}

/// Of parallel calls one finds the place free; the others wait for it. What was accepted stays, so it may be looked at
/// afterwards.
pub(crate) async fn accept(
    store: &PostgresStore,
    link: &PhoneLinkHash,
    signature: &PhoneSignature,
) -> Result<PhoneAccepted, StoreError> {
    let (vault, bytes) = (&store.vault, signature.bytes.as_ref());
    let update = query(
        "UPDATE phone_signings SET accepted = $1, signature = $2, refusal = NULL
         WHERE link = $3 AND accepted IS NULL",
    )
    .bind(vault.seal(("phone_signings.accepted", &link.0), &signature.digest))
    .bind(bytes.map(|bytes| vault.seal_bytes(("phone_signings.signature", &link.0), bytes)))
    .bind(&link.0);
    if store.execute(update).await? == 1 {
        return Ok(PhoneAccepted::New);
    }
    match find(store, link).await?.and_then(|signing| signing.accepted) {
        None => Err(StoreError::AlreadyUsed),
        Some(accepted) if accepted.digest == signature.digest => Ok(PhoneAccepted::Same),
        Some(_) => Ok(PhoneAccepted::Other),
    }
}

pub(crate) async fn refuse(
    store: &PostgresStore,
    link: &PhoneLinkHash,
    code: &str,
) -> Result<(), StoreError> {
    let update =
        query("UPDATE phone_signings SET refusal = $1 WHERE link = $2 AND accepted IS NULL")
            .bind(code)
            .bind(&link.0);
    store.execute(update).await?;
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
    let accepted = open_some(vault, ("phone_signings.accepted", &link.0), row.accepted)?;
    Ok(PhoneSigning {
        link: link.clone(),
        challenge: row.challenge,
        signer: some_iin(vault, row.signer.as_deref())?,
        auth: PhoneAuth::parse(&row.auth).ok_or(StoreError::Corrupt("phone_signings.auth"))?,
        method: PhoneMethod::parse(&row.method)
            .ok_or(StoreError::Corrupt("phone_signings.method"))?,
        begun_at: moment(row.begun_at)?,
        expires_at: moment(row.expires_at)?,
        kept_until: moment(row.kept_until)?,
        accepted: accepted.map(|digest| PhoneSignature { digest, bytes }),
        refusal: row.refusal,
    })
}
