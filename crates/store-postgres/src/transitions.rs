//! One step forward of one request: lease, version, effect, state, job and journal in one transaction.
//!
//! Crash points: before the commit nothing of the step exists; after it all of it does. The triggers on `requests`
//! refuse a step whose decision or documents are not all there.

use app::{
    Effect, PlannedResult, ResultId, ResultKind, Step, StoreError, StoredDecision, Transition,
};
use domain::Number;
use sha2::{Digest, Sha256};
use sqlx::{query, query_as};

use crate::alarms::insert_notices;
use crate::codec::{places, to_json, to_ms};
use crate::jobs::follow_up;
use crate::session::Session;

/// Everything of the step but its journal rows, which go in with those of its batch.
pub(crate) async fn commit_in(
    transaction: &mut Session,
    change: &Transition,
) -> Result<(), StoreError> {
    let step = step_after(transaction, change).await?;
    let number = &change.lease.number;
    match &change.effect {
        Effect::Waiting => {}
        Effect::Decided(decision, planned) => {
            insert_decision(transaction, number, decision).await?;
            insert_planned(transaction, number, planned).await?;
        }
        Effect::Intended(documents) => insert_unsealed(transaction, number, documents).await?,
        Effect::Issued(documents) => insert_sealed(transaction, number, documents).await?,
    }
    update_request(transaction, change, step).await?;
    follow_up(transaction, &change.lease, change.job).await?;
    insert_notices(transaction, number, &change.notices).await
}

/// The step the request takes. The lease must still be the last one given and not given back;
/// the request must be at the version expected, and the effect not stored already. Both rows are locked: nobody leases
/// the job anew before this transaction ends.
async fn step_after(transaction: &mut Session, change: &Transition) -> Result<Step, StoreError> {
    let select = query_as(
        "SELECT request.step, request.version
         FROM jobs AS job JOIN requests AS request ON request.number = job.number
         WHERE job.number = $1 AND job.fence = $2 AND job.leased_until IS NOT NULL
         FOR NO KEY UPDATE",
    )
    .bind(change.lease.number.as_str())
    .bind(change.lease.fence);
    let row: Option<(String, i64)> = transaction.optional(select).await?;
    let (word, version) = row.ok_or(StoreError::LeaseLost)?;
    let step = Step::parse(&word).ok_or(StoreError::Corrupt("requests.step"))?;
    match change.effect.step_after(step) {
        Some(next) if version == change.expected_version => Ok(next),
        _ => Err(StoreError::Stale),
    }
}

async fn insert_decision(
    transaction: &mut Session,
    number: &Number,
    decision: &StoredDecision,
) -> Result<(), StoreError> {
    let insert = query("INSERT INTO decisions (number, decision) VALUES ($1, $2)")
        .bind(number.as_str())
        .bind(to_json(decision)?);
    transaction.execute(insert).await?;
    Ok(())
}

/// All answers at once, one array for each column.
async fn insert_planned(
    transaction: &mut Session,
    number: &Number,
    planned: &[PlannedResult],
) -> Result<(), StoreError> {
    let texts =
        |field: fn(&PlannedResult) -> &str| -> Vec<&str> { planned.iter().map(field).collect() };
    let ward_ids: Vec<Option<&str>> =
        planned.iter().map(|one| one.ward_id.as_ref().map(|id| id.0.as_str())).collect();
    let contents: Vec<String> =
        planned.iter().map(|one| to_json(&one.content)).collect::<Result<_, _>>()?;
    let insert = query(
        "INSERT INTO results (id, request, place, ward_key, ward_id, token, number, kind, content)
         SELECT id, $1, place, ward_key, ward_id, token, number, kind, content
         FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
             $8::text[], $9::text[])
             AS planned (id, place, ward_key, ward_id, token, number, kind, content)",
    )
    .bind(number.as_str())
    .bind(texts(|one| &one.id.0))
    .bind(places().take(planned.len()).collect::<Vec<_>>())
    .bind(texts(|one| &one.ward_key.0))
    .bind(ward_ids)
    .bind(texts(|one| &one.token.0))
    .bind(texts(|one| one.content.number().as_str()))
    .bind(texts(|one| ResultKind::of(&one.content).code()))
    .bind(contents);
    transaction.execute(insert).await?;
    Ok(())
}

fn ids_of(documents: &[(ResultId, Vec<u8>)]) -> Vec<&str> {
    documents.iter().map(|(id, _)| id.0.as_str()).collect()
}

fn bytes_of(documents: &[(ResultId, Vec<u8>)]) -> Vec<&[u8]> {
    documents.iter().map(|(_, bytes)| bytes.as_slice()).collect()
}

async fn insert_unsealed(
    transaction: &mut Session,
    number: &Number,
    documents: &[(ResultId, Vec<u8>)],
) -> Result<(), StoreError> {
    let insert = query(
        "INSERT INTO unsealed_documents (result, bytes)
         SELECT results.id, given.bytes
         FROM unnest($2::text[], $3::bytea[]) AS given (id, bytes)
         JOIN results ON results.id = given.id AND results.request = $1",
    )
    .bind(number.as_str())
    .bind(ids_of(documents))
    .bind(bytes_of(documents));
    require_each(transaction.execute(insert).await?, documents)
}

/// Digest, sealed bytes, and the unsealed ones go: each part takes up what the one before returned, which is what sets
/// their order.
async fn insert_sealed(
    transaction: &mut Session,
    number: &Number,
    documents: &[(ResultId, Vec<u8>)],
) -> Result<(), StoreError> {
    let digests: Vec<String> =
        documents.iter().map(|(_, bytes)| hex::encode(Sha256::digest(bytes))).collect();
    let seal = query(
        "WITH given AS (
             SELECT * FROM unnest($2::text[], $3::text[], $4::bytea[]) AS given (id, digest, bytes)),
         digested AS (
             UPDATE results SET digest = given.digest FROM given
             WHERE results.id = given.id AND results.request = $1
             RETURNING results.id, given.bytes),
         sealed AS (
             INSERT INTO sealed_documents (result, bytes) SELECT id, bytes FROM digested
             RETURNING result)
         DELETE FROM unsealed_documents USING sealed
         WHERE unsealed_documents.result = sealed.result",
    )
    .bind(number.as_str())
    .bind(ids_of(documents))
    .bind(digests)
    .bind(bytes_of(documents));
    require_each(transaction.execute(seal).await?, documents)
}

fn require_each(rows: u64, documents: &[(ResultId, Vec<u8>)]) -> Result<(), StoreError> {
    if usize::try_from(rows) == Ok(documents.len()) {
        Ok(())
    } else {
        Err(StoreError::Corrupt("a document that was not planned"))
    }
}

async fn update_request(
    transaction: &mut Session,
    change: &Transition,
    step: Step,
) -> Result<(), StoreError> {
    let ended_at = change.state.is_final().then(|| to_ms(change.at));
    let update = query(
        "UPDATE requests SET state = $1, step = $2, version = version + 1, ended_at = $3
         WHERE number = $4",
    )
    .bind(change.state.code())
    .bind(step.code())
    .bind(ended_at)
    .bind(change.lease.number.as_str());
    transaction.execute(update).await?;
    Ok(())
}
