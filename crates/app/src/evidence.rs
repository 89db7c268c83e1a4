//! Digests of what a transaction stores: they go into its journal row, so that a change of any stored field behind
//! the program's back shows when the fields are read again.
//!
//! Which fields go in, and in which order, stands here alone: what is about to be stored and what a store reads back are
//! both put into the same columns. JSON goes in as the very text that is stored. Read next: `ports/evidence.rs`, then
//! `integrity/mod.rs` for the comparison.

use domain::{ConsentRecord, Number, RequestState};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::ports::{
    Effect, Fields, PlannedResult, Registration, ResultId, ResultKind, StoreError, StoredDecision,
    StoredEvidence, withdrawal_digest,
};

/// Everything stored of a request that its journal rows vouch for, as it stands in the columns.
pub struct RequestColumns<'a> {
    /// What was asked and signed.
    pub registration: RegistrationColumns<'a>,
    /// In the order of their places.
    pub consents: Vec<ConsentColumns<'a>>,
    /// The decision as JSON; `None` before.
    pub decision: Option<&'a str>,
    /// In the order of their places.
    pub answers: Vec<AnswerColumns<'a>>,
    /// Word of the state.
    pub state: &'a str,
    /// Grows with each transition.
    pub version: i64,
    /// When it ended (epoch milliseconds).
    pub ended_at: Option<i64>,
    /// Word of the step.
    pub step: &'a str,
    /// As in [`StoredEvidence::notices`].
    pub notices: Vec<(String, i64)>,
    /// As in [`StoredEvidence::alarmed_percent`].
    pub alarmed_percent: Option<i32>,
    /// Moment (epoch milliseconds) and channel of the consent's withdrawal.
    pub withdrawal: Option<(i64, &'a str)>,
    /// As in [`StoredEvidence::case`].
    pub case: Vec<(String, String)>,
    /// As in [`StoredEvidence::recourses`].
    pub recourses: Vec<String>,
}

/// A registration; what has no row is empty.
pub struct RegistrationColumns<'a> {
    /// Number of the request.
    pub number: &'a str,
    /// IIN of the applicant.
    pub applicant: &'a str,
    /// His name.
    pub applicant_name: &'a str,
    /// The request as JSON.
    pub request: &'a str,
    /// Epoch milliseconds.
    pub accepted_at: i64,
    /// Epoch milliseconds.
    pub due_at: i64,
    /// Word of the channel.
    pub channel: &'a str,
    /// The bytes that were signed.
    pub document: &'a [u8],
    /// The signature.
    pub cms: &'a [u8],
    /// What the verdict on it rests on, as JSON.
    pub signature_evidence: &'a str,
    /// The client's key.
    pub idempotency_key: &'a str,
    /// Digest of what was submitted under it.
    pub body_digest: &'a str,
}

/// A consent, its enums as words.
pub struct ConsentColumns<'a> {
    /// Place among the request's consents, from 0.
    pub place: i64,
    /// Which.
    pub kind: &'a str,
    /// Given or refused.
    pub decision: &'a str,
    /// Version of the text.
    pub text_version: &'a str,
    /// Language shown.
    pub language: &'a str,
    /// The text shown.
    pub text: &'a str,
    /// Its items as JSON, or empty.
    pub items: &'a str,
    /// Its confirmation as JSON, or empty.
    pub confirmation: &'a str,
}

/// A consent as stores write it: enums as words, and what is JSON as the very text that is hashed.
#[derive(Clone, Serialize)]
pub struct StoredConsent {
    /// Which.
    pub kind: String,
    /// Given or refused.
    pub decision: String,
    /// Version of the text.
    pub text_version: String,
    /// Language shown.
    pub language: String,
    /// The text shown.
    pub text: String,
    /// Its items as JSON, or empty.
    pub items: String,
    /// Its confirmation as JSON, or empty.
    pub confirmation: String,
}

/// An answer with its documents.
pub struct AnswerColumns<'a> {
    /// Identifier.
    pub id: &'a str,
    /// Place among the request's answers, from 0.
    pub place: i64,
    /// What it answers.
    pub ward_key: &'a str,
    /// The ward's key in the data bank.
    pub ward_id: Option<&'a str>,
    /// Token of its QR code.
    pub token: &'a str,
    /// Its number.
    pub number: &'a str,
    /// Word of its kind.
    pub kind: &'a str,
    /// Its facts as JSON.
    pub content: &'a str,
    /// Digest of the sealed bytes, kept with the answer.
    pub digest: Option<&'a str>,
    /// Bytes before they are sealed.
    pub unsealed: Option<&'a [u8]>,
    /// Sealed bytes.
    pub sealed: Option<&'a [u8]>,
}

