//! Reading answers and their documents.

use app::{CheckToken, PlannedResult, ResultId, StoreError, StoredDecision, StoredResult, WardKey};
use domain::{Number, WardId};
use sqlx::{FromRow, query_as};
use vault::{Place, Vault, WARD};

use crate::PostgresStore;
use crate::codec::number;

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
    store: &PostgresStore,
    number: &Number,
) -> Result<Vec<StoredResult>, StoreError> {
    let select = query_as(select_results!("request = $1 ORDER BY place")).bind(number.as_str());
    let rows: Vec<ResultRow> = store.all(select).await?;
    rows.into_iter().map(|row| read_result(&store.vault, row)).collect()
}

pub(crate) async fn result(
    store: &PostgresStore,
    id: &ResultId,
) -> Result<Option<StoredResult>, StoreError> {
    one(store, select_results!("id = $1"), &id.0).await
}

pub(crate) async fn result_by_number(
    store: &PostgresStore,
    number: &Number,
) -> Result<Option<StoredResult>, StoreError> {
    one(store, select_results!("number = $1 AND digest IS NOT NULL"), number.as_str()).await
}

pub(crate) async fn result_by_token(
    store: &PostgresStore,
    token: &CheckToken,
) -> Result<Option<StoredResult>, StoreError> {
    one(store, select_results!("token = $1 AND digest IS NOT NULL"), &token.0).await
}

pub(crate) async fn result_by_digest(
    store: &PostgresStore,
    digest: &str,
) -> Result<Option<StoredResult>, StoreError> {
    one(store, select_results!("digest = $1 AND digest IS NOT NULL LIMIT 1"), digest).await
}

async fn one(
    store: &PostgresStore,
    select: &'static str,
    value: &str,
) -> Result<Option<StoredResult>, StoreError> {
    let row: Option<ResultRow> = store.optional(query_as(select).bind(value)).await?;
    row.map(|row| read_result(&store.vault, row)).transpose()
}

fn read_result(vault: &Vault, row: ResultRow) -> Result<StoredResult, StoreError> {
    let ward_id = row.ward_id.map(|code| vault.open_alike(WARD, code)).transpose()?;
    Ok(StoredResult {
        planned: PlannedResult {
            ward_key: WardKey(vault.open_alike(WARD, row.ward_key)?),
            ward_id: ward_id.map(WardId),
            token: CheckToken(row.token),
            content: vault.open_json(("results.content", &row.id), row.content)?,
            id: ResultId(row.id),
        },
        request: number(&row.request)?,
        digest: row.digest,
    })
}

pub(crate) async fn unsealed(
    store: &PostgresStore,
    id: &ResultId,
) -> Result<Option<Vec<u8>>, StoreError> {
    let select = "SELECT bytes FROM unsealed_documents WHERE result = $1";
    bytes(store, select, ("unsealed_documents.bytes", &id.0)).await
}

pub(crate) async fn document(
    store: &PostgresStore,
    id: &ResultId,
) -> Result<Option<Vec<u8>>, StoreError> {
    let select = "SELECT bytes FROM sealed_documents WHERE result = $1";
    bytes(store, select, ("sealed_documents.bytes", &id.0)).await
}

async fn bytes(
    store: &PostgresStore,
    select: &'static str,
    place: Place<'_>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row: Option<(Vec<u8>,)> = store.optional(query_as(select).bind(place.1)).await?;
    row.map(|(bytes,)| store.vault.open_bytes(place, bytes)).transpose()
}

pub(crate) async fn decision(
    store: &PostgresStore,
    number: &Number,
) -> Result<Option<StoredDecision>, StoreError> {
    let select = query_as("SELECT decision FROM decisions WHERE number = $1").bind(number.as_str());
    let row: Option<(String,)> = store.optional(select).await?;
    let place = ("decisions.decision", number.as_str());
    row.map(|(text,)| store.vault.open_json(place, text)).transpose()
}
