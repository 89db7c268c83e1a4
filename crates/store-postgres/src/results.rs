//! Reading answers and their documents.

use app::{CheckToken, PlannedResult, ResultId, StoreError, StoredDecision, StoredResult, WardKey};
use domain::{Number, WardId};
use sqlx::{FromRow, query_as};

use crate::PostgresStore;
use crate::codec::{from_json, number};

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
    store.all(select).await?.into_iter().map(read_result).collect()
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
    store.optional(query_as(select).bind(value)).await?.map(read_result).transpose()
}

fn read_result(row: ResultRow) -> Result<StoredResult, StoreError> {
    Ok(StoredResult {
        planned: PlannedResult {
            id: ResultId(row.id),
            ward_key: WardKey(row.ward_key),
            ward_id: row.ward_id.map(WardId),
            token: CheckToken(row.token),
            content: from_json(&row.content, "results.content")?,
        },
        request: number(&row.request)?,
        digest: row.digest,
    })
}

pub(crate) async fn unsealed(
    store: &PostgresStore,
    id: &ResultId,
) -> Result<Option<Vec<u8>>, StoreError> {
    bytes(store, "SELECT bytes FROM unsealed_documents WHERE result = $1", id).await
}

pub(crate) async fn document(
    store: &PostgresStore,
    id: &ResultId,
) -> Result<Option<Vec<u8>>, StoreError> {
    bytes(store, "SELECT bytes FROM sealed_documents WHERE result = $1", id).await
}

async fn bytes(
    store: &PostgresStore,
    select: &'static str,
    id: &ResultId,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row: Option<(Vec<u8>,)> = store.optional(query_as(select).bind(&id.0)).await?;
    Ok(row.map(|(bytes,)| bytes))
}

pub(crate) async fn decision(
    store: &PostgresStore,
    number: &Number,
) -> Result<Option<StoredDecision>, StoreError> {
    let select = query_as("SELECT decision FROM decisions WHERE number = $1").bind(number.as_str());
    let row: Option<(String,)> = store.optional(select).await?;
    row.map(|(text,)| from_json(&text, "decisions.decision")).transpose()
}