impl RequestColumns<'_> {
    /// Their digests.
    #[must_use]
    pub fn evidence(self, number: &Number) -> StoredEvidence {
        StoredEvidence {
            number: number.clone(),
            registration: self.registration.digest(&self.consents),
            decision: self.decision.map(|json| decided(json, &self.answers)),
            unsealed: self.unsealed(),
            issued: self.issued(),
            step: self.step.to_owned(),
            notices: self.notices,
            alarmed_percent: self.alarmed_percent,
            withdrawal: self
                .withdrawal
                .map(|(at, channel)| withdrawal_digest(number.as_str(), at, channel)),
            case: self.case,
            recourses: self.recourses,
        }
    }

    fn unsealed(&self) -> Option<String> {
        let unsealed = |one: &AnswerColumns<'_>| one.unsealed.is_some();
        let documents = self.answers.iter().filter_map(|one| Some((one.id, one.unsealed?)));
        self.answers.iter().any(unsealed).then(|| intended(documents))
    }

    /// A digest or sealed bytes before the end are none of ours: then there is something the journal does not tell of.
    fn issued(&self) -> Option<String> {
        let is_issued = |one: &AnswerColumns<'_>| one.digest.is_some() || one.sealed.is_some();
        let any = self.ended_at.is_some() || self.answers.iter().any(is_issued);
        let documents = self.answers.iter().map(|one| {
            let of_bytes = one.sealed.map(digest_of).unwrap_or_default();
            (one.id, one.digest.unwrap_or_default().to_owned(), of_bytes)
        });
        let ended_at = self.ended_at.unwrap_or_default();
        any.then(|| issued(self.state, ended_at, self.version, documents))
    }
}

impl RegistrationColumns<'_> {
    fn digest(&self, consents: &[ConsentColumns<'_>]) -> String {
        let start = Fields::default()
            .text(self.number)
            .text(self.applicant)
            .text(self.applicant_name)
            .text(self.request)
            .integer(self.accepted_at)
            .integer(self.due_at)
            .text(self.channel)
            .bytes(self.document)
            .bytes(self.cms)
            .text(self.signature_evidence)
            .text(self.idempotency_key)
            .text(self.body_digest);
        let add = |fields: Fields, consent: &ConsentColumns<'_>| {
            let fields = fields
                .integer(consent.place)
                .text(consent.kind)
                .text(consent.decision)
                .text(consent.text_version)
                .text(consent.language)
                .text(consent.text);
            // Consents from before there were items keep the digest they were written with.
            if consent.items.is_empty() && consent.confirmation.is_empty() {
                return fields;
            }
            fields.text(consent.items).text(consent.confirmation)
        };
        consents.iter().fold(start, add).digest()
    }
}

fn decided(decision: &str, answers: &[AnswerColumns<'_>]) -> String {
    let add = |fields: Fields, one: &AnswerColumns<'_>| {
        fields
            .integer(one.place)
            .text(one.id)
            .text(one.ward_key)
            .text(one.ward_id.unwrap_or_default())
            .text(one.token)
            .text(one.number)
            .text(one.kind)
            .text(one.content)
    };
    answers.iter().fold(Fields::default().text(decision), add).digest()
}

/// Identifiers and bytes, in the order of the answers' places.
fn intended<'a>(documents: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    documents.fold(Fields::default(), |fields, (id, bytes)| fields.text(id).bytes(bytes)).digest()
}

/// Final state, its moment and the last version; then of each document its identifier, the digest kept with the answer
/// and the digest of its bytes, which are equal.
fn issued<'a>(
    state: &str,
    ended_at: i64,
    version: i64,
    documents: impl Iterator<Item = (&'a str, String, String)>,
) -> String {
    let start = Fields::default().text(state).integer(ended_at).integer(version);
    documents
        .fold(start, |fields, (id, kept, of_bytes)| fields.text(id).text(&kept).text(&of_bytes))
        .digest()
}

fn digest_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// JSON as it is stored.
///
/// # Errors
/// [`StoreError::Unavailable`] for a value that cannot be written as JSON: a fault of the program.
pub fn stored_json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unavailable(Box::new(error)))
}

