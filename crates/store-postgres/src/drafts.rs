//! Requests before they are signed.

use app::{Draft, StoreError};
use sqlx::{FromRow, query, query_as};

use crate::PostgresStore;
use crate::codec::{from_json, moment, number, to_json, to_ms};

pub(crate) async fn put_draft(store: &PostgresStore, draft: &Draft) -> Result<(), StoreError> {
    let insert = query(
        "INSERT INTO drafts
             (challenge, applicant, request, consents, document, prepared_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&draft.challenge)
    .bind(draft.request.applicant.digits())
    .bind(to_json(&draft.request)?)
    .bind(to_json(&draft.consents)?)
    .bind(&draft.document)
    .bind(to_ms(draft.prepared_at))
    .bind(to_ms(draft.expires_at));
    store.execute(insert).await?;
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
    store: &PostgresStore,
    challenge: &str,
) -> Result<Option<Draft>, StoreError> {
    let select = query_as(
        "SELECT challenge, request, consents, document, prepared_at, expires_at, became, led_to
         FROM drafts WHERE challenge = $1",
    )
    .bind(challenge);
    store.optional(select).await?.map(read_draft).transpose()
}

fn read_draft(row: DraftRow) -> Result<Draft, StoreError> {
    Ok(Draft {
        challenge: row.challenge,
        request: from_json(&row.request, "drafts.request")?,
        consents: from_json(&row.consents, "drafts.consents")?,
        document: row.document,
        prepared_at: moment(row.prepared_at)?,
        expires_at: moment(row.expires_at)?,
        became: row.became.as_deref().map(number).transpose()?,
        led_to: row.led_to.as_deref().map(number).transpose()?,
    })
}
