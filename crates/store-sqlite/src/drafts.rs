//! Requests before they are signed.

use app::{Draft, StoreError};
use sqlx::{FromRow, query, query_as};
use vault::Vault;

use crate::SqliteStore;
use crate::codec::{moment, number, to_ms};
use crate::error::fault;

pub(crate) async fn put_draft(store: &SqliteStore, draft: &Draft) -> Result<(), StoreError> {
    let (vault, challenge) = (&store.vault, draft.challenge.as_str());
    query(
        "INSERT INTO drafts
             (challenge, applicant, request, consents, document, prepared_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&draft.challenge)
    .bind(vault.person(draft.request.applicant))
    .bind(vault.seal_json(("drafts.request", challenge), &draft.request)?)
    .bind(vault.seal_json(("drafts.consents", challenge), &draft.consents)?)
    .bind(vault.seal_bytes(("drafts.document", challenge), &draft.document))
    .bind(to_ms(draft.prepared_at))
    .bind(to_ms(draft.expires_at))
    .execute(store.write_once())
    .await
    .map_err(fault)?;
    Ok(())
}

#[derive(FromRow)]
struct DraftRow {
    challenge: String,
    request: String,
    consents: String,
    document: Vec<u8>,
    prepared_at: i64,
    expires_at: i64,
    became: Option<String>,
    led_to: Option<String>,
}

pub(crate) async fn draft(
    store: &SqliteStore,
    challenge: &str,
) -> Result<Option<Draft>, StoreError> {
    let row: Option<DraftRow> = query_as(
        "SELECT challenge, request, consents, document, prepared_at, expires_at, became, led_to
         FROM drafts WHERE challenge = ?",
    )
    .bind(challenge)
    .fetch_optional(store.read())
    .await
    .map_err(fault)?;
    row.map(|row| read_draft(&store.vault, row)).transpose()
}

fn read_draft(vault: &Vault, row: DraftRow) -> Result<Draft, StoreError> {
    let challenge = row.challenge.as_str();
    Ok(Draft {
        request: vault.open_json(("drafts.request", challenge), row.request)?,
        consents: vault.open_json(("drafts.consents", challenge), row.consents)?,
        document: vault.open_bytes(("drafts.document", challenge), row.document)?,
        prepared_at: moment(row.prepared_at)?,
        expires_at: moment(row.expires_at)?,
        became: row.became.as_deref().map(number).transpose()?,
        led_to: row.led_to.as_deref().map(number).transpose()?,
        challenge: row.challenge,
    })
}