/// A plain enum as it is stored.
fn stored_word(value: impl Serialize) -> Result<String, StoreError> {
    let value = serde_json::to_value(value);
    let value = value.map_err(|error| StoreError::Unavailable(Box::new(error)))?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// Consents as a store writes them, in their order.
///
/// # Errors
/// As [`stored_json`].
pub fn stored_consents(consents: &[ConsentRecord]) -> Result<Vec<StoredConsent>, StoreError> {
    let stored = |consent: &ConsentRecord| {
        let items = consent.items.as_ref().map(stored_json).transpose()?;
        let confirmation = consent.confirmation.as_ref().map(stored_json).transpose()?;
        Ok(StoredConsent {
            kind: stored_word(consent.kind)?,
            decision: stored_word(consent.decision)?,
            text_version: consent.text_version.clone(),
            language: stored_word(consent.language)?,
            text: consent.text.clone(),
            items: items.unwrap_or_default(),
            confirmation: confirmation.unwrap_or_default(),
        })
    };
    consents.iter().map(stored).collect()
}

/// Registration: what was asked, signed and consented to, and the key it was submitted under.
///
/// # Errors
/// As [`stored_json`].
pub fn registration_digest(registration: &Registration) -> Result<String, StoreError> {
    let stored = stored_consents(&registration.consents)?;
    let consents: Vec<ConsentColumns<'_>> = (0..)
        .zip(&stored)
        .map(|(place, consent)| ConsentColumns {
            place,
            kind: &consent.kind,
            decision: &consent.decision,
            text_version: &consent.text_version,
            language: &consent.language,
            text: &consent.text,
            items: &consent.items,
            confirmation: &consent.confirmation,
        })
        .collect();
    let columns = RegistrationColumns {
        number: registration.number.as_str(),
        applicant: &registration.request.applicant.digits(),
        applicant_name: &registration.applicant_name,
        request: &stored_json(&registration.request)?,
        accepted_at: registration.clock.accepted_at.as_millisecond(),
        due_at: registration.clock.due_at.as_millisecond(),
        channel: registration.channel.code(),
        document: &registration.document,
        cms: &registration.cms,
        signature_evidence: &registration.signature_evidence,
        idempotency_key: &registration.key.0,
        body_digest: &registration.body_digest,
    };
    Ok(columns.digest(&consents))
}

/// The digest the journal row of an effect carries that takes the request to a version; empty where the effect stores
/// nothing to prove.
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
        Effect::Intended(documents) => Ok(intended(parts(documents))),
        Effect::Issued(documents) => {
            let documents = parts(documents).map(|(id, bytes)| {
                let digest = digest_of(bytes);
                (id, digest.clone(), digest)
            });
            Ok(issued(state.code(), at.as_millisecond(), version, documents))
        }
    }
}

fn parts(documents: &[(ResultId, Vec<u8>)]) -> impl Iterator<Item = (&str, &[u8])> {
    documents.iter().map(|(id, bytes)| (id.0.as_str(), bytes.as_slice()))
}

fn decision_digest(
    decision: &StoredDecision,
    planned: &[PlannedResult],
) -> Result<String, StoreError> {
    let contents = planned.iter().map(|one| stored_json(&one.content));
    let contents = contents.collect::<Result<Vec<_>, StoreError>>()?;
    let answers: Vec<AnswerColumns<'_>> = (0..)
        .zip(planned)
        .zip(&contents)
        .map(|((place, one), content)| AnswerColumns {
            id: &one.id.0,
            place,
            ward_key: &one.ward_key.0,
            ward_id: one.ward_id.as_ref().map(|id| id.0.as_str()),
            token: &one.token.0,
            number: one.content.number().as_str(),
            kind: ResultKind::of(&one.content).code(),
            content,
            digest: None,
            unsealed: None,
            sealed: None,
        })
        .collect();
    Ok(decided(&stored_json(decision)?, &answers))
}

#[cfg(test)]
mod tests {
    use domain::NumberKind;

    use super::*;
    use crate::import::{ImportBatch, ImportOrigin};
    use crate::import_people::KnownPeople;
    use crate::import_plan::ImportPlan;
    use crate::testing::samples::{
        batch, decision, draft, ended, iin, moment, number, planned_certificate, planned_refusal,
        registration, registry_row,
    };

    /// Journals that were written hold these digests: what goes into them, and in which order, never changes.
    #[test]
    fn the_same_facts_give_the_digests_of_old() {
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
                domain::DocumentContent::Answer(_) => {}
            }
        }
        let documents = vec![
            (certificate.id.clone(), b"certificate".to_vec()),
            (refusal.id.clone(), b"refusal".to_vec()),
        ];
        let row = registry_row(iin(1), "ward-a");
        let rows = vec![registry_row(iin(2), "ward-b"), ended(&row)];
        // Of the days when a command could correct without a reason.
        let import = ImportBatch { origin: ImportOrigin::default(), ..batch(2, rows) };
        let present = (row.record_key(), (1, stored_json(&row).unwrap()));
        let mut plan = ImportPlan::of(&import);
        let keys = plan.next_keys().unwrap();
        plan.compare(keys, &[present].into()).unwrap();
        plan.settle(&KnownPeople::default()).unwrap();
        let digests = [
            registration_digest(&registration(&draft(iin(1), "challenge"), 1, "key")).unwrap(),
            of(Effect::Decided(Box::new(decision), vec![certificate, refusal])),
            of(Effect::Intended(documents.clone())),
            of(Effect::Issued(documents)),
            plan.digest().unwrap(),
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
