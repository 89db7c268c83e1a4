//! Reading answers and their documents.

use app::{CheckToken, PlannedResult, ResultId, StoreError, StoredDecision, StoredResult, WardKey};
use domain::{Number, WardId};
use sqlx::{FromRow, query_as, query_scalar};
use vault::{Place, Vault, WARD};

use crate::SqliteStore;
use crate::codec::number;
use crate::error::fault;

#[derive(FromRow)]
struct ResultRow {
    id: String,
    request: String,
    ward_key: String,
    ward_id: Option<String>,
    token: String,
    content: String,
    digest: Option<String>,
}

/// A query over results; only the condition differs.
macro_rules! select_results {
    ($condition:literal) => {
        concat!(
            "SELECT id, request, ward_key, ward_id, token, content, digest FROM results WHERE ",
            $condition
        )
    };
}

pub(crate) async fn results_of(
    store: &SqliteStore,
    number: &Number,
) -> Result<Vec<StoredResult>, StoreError> {
    let rows: Vec<ResultRow> = query_as(select_results!("request = ? ORDER BY place"))
        .bind(number.as_str())
        .fetch_all(store.read())
        .await
        .map_err(fault)?;
    rows.into_iter().map(|row| read_result(&store.vault, row)).collect()
}

pub(crate) async fn result(
    store: &SqliteStore,
    id: &ResultId,
) -> Result<Option<StoredResult>, StoreError> {
    one(store, select_results!("id = ?"), &id.0).await
}

pub(crate) async fn result_by_number(
    store: &SqliteStore,
    number: &Number,
) -> Result<Option<StoredResult>, StoreError> {
    one(store, select_results!("number = ? AND digest IS NOT NULL"), number.as_str()).await
}

pub(crate) async fn result_by_token(
    store: &SqliteStore,
    token: &CheckToken,
) -> Result<Option<StoredResult>, StoreError> {
    one(store, select_results!("token = ? AND digest IS NOT NULL"), &token.0).await
}

pub(crate) async fn result_by_digest(
    store: &SqliteStore,
    digest: &str,
) -> Result<Option<StoredResult>, StoreError> {
    one(store, select_results!("digest = ? AND digest IS NOT NULL LIMIT 1"), digest).await
}

async fn one(
    store: &SqliteStore,
    select: &'static str,
    value: &str,
) -> Result<Option<StoredResult>, StoreError> {
    let row: Option<ResultRow> =
        query_as(select).bind(value).fetch_optional(store.read()).await.map_err(fault)?;
    row.map(|row| read_result(&store.vault, row)).transpose()
}

fn read_result(vault: &Vault, row: ResultRow) -> Result<StoredResult, StoreError> {
    let ward_id = row.ward_id.map(|code| vault.open_alike(WARD, code));
    Ok(StoredResult {
        planned: PlannedResult {
            content: vault.open_json(("results.content", &row.id), row.content)?,
            id: ResultId(row.id),
            ward_key: WardKey(vault.open_alike(WARD, row.ward_key)?),
            ward_id: ward_id.transpose()?.map(WardId),
            token: CheckToken(row.token),
        },
        request: number(&row.request)?,
        digest: row.digest,
    })
}

pub(crate) async fn unsealed(
    store: &SqliteStore,
    id: &ResultId,
) -> Result<Option<Vec<u8>>, StoreError> {
    bytes(
        store,
        "SELECT bytes FROM unsealed_documents WHERE result = ?",
        ("unsealed_documents.bytes", &id.0),
    )
    .await
}

pub(crate) async fn document(
    store: &SqliteStore,
    id: &ResultId,
) -> Result<Option<Vec<u8>>, StoreError> {
    bytes(
        store,
        "SELECT bytes FROM sealed_documents WHERE result = ?",
        ("sealed_documents.bytes", &id.0),
    )
    .await
}

async fn bytes(
    store: &SqliteStore,
    select: &'static str,
    place: Place<'_>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let stored: Option<Vec<u8>> =
        query_scalar(select).bind(place.1).fetch_optional(store.read()).await.map_err(fault)?;
    stored.map(|bytes| store.vault.open_bytes(place, bytes)).transpose()
}

pub(crate) async fn decision(
    store: &SqliteStore,
    number: &Number,
) -> Result<Option<StoredDecision>, StoreError> {
    let row: Option<String> = query_scalar("SELECT decision FROM decisions WHERE number = ?")
        .bind(number.as_str())
        .fetch_optional(store.read())
        .await
        .map_err(fault)?;
    row.map(|text| store.vault.open_json(("decisions.decision", number.as_str()), text)).transpose()
}
