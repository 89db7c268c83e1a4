//! Digests of what a transaction stores: they go into its journal row, so that a change of any stored field behind
//! the program's back shows when the fields are read again.
//!
//! The order of fields here is the order in which every store reads its columns. JSON goes in as the very text that
//! is stored. Read next: `ports/evidence.rs`, then `integrity.rs` for the comparison.

use domain::{ConsentRecord, RequestState};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::ports::{
    Effect, Fields, PlannedResult, Registration, ResultId, ResultKind, StoreError, StoredDecision,
};

/// JSON as it is stored.
///
/// # Errors
/// [`StoreError::Unavailable`] for a value that cannot be written as JSON: a fault of the program.
pub fn stored_json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unavailable(Box::new(error)))
}

/// Registration: what was asked, signed and consented to, and the key it was submitted under.
///
/// # Errors
/// As [`stored_json`].
pub fn registration_digest(registration: &Registration) -> Result<String, StoreError> {
    let mut fields = Fields::default()
        .text(registration.number.as_str())
        .text(&registration.request.applicant.digits())
        .text(&registration.applicant_name)
        .text(&stored_json(&registration.request)?)
        .integer(registration.clock.accepted_at.as_millisecond())
        .integer(registration.clock.due_at.as_millisecond())
        .text(registration.channel.code())
        .bytes(&registration.document)
        .bytes(&registration.cms)
        .text(&registration.signature_evidence)
        .text(&registration.key.0)
        .text(&registration.body_digest);
    for (place, consent) in (0..).zip(&registration.consents) {
        fields = consent_fields(fields.integer(place), consent)?;
    }
    Ok(fields.digest())
}

fn consent_fields(fields: Fields, consent: &ConsentRecord) -> Result<Fields, StoreError> {
    let word = |value: serde_json::Result<serde_json::Value>| {
        let value = value.map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        Ok::<_, StoreError>(value.as_str().unwrap_or_default().to_owned())
    };
    Ok(fields
        .text(&word(serde_json::to_value(consent.kind))?)
        .text(&word(serde_json::to_value(consent.decision))?)
        .text(&consent.text_version)
        .text(&word(serde_json::to_value(consent.language))?)
        .text(&consent.text))
}

/// The digest the journal row of an effect carries that takes the request to a version; empty where the effect stores nothing to prove.
///
/// # Errors
/// As [`stored_json`].
pub fn effect_digest(
    effect: &Effect,
    state: RequestState,
    at: Timestamp,
    version: i64,
) -> Result<String, StoreError> {
    match effect {
        Effect::Waiting => Ok(String::new()),
        Effect::Decided(decision, planned) => decision_digest(decision, planned),
        Effect::Intended(documents) => Ok(unsealed_digest(documents)),
        Effect::Issued(documents) => Ok(issued_digest(state, at, version, documents)),
    }
}

fn decision_digest(
    decision: &StoredDecision,
    planned: &[PlannedResult],
) -> Result<String, StoreError> {
    let mut fields = Fields::default().text(&stored_json(decision)?);
    for (place, one) in (0..).zip(planned) {
        fields = fields
            .integer(place)
            .text(&one.id.0)
            .text(&one.ward_key.0)
            .text(one.ward_id.as_ref().map(|id| id.0.as_str()).unwrap_or_default())
            .text(&one.token.0)
            .text(one.content.number().as_str())
            .text(ResultKind::of(&one.content).code())
            .text(&stored_json(&one.content)?);
    }
    Ok(fields.digest())
}

/// In the order of the answers' places.
fn unsealed_digest(documents: &[(ResultId, Vec<u8>)]) -> String {
    let add = |fields: Fields, (id, bytes): &(ResultId, Vec<u8>)| fields.text(&id.0).bytes(bytes);
    documents.iter().fold(Fields::default(), add).digest()
}

/// Final state, its moment and the last version; then of each document its identifier, the digest kept with the answer and the digest
/// of its bytes, which are equal.
fn issued_digest(
    state: RequestState,
    at: Timestamp,
    version: i64,
    documents: &[(ResultId, Vec<u8>)],
) -> String {
    let start = Fields::default().text(state.code()).integer(at.as_millisecond()).integer(version);
    let add = |fields: Fields, (id, bytes): &(ResultId, Vec<u8>)| {
        let digest = hex::encode(Sha256::digest(bytes));
        fields.text(&id.0).text(&digest).text(&digest)
    };
    documents.iter().fold(start, add).digest()
}

#[cfg(test)]
mod tests {
    use domain::NumberKind;

    use super::*;
    use crate::ports::Registry;
    use crate::testing::MemoryStore;
    use crate::testing::samples::{
        batch, decision, draft, ended, iin, moment, number, planned_certificate, planned_refusal,
        registration, registry_row,
    };

    /// Journals that were written hold these digests: what goes into them, and in which order, never changes.
    #[tokio::test]
    async fn the_same_facts_give_the_digests_of_old() {
        let request = number(NumberKind::Request, 1);
        let of =
            |effect: Effect| effect_digest(&effect, RequestState::Granted, moment(2), 4).unwrap();
        let rule_version = "2026-11".to_owned();
        let decision = StoredDecision { rule_version: rule_version.clone(), ..decision() };
        let mut certificate = planned_certificate(&request, iin(1), 1);
        let mut refusal = planned_refusal(&request, iin(1), 2);
        for planned in [&mut certificate, &mut refusal] {
            match &mut planned.content {
                domain::DocumentContent::Certificate(content) => {
                    content.rule_version.clone_from(&rule_version);
                }
                domain::DocumentContent::Refusal(content) => {
                    content.rule_version.clone_from(&rule_version);
                }
            }
        }
        let documents = vec![
            (certificate.id.clone(), b"certificate".to_vec()),
            (refusal.id.clone(), b"refusal".to_vec()),
        ];
        let registry = MemoryStore::default();
        let row = registry_row(iin(1), "ward-a");
        let rows = vec![registry_row(iin(2), "ward-b"), ended(&row)];
        registry.apply_import(&batch(1, vec![row])).await.unwrap();
        registry.apply_import(&batch(2, rows)).await.unwrap();
        let imports = registry.import_digests().await.unwrap();
        let digests = [
            registration_digest(&registration(&draft(iin(1), "challenge"), 1, "key")).unwrap(),
            of(Effect::Decided(Box::new(decision), vec![certificate, refusal])),
            of(Effect::Intended(documents.clone())),
            of(Effect::Issued(documents)),
            imports[1].1.clone(),
        ];
        let old = [
            "4913d54275c993cc7ea354c0f7da0bf2522e494620dd569de26a8e5bd61640ff",
            "f168b7fda408ace1def9361b61ff248c1faa71ac9e3cae85dd93a705809c046a",
            "faaa1ef653b74e913dd8a2c78cd749b3111f6dbb8d917155c0465af5b35a241f",
            "bb20000e85fdaa6c2c4a88b4d3199253de71d7c5485269778bccc2e19494e17f",
            "af8e14006852d51ed7bea02bd3e5167ac4b1ef28628e9788fcd45acc7f70187e",
        ];
        assert_eq!(digests, old);
    }
}
