//! One step forward of each of some requests: leases, versions, effects, states and jobs in one transaction, each table
//! written once for all of them. The server takes longer to begin a statement than to write one more row with it.
//!
//! Crash points: before the commit nothing of the steps exists; after it all of them do. The triggers on `requests`
//! refuse a step whose decision or documents are not all there. What is wrong with one of several changes is told as
//! a fault of all; `batch.rs` then tries each by itself.

use std::collections::HashMap;

use app::{
    Effect, PlannedResult, ResultId, ResultKind, Step, StoreError, StoredDecision, Transition,
};
use domain::{Number, RefusalGround};
use sha2::{Digest, Sha256};
use sqlx::{query, query_as};
use vault::{Vault, WARD};

use crate::alarms::insert_notices;
use crate::codec::{places, to_ms};
use crate::jobs::follow_up;
use crate::session::Session;

/// Everything of the steps but their journal rows, which go in with those of the batch.
pub(crate) async fn commit_in(
    transaction: &mut Session,
    changes: &[&Transition],
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let steps = steps_after(transaction, changes).await?;
    insert_decisions(transaction, changes).await?;
    insert_unsealed(transaction, changes).await?;
    insert_sealed(transaction, changes).await?;
    update_requests(transaction, changes, &steps).await?;
    follow_up(transaction, changes).await?;
    let notices = changes
        .iter()
        .flat_map(|change| change.notices.iter().map(|notice| (&change.lease.number, notice)));
    insert_notices(transaction, &notices.collect::<Vec<_>>()).await
}

fn numbers<'a>(changes: &[&'a Transition]) -> Vec<&'a str> {
    changes.iter().map(|change| change.lease.number.as_str()).collect()
}

/// The step each request takes, in the order of the changes. The lease must still be the last one given and not given
/// back; the request must be at the version expected, and the effect not stored already. All rows are locked: nobody
/// leases a job anew before this transaction ends.
async fn steps_after(
    transaction: &mut Session,
    changes: &[&Transition],
) -> Result<Vec<Step>, StoreError> {
    let select = query_as(
        "SELECT request.number, request.step, request.version
         FROM unnest($1::text[], $2::bigint[]) AS held (number, fence)
         JOIN jobs AS job ON job.number = held.number AND job.fence = held.fence
             AND job.leased_until IS NOT NULL
         JOIN requests AS request ON request.number = job.number
         FOR NO KEY UPDATE OF job, request",
    )
    .bind(numbers(changes))
    .bind(changes.iter().map(|change| change.lease.fence).collect::<Vec<_>>());
    let rows: Vec<(String, String, i64)> = transaction.all(select).await?;
    let present: HashMap<&str, (&str, i64)> = rows
        .iter()
        .map(|(number, step, version)| (number.as_str(), (step.as_str(), *version)))
        .collect();
    let after = |change: &&Transition| {
        let (word, version) =
            present.get(change.lease.number.as_str()).ok_or(StoreError::LeaseLost)?;
        let step = Step::parse(word).ok_or(StoreError::Corrupt("requests.step"))?;
        match change.effect.step_after(step) {
            Some(next) if *version == change.expected_version => Ok(next),
            _ => Err(StoreError::Stale),
        }
    };
    changes.iter().map(after).collect()
}

/// The decisions and all planned answers.
async fn insert_decisions(
    transaction: &mut Session,
    changes: &[&Transition],
) -> Result<(), StoreError> {
    let decided: Vec<(&Number, &StoredDecision, &Vec<PlannedResult>)> = changes
        .iter()
        .filter_map(|change| match &change.effect {
            Effect::Decided(decision, planned) => {
                Some((&change.lease.number, &**decision, planned))
            }
            _ => None,
        })
        .collect();
    if decided.is_empty() {
        return Ok(());
    }
    let vault = &transaction.vault;
    let sealed = |(number, decision, _): &(&Number, &StoredDecision, &Vec<PlannedResult>)| {
        vault.seal_json(("decisions.decision", number.as_str()), *decision)
    };
    let decisions: Vec<String> = decided.iter().map(sealed).collect::<Result<_, _>>()?;
    let insert = query(
        "INSERT INTO decisions (number, decision) SELECT * FROM unnest($1::text[], $2::text[])",
    )
    .bind(decided.iter().map(|(number, ..)| number.as_str()).collect::<Vec<_>>())
    .bind(decisions);
    transaction.execute(insert).await?;
    let planned = decided.iter().flat_map(|(number, _, planned)| {
        places().zip(*planned).map(|(place, one)| (*number, place, one))
    });
    insert_planned(transaction, &planned.collect::<Vec<_>>()).await
}

