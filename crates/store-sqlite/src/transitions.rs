//! One step forward of one request: lease, version, effect, state, job and journal in one transaction.
//!
//! Crash points: before the commit nothing of the step exists; after it all of it does. The triggers on `requests`
//! refuse a step whose decision or documents are not all there.

use app::{
    Effect, PlannedResult, ResultId, ResultKind, Step, StoreError, StoredDecision, Transition,
};
use domain::Number;
use sha2::{Digest, Sha256};
use sqlx::{SqliteConnection, query, query_as};

use crate::SqliteStore;
use crate::alarms::insert_notices;
use crate::audit::append;
use crate::codec::{places, to_json, to_ms};
use crate::error::{fault, fault_or_taken};
use crate::jobs::follow_up;

pub(crate) async fn commit(store: &SqliteStore, change: &Transition) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let step = step_after(&mut transaction, change).await?;
    let number = &change.lease.number;
    match &change.effect {
        Effect::Waiting => {}
        Effect::Decided(decision, planned) => {
            insert_decision(&mut transaction, number, decision).await?;
            insert_planned(&mut transaction, number, planned).await?;
        }
        Effect::Intended(documents) => insert_unsealed(&mut transaction, number, documents).await?,
        Effect::Issued(documents) => insert_sealed(&mut transaction, number, documents).await?,
    }
    update_request(&mut transaction, change, step).await?;
    follow_up(&mut transaction, &change.lease, change.job).await?;
    insert_notices(&mut transaction, number, &change.notices).await?;
    append(&mut transaction, &change.audit).await?;
    transaction.commit().await.map_err(fault)
}

/// The step the request takes. The lease must still be the last one given and not given back; the request must be at
/// the version expected, and the effect not stored already.
async fn step_after(
    transaction: &mut SqliteConnection,
    change: &Transition,
) -> Result<Step, StoreError> {
    let row: Option<(String, i64)> = query_as(
        "SELECT request.step, request.version
         FROM jobs AS job JOIN requests AS request ON request.number = job.number
         WHERE job.number = ? AND job.fence = ? AND job.leased_until IS NOT NULL",
    )
    .bind(change.lease.number.as_str())
    .bind(change.lease.fence)
    .fetch_optional(transaction)
    .await
    .map_err(fault)?;
    let (word, version) = row.ok_or(StoreError::LeaseLost)?;
    let step = Step::parse(&word).ok_or(StoreError::Corrupt("requests.step"))?;
    match change.effect.step_after(step) {
        Some(next) if version == change.expected_version => Ok(next),
        _ => Err(StoreError::Stale),
    }
}

async fn insert_decision(
    transaction: &mut SqliteConnection,
    number: &Number,
    decision: &StoredDecision,
) -> Result<(), StoreError> {
    query("INSERT INTO decisions (number, decision) VALUES (?, ?)")
        .bind(number.as_str())
        .bind(to_json(decision)?)
        .execute(transaction)
        .await
        .map_err(fault)?;
    Ok(())
}

async fn insert_planned(
    transaction: &mut SqliteConnection,
    number: &Number,
    planned: &[PlannedResult],
) -> Result<(), StoreError> {
    for (place, one) in places().zip(planned) {
        query(
            "INSERT INTO results
                 (id, request, place, ward_key, ward_id, token, number, kind, content)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&one.id.0)
        .bind(number.as_str())
        .bind(place)
        .bind(&one.ward_key.0)
        .bind(one.ward_id.as_ref().map(|id| id.0.as_str()))
        .bind(&one.token.0)
        .bind(one.content.number().as_str())
        .bind(ResultKind::of(&one.content).code())
        .bind(to_json(&one.content)?)
        .execute(&mut *transaction)
        .await
        .map_err(fault_or_taken)?;
    }
    Ok(())
}

async fn insert_unsealed(
    transaction: &mut SqliteConnection,
    number: &Number,
    documents: &[(ResultId, Vec<u8>)],
) -> Result<(), StoreError> {
    for (id, bytes) in documents {
        let stored = query(
            "INSERT INTO unsealed_documents (result, bytes)
             SELECT id, ? FROM results WHERE id = ? AND request = ?",
        )
        .bind(bytes)
        .bind(&id.0)
        .bind(number.as_str())
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
        require_rows(stored.rows_affected(), 1)?;
    }
    Ok(())
}

/// Digest, sealed bytes, and the unsealed ones go: three rows for each document.
async fn insert_sealed(
    transaction: &mut SqliteConnection,
    number: &Number,
    documents: &[(ResultId, Vec<u8>)],
) -> Result<(), StoreError> {
    for (id, bytes) in documents {
        let stored = query(
            "UPDATE results SET digest = $3 WHERE id = $1 AND request = $2;
             INSERT INTO sealed_documents (result, bytes)
                 SELECT id, $4 FROM results WHERE id = $1 AND request = $2;
             DELETE FROM unsealed_documents WHERE result = $1;",
        )
        .bind(&id.0)
        .bind(number.as_str())
        .bind(hex::encode(Sha256::digest(bytes)))
        .bind(bytes)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
        require_rows(stored.rows_affected(), 3)?;
    }
    Ok(())
}

fn require_rows(rows: u64, expected: u64) -> Result<(), StoreError> {
    if rows == expected {
        Ok(())
    } else {
        Err(StoreError::Corrupt("a document that was not planned"))
    }
}

async fn update_request(
    transaction: &mut SqliteConnection,
    change: &Transition,
    step: Step,
) -> Result<(), StoreError> {
    let ended_at = change.state.is_final().then(|| to_ms(change.at));
    query(
        "UPDATE requests SET state = ?, step = ?, version = version + 1, ended_at = ?
         WHERE number = ?",
    )
    .bind(change.state.code())
    .bind(step.code())
    .bind(ended_at)
    .bind(change.lease.number.as_str())
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}
