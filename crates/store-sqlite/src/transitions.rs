//! One step forward of one request: lease, version, effect, state, job and journal in one transaction.
//!
//! Crash points: before the commit nothing of the step exists; after it all of it does. The triggers on `requests`
//! refuse a step whose decision or documents are not all there.

use app::{
    Effect, PlannedResult, ResultId, ResultKind, Step, StoreError, StoredDecision, Transition,
};
use domain::Number;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{FromRow, SqliteConnection, query, query_as};
use vault::{Vault, WARD};

use crate::SqliteStore;
use crate::audit::{Head, HeadColumns, append_behind};
use crate::codec::to_ms;
use crate::error::{fault, fault_or_taken};
use crate::jobs::follow_up;

pub(crate) async fn commit(store: &SqliteStore, change: &Transition) -> Result<(), StoreError> {
    let mut transaction = store.write().await?;
    let (step, head) = step_after(&mut transaction, change).await?;
    let number = &change.lease.number;
    match &change.effect {
        Effect::Waiting => {}
        Effect::Decided(decision, planned) => {
            insert_decision(&mut transaction, &store.vault, number, (decision, planned)).await?;
        }
        Effect::Intended(documents) => {
            insert_unsealed(&mut transaction, &store.vault, number, documents).await?
        }
        Effect::Issued(documents) => {
            insert_sealed(&mut transaction, &store.vault, number, documents).await?
        }
    }
    update_request(&mut transaction, change, step).await?;
    follow_up(&mut transaction, &change.lease, change.job).await?;
    append_behind(&mut transaction, &store.vault, head, &change.audit).await?;
    transaction.commit().await.map_err(fault)
}

#[derive(FromRow)]
struct Before {
    step: String,
    version: i64,
    #[sqlx(flatten)]
    head: HeadColumns,
}

/// The step the request takes, and where the journal ends before it. The lease must still be the last one given and not
/// given back; the request must be at the version expected, and the effect not stored already.
async fn step_after(
    transaction: &mut SqliteConnection,
    change: &Transition,
) -> Result<(Step, Head), StoreError> {
    let before: Option<Before> = query_as(
        "SELECT request.step, request.version, head.sequence, head.hash
         FROM jobs AS job JOIN requests AS request ON request.number = job.number
         LEFT JOIN journal_head AS head ON true
         WHERE job.number = ? AND job.fence = ? AND job.leased_until IS NOT NULL",
    )
    .bind(change.lease.number.as_str())
    .bind(change.lease.fence)
    .fetch_optional(transaction)
    .await
    .map_err(fault)?;
    let Before { step, version, head } = before.ok_or(StoreError::LeaseLost)?;
    let step = Step::parse(&step).ok_or(StoreError::Corrupt("requests.step"))?;
    match change.effect.step_after(step) {
        Some(next) if version == change.expected_version => Ok((next, head.head()?)),
        _ => Err(StoreError::Stale),
    }
}

/// The decision and all its answers at once.
async fn insert_decision(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    number: &Number,
    (decision, planned): (&StoredDecision, &[PlannedResult]),
) -> Result<(), StoreError> {
    let planned: Vec<Value> =
        planned.iter().map(|one| columns(vault, one)).collect::<Result<_, StoreError>>()?;
    query(
        "INSERT INTO decisions (number, decision) VALUES ($1, $2);
         INSERT INTO results (id, request, place, ward_key, ward_id, token, number, kind, content,
                 told_provider, told_ground)
             SELECT value ->> 0, $1, key, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
                 value ->> 5, value ->> 6, value ->> 7, value ->> 8
             FROM json_each($3) ORDER BY key;",
    )
    .bind(number.as_str())
    .bind(vault.seal_json(("decisions.decision", number.as_str()), decision)?)
    .bind(Value::from(planned).to_string())
    .execute(transaction)
    .await
    .map_err(fault_or_taken)?;
    Ok(())
}

fn columns(vault: &Vault, planned: &PlannedResult) -> Result<Value, StoreError> {
    let id = planned.id.0.as_str();
    Ok(json!([
        id,
        vault.alike(WARD, &planned.ward_key.0),
        planned.ward_id.as_ref().map(|ward| vault.alike(WARD, &ward.0)),
        planned.token.0,
        planned.content.number().as_str(),
        ResultKind::of(&planned.content).code(),
        vault.seal_json(("results.content", id), &planned.content)?,
        planned.content.provider().kato.as_str(),
        planned.content.ground().map_or("", |ground| ground.code()),
    ]))
}

async fn insert_unsealed(
    transaction: &mut SqliteConnection,
    vault: &Vault,
    number: &Number,
    documents: &[(ResultId, Vec<u8>)],
) -> Result<(), StoreError> {
    for (id, bytes) in documents {
        let stored = query(
            "INSERT INTO unsealed_documents (result, bytes)
             SELECT id, ? FROM results WHERE id = ? AND request = ?",
        )
        .bind(vault.seal_bytes(("unsealed_documents.bytes", &id.0), bytes))
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
    vault: &Vault,
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
        .bind(vault.seal_bytes(("sealed_documents.bytes", &id.0), bytes))
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

/// The request's new place and the applicant's notices; one of a kind he has already stays as it is.
async fn update_request(
    transaction: &mut SqliteConnection,
    change: &Transition,
    step: Step,
) -> Result<(), StoreError> {
    let ended_at = change.state.is_final().then(|| to_ms(change.at));
    let notices = change.notices.iter().map(|one| json!([one.kind.code(), to_ms(one.at)]));
    query(
        "UPDATE requests SET state = $2, step = $3, version = version + 1, ended_at = $4
             WHERE number = $1;
         INSERT INTO notices (number, kind, applicant, at_ms)
             SELECT number, value ->> 0, applicant, value ->> 1
             FROM requests, json_each($5) WHERE number = $1
             ON CONFLICT (number, kind) DO NOTHING;",
    )
    .bind(change.lease.number.as_str())
    .bind(change.state.code())
    .bind(step.code())
    .bind(ended_at)
    .bind(Value::from(notices.collect::<Vec<_>>()).to_string())
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}