/// One array for each column.
async fn insert_planned(
    transaction: &mut Session,
    planned: &[(&Number, i64, &PlannedResult)],
) -> Result<(), StoreError> {
    let texts = |field: fn(&PlannedResult) -> &str| -> Vec<&str> {
        planned.iter().map(|(.., one)| field(one)).collect()
    };
    let vault = &transaction.vault;
    let ward = |id: &str| vault.alike(WARD, id);
    let ward_keys: Vec<String> = planned.iter().map(|(.., one)| ward(&one.ward_key.0)).collect();
    let ward_ids: Vec<Option<String>> =
        planned.iter().map(|(.., one)| one.ward_id.as_ref().map(|id| ward(&id.0))).collect();
    let sealed = |(.., one): &(&Number, i64, &PlannedResult)| {
        vault.seal_json(("results.content", &one.id.0), &one.content)
    };
    let contents: Vec<String> = planned.iter().map(sealed).collect::<Result<_, _>>()?;
    let insert = query(
        "INSERT INTO results (id, request, place, ward_key, ward_id, token, number, kind, content,
             told_provider, told_ground)
         SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[],
             $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])",
    )
    .bind(texts(|one| &one.id.0))
    .bind(planned.iter().map(|(number, ..)| number.as_str()).collect::<Vec<_>>())
    .bind(planned.iter().map(|(_, place, _)| *place).collect::<Vec<_>>())
    .bind(ward_keys)
    .bind(ward_ids)
    .bind(texts(|one| &one.token.0))
    .bind(texts(|one| one.content.number().as_str()))
    .bind(texts(|one| ResultKind::of(&one.content).code()))
    .bind(contents)
    .bind(texts(|one| one.content.provider().kato.as_str()))
    .bind(texts(|one| one.content.ground().map_or("", RefusalGround::code)));
    transaction.execute(insert).await?;
    Ok(())
}

type Document = (ResultId, Vec<u8>);

/// Documents of some requests, one array for each column.
#[derive(Default)]
struct Documents<'a> {
    requests: Vec<&'a str>,
    ids: Vec<&'a str>,
    bytes: Vec<&'a [u8]>,
}

impl<'a> Documents<'a> {
    fn of(changes: &[&'a Transition], which: fn(&Effect) -> &[Document]) -> Self {
        let mut all = Self::default();
        for change in changes {
            for (id, bytes) in which(&change.effect) {
                all.requests.push(change.lease.number.as_str());
                all.ids.push(&id.0);
                all.bytes.push(bytes);
            }
        }
        all
    }

    /// Their bytes as they stand in a column.
    fn sealed(&self, vault: &Vault, column: &'static str) -> Vec<Vec<u8>> {
        let documents = self.ids.iter().zip(&self.bytes);
        documents.map(|(id, bytes)| vault.seal_bytes((column, id), bytes)).collect()
    }

    fn require_each(&self, rows: u64) -> Result<(), StoreError> {
        if usize::try_from(rows) == Ok(self.ids.len()) {
            Ok(())
        } else {
            Err(StoreError::Corrupt("a document that was not planned"))
        }
    }
}

async fn insert_unsealed(
    transaction: &mut Session,
    changes: &[&Transition],
) -> Result<(), StoreError> {
    let documents = Documents::of(changes, |effect| match effect {
        Effect::Intended(documents) => documents,
        _ => &[],
    });
    if documents.ids.is_empty() {
        return Ok(());
    }
    let insert = query(
        "INSERT INTO unsealed_documents (result, bytes)
         SELECT results.id, given.bytes
         FROM unnest($1::text[], $2::text[], $3::bytea[]) AS given (request, id, bytes)
         JOIN results ON results.id = given.id AND results.request = given.request",
    )
    .bind(&documents.requests)
    .bind(&documents.ids)
    .bind(documents.sealed(&transaction.vault, "unsealed_documents.bytes"));
    documents.require_each(transaction.execute(insert).await?)
}

/// Digests, sealed bytes, and the unsealed ones go: each part takes up what the one before returned, which is what sets
/// their order.
async fn insert_sealed(
    transaction: &mut Session,
    changes: &[&Transition],
) -> Result<(), StoreError> {
    let documents = Documents::of(changes, |effect| match effect {
        Effect::Issued(documents) => documents,
        _ => &[],
    });
    if documents.ids.is_empty() {
        return Ok(());
    }
    let digests: Vec<String> =
        documents.bytes.iter().map(|bytes| hex::encode(Sha256::digest(bytes))).collect();
    let seal = query(
        "WITH given AS (
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
                 AS given (request, id, digest, bytes)),
         digested AS (
             UPDATE results SET digest = given.digest FROM given
             WHERE results.id = given.id AND results.request = given.request
             RETURNING results.id, given.bytes),
         sealed AS (
             INSERT INTO sealed_documents (result, bytes) SELECT id, bytes FROM digested
             RETURNING result)
         DELETE FROM unsealed_documents USING sealed
         WHERE unsealed_documents.result = sealed.result",
    )
    .bind(&documents.requests)
    .bind(&documents.ids)
    .bind(digests)
    .bind(documents.sealed(&transaction.vault, "sealed_documents.bytes"));
    documents.require_each(transaction.execute(seal).await?)
}

async fn update_requests(
    transaction: &mut Session,
    changes: &[&Transition],
    steps: &[Step],
) -> Result<(), StoreError> {
    let ended_at = |change: &&Transition| change.state.is_final().then(|| to_ms(change.at));
    let update = query(
        "UPDATE requests SET state = given.state, step = given.step, version = version + 1,
             ended_at = given.ended_at
         FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
             AS given (number, state, step, ended_at)
         WHERE requests.number = given.number",
    )
    .bind(numbers(changes))
    .bind(changes.iter().map(|change| change.state.code()).collect::<Vec<_>>())
    .bind(steps.iter().map(|step| step.code()).collect::<Vec<_>>())
    .bind(changes.iter().map(ended_at).collect::<Vec<_>>());
    // Two changes of one request move it once: the second is too late.
    match usize::try_from(transaction.execute(update).await?) {
        Ok(rows) if rows == changes.len() => Ok(()),
        _ => Err(StoreError::Stale),
    }
}
