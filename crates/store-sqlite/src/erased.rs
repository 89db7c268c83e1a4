//! What is left of erased requests.

use app::{
    ConsentPeriod, ErasedConsentRow, ErasedDocument, ErasedDocumentRow, ErasedKey, ErasedRequest,
    ErasedRow, StoreError, read_erased,
};
use domain::Number;
use sqlx::{SqliteConnection, query_as, query_scalar};

use crate::SqliteStore;
use crate::codec::to_ms;
use crate::error::fault;

/// As it is read: number, erased, certificate, state, channel, accepted, due, ended, version.
pub(crate) type RequestColumns = (String, i64, i64, String, String, i64, i64, i64, i64);
/// Request, number, kind, digest of the token, digest of the bytes, annulled.
pub(crate) type DocumentColumns = (String, String, String, String, String, Option<i64>);
/// Request, kind, what was answered, version of the text, withdrawn.
pub(crate) type ConsentColumns = (String, String, String, String, Option<i64>);

pub(crate) fn request_row(columns: RequestColumns) -> ErasedRow {
    let (number, erased_at, certificate, state, channel, accepted_at, due_at, ended_at, version) =
        columns;
    ErasedRow {
        number,
        erased_at,
        certificate,
        state,
        channel,
        accepted_at,
        due_at,
        ended_at,
        version,
    }
}

pub(crate) fn document_row(columns: DocumentColumns) -> ErasedDocumentRow {
    let (request, number, kind, token_digest, file_digest, annulled_at) = columns;
    ErasedDocumentRow { request, number, kind, token_digest, file_digest, annulled_at }
}

pub(crate) fn consent_row(columns: ConsentColumns) -> ErasedConsentRow {
    let (request, kind, decision, text_version, withdrawn_at) = columns;
    ErasedConsentRow { request, kind, decision, text_version, withdrawn_at }
}

/// Numbers as an array for `json_each`.
pub(crate) fn json_of(numbers: &[Number]) -> String {
    serde_json::Value::from(numbers.iter().map(Number::as_str).collect::<Vec<_>>()).to_string()
}

pub(crate) async fn erased_requests(
    store: &SqliteStore,
    numbers: &[Number],
) -> Result<Vec<ErasedRequest>, StoreError> {
    let mut snapshot = store.read().begin().await.map_err(fault)?;
    named(&mut snapshot, &json_of(numbers)).await
}

pub(crate) async fn erased_by(
    store: &SqliteStore,
    certificate: i64,
) -> Result<Vec<ErasedRequest>, StoreError> {
    let mut snapshot = store.read().begin().await.map_err(fault)?;
    let numbers: Vec<String> =
        query_scalar("SELECT number FROM erased_requests WHERE certificate = $1")
            .bind(certificate)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(fault)?;
    named(&mut snapshot, &serde_json::Value::from(numbers).to_string()).await
}

pub(crate) async fn erased_between(
    store: &SqliteStore,
    period: &ConsentPeriod,
    limit: u32,
) -> Result<Vec<ErasedRequest>, StoreError> {
    let after = period.after.as_ref();
    let mut snapshot = store.read().begin().await.map_err(fault)?;
    let numbers: Vec<String> = query_scalar(
        "SELECT request.number FROM erased_requests AS erased
         JOIN requests AS request ON request.number = erased.number
         WHERE (request.accepted_at >= $1 AND request.accepted_at < $2
             OR EXISTS (SELECT 1 FROM erased_consents AS consent WHERE consent.number = erased.number
                 AND consent.withdrawn_at >= $1 AND consent.withdrawn_at < $2))
             AND (request.accepted_at, request.number) > ($3, $4)
         ORDER BY request.accepted_at, request.number LIMIT $5",
    )
    .bind(to_ms(period.from))
    .bind(to_ms(period.until))
    .bind(after.map_or(i64::MIN, |(at, _)| to_ms(*at)))
    .bind(after.map(|(_, number)| number.as_str()).unwrap_or_default())
    .bind(limit)
    .fetch_all(&mut *snapshot)
    .await
    .map_err(fault)?;
    let mut found = named(&mut snapshot, &serde_json::Value::from(numbers).to_string()).await?;
    found
        .sort_by(|one, next| (one.accepted_at, &one.number).cmp(&(next.accepted_at, &next.number)));
    Ok(found)
}

/// Three questions within one snapshot.
async fn named(
    snapshot: &mut SqliteConnection,
    numbers: &str,
) -> Result<Vec<ErasedRequest>, StoreError> {
    let requests: Vec<RequestColumns> = query_as(
        "SELECT request.number, erased.erased_at, erased.certificate, request.state, request.channel,
                 request.accepted_at, request.due_at, request.ended_at, request.version
             FROM erased_requests AS erased JOIN requests AS request ON request.number = erased.number
             WHERE erased.number IN (SELECT value FROM json_each($1))",
    )
    .bind(numbers)
    .fetch_all(&mut *snapshot)
    .await
    .map_err(fault)?;
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let documents: Vec<DocumentColumns> = query_as(
        "SELECT request, number, kind, token_digest, file_digest, annulled_at FROM erased_results
         WHERE request IN (SELECT value FROM json_each($1))",
    )
    .bind(numbers)
    .fetch_all(&mut *snapshot)
    .await
    .map_err(fault)?;
    let consents: Vec<ConsentColumns> = query_as(
        "SELECT number, kind, decision, text_version, withdrawn_at FROM erased_consents
         WHERE number IN (SELECT value FROM json_each($1))",
    )
    .bind(numbers)
    .fetch_all(&mut *snapshot)
    .await
    .map_err(fault)?;
    read_erased(
        requests.into_iter().map(request_row).collect(),
        documents.into_iter().map(document_row).collect(),
        consents.into_iter().map(consent_row).collect(),
    )
}

pub(crate) async fn erased_document(
    store: &SqliteStore,
    key: &ErasedKey,
) -> Result<Option<ErasedDocument>, StoreError> {
    let (select, value) = match key {
        ErasedKey::Number(number) => (
            "SELECT request, number, kind, token_digest, file_digest, annulled_at FROM erased_results WHERE number = $1",
            number.as_str(),
        ),
        ErasedKey::TokenDigest(digest) => (
            "SELECT request, number, kind, token_digest, file_digest, annulled_at FROM erased_results WHERE token_digest = $1",
            digest.as_str(),
        ),
        ErasedKey::FileDigest(digest) => (
            "SELECT request, number, kind, token_digest, file_digest, annulled_at FROM erased_results WHERE file_digest = $1 LIMIT 1",
            digest.as_str(),
        ),
    };
    let row: Option<DocumentColumns> =
        query_as(select).bind(value).fetch_optional(store.read()).await.map_err(fault)?;
    row.map(|columns| document_row(columns).read()).transpose()
}
