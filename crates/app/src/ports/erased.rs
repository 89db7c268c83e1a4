//! What is left of an erased request: that it was, how it ended, which documents were issued, and nothing of anybody.
//!
//! Its *certificate of erasure* is a row of the journal that carries a digest of all of it and of every row of the journal that was
//! emptied with it; so what is left is vouched for like what was there before. Read next: `erasures.rs`, then
//! `../integrity/erased.rs`.

use domain::{ConsentDecision, ConsentKind, Number, RequestState};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::evidence::Fields;
use super::records::Channel;
use super::steps::ResultKind;
use crate::audit::{AuditAction, AuditEvent, AuditRow};

/// A document whose bytes are not kept any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasedDocument {
    /// Its number.
    pub number: Number,
    /// Its kind.
    pub kind: ResultKind,
    /// Hexadecimal SHA-256 of the token of its QR code.
    pub token_digest: String,
    /// Hexadecimal SHA-256 of its sealed bytes.
    pub file_digest: String,
    /// Since when it was annulled, where it was.
    pub annulled_at: Option<Timestamp>,
}

/// A consent of an erased request: the line of the register that stays, without the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasedConsent {
    /// Which.
    pub kind: ConsentKind,
    /// Given or refused.
    pub decision: ConsentDecision,
    /// Version of the text that was shown.
    pub text_version: String,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

/// What is left of an erased request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasedRequest {
    /// Its number.
    pub number: Number,
    /// When it was erased.
    pub erased_at: Timestamp,
    /// Place of its certificate in the journal.
    pub certificate: i64,
    /// How it ended.
    pub state: RequestState,
    /// Which way it came.
    pub channel: Channel,
    /// When the term began.
    pub accepted_at: Timestamp,
    /// When the term ended.
    pub due_at: Timestamp,
    /// When it was answered.
    pub ended_at: Timestamp,
    /// Transitions it went through.
    pub version: i64,
    /// Documents, in the order of their numbers: certificates, refusals, answers to reviews and complaints.
    pub documents: Vec<ErasedDocument>,
    /// Consents, in the order of the words of their kinds.
    pub consents: Vec<ErasedConsent>,
}

/// By what an erased document is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErasedKey {
    /// Its number.
    Number(Number),
    /// The digest of its token ([`erased_token`]).
    TokenDigest(String),
    /// The digest of its bytes.
    FileDigest(String),
}

/// A token as it is kept of an erased document: who has the printed code finds it, and who has the table cannot print one.
#[must_use]
pub fn erased_token(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Requests which these events name together with a person, and which may have been erased since somebody looked at them. What tells of
/// a request on its way to its answer cannot: such a request is not erased.
#[must_use]
pub fn named_with_somebody(events: &[AuditEvent]) -> Vec<String> {
    let may_be_erased = |event: &&AuditEvent| {
        event.subject.is_some()
            && !matches!(
                event.action,
                AuditAction::Registered
                    | AuditAction::DataBankAsked
                    | AuditAction::Waiting
                    | AuditAction::Decided
                    | AuditAction::Intended
                    | AuditAction::Issued
            )
    };
    let numbers = events.iter().filter(may_be_erased).filter_map(|event| event.request.as_ref());
    numbers.map(ToString::to_string).collect()
}

/// The same events; of requests that were erased, without whose data they are about: nothing would ever take that out again.
#[must_use]
pub fn without_the_erased(events: &[AuditEvent], erased: &[String]) -> Vec<AuditEvent> {
    let is_erased = |event: &AuditEvent| {
        let number = event.request.as_ref();
        number.is_some_and(|number| erased.iter().any(|one| one == number.as_str()))
    };
    let left = |event: &AuditEvent| {
        let subject = event.subject.filter(|_| !is_erased(event));
        AuditEvent { subject, ..event.clone() }
    };
    events.iter().map(left).collect()
}

/// What a certificate of erasure vouches for: everything that is left of its requests, and the rows of the journal as they are left.
/// `requests` in the order of their numbers, `rows` (all of them before the certificate) in that of their places.
#[must_use]
pub fn erasure_digest(requests: &[ErasedRequest], rows: &[AuditRow]) -> String {
    let fields = requests.iter().fold(Fields::default(), of_request);
    rows.iter().fold(fields, of_row).digest()
}

fn of_request(fields: Fields, one: &ErasedRequest) -> Fields {
    let fields = fields
        .text(one.number.as_str())
        .integer(one.erased_at.as_millisecond())
        .text(one.state.code())
        .text(one.channel.code())
        .integer(one.accepted_at.as_millisecond())
        .integer(one.due_at.as_millisecond())
        .integer(one.ended_at.as_millisecond())
        .integer(one.version);
    let fields = one.documents.iter().fold(fields, |fields, document| {
        fields
            .text(document.number.as_str())
            .text(document.kind.code())
            .text(&document.token_digest)
            .text(&document.file_digest)
            .text(&moment(document.annulled_at))
    });
    one.consents.iter().fold(fields, |fields, consent| {
        fields
            .text(consent.kind_word())
            .text(consent.decision_word())
            .text(&consent.text_version)
            .text(&moment(consent.withdrawn_at))
    })
}

/// All of a row but whose data it was about and what it proved.
fn of_row(fields: Fields, row: &AuditRow) -> Fields {
    fields
        .integer(row.sequence)
        .integer(row.at_ms)
        .text(&row.actor)
        .text(&row.action)
        .text(&row.request)
        .text(&row.detail)
        .text(&row.hash)
}

fn moment(at: Option<Timestamp>) -> String {
    at.map(|at| at.as_millisecond().to_string()).unwrap_or_default()
}

impl ErasedConsent {
    /// Word of its kind, as it is stored.
    #[must_use]
    pub fn kind_word(&self) -> &'static str {
        match self.kind {
            ConsentKind::RestrictedData => "restricted_data",
            ConsentKind::ProtectedSecret => "protected_secret",
        }
    }

    /// Word of what was answered, as it is stored.
    #[must_use]
    pub fn decision_word(&self) -> &'static str {
        match self.decision {
            ConsentDecision::Given => "given",
            ConsentDecision::Refused => "refused",
        }
    }
}
