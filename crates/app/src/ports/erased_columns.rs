//! What is left of erased requests as it stands in columns, before the erasure and after it: both databases read the same rows.
//!
//! Read next: `erased.rs`.

use std::collections::BTreeMap;

use domain::{ConsentDecision, ConsentKind, Number, RequestState};
use jiff::Timestamp;

use super::erased::{ErasedConsent, ErasedDocument, ErasedRequest};
use super::records::Channel;
use super::steps::ResultKind;
use super::store::StoreError;

/// A request: moments in epoch milliseconds, enums as words.
pub struct ErasedRow {
    /// Number.
    pub number: String,
    /// When it was erased, or is now.
    pub erased_at: i64,
    /// Place of the certificate.
    pub certificate: i64,
    /// How it ended.
    pub state: String,
    /// Which way it came.
    pub channel: String,
    /// When the term began.
    pub accepted_at: i64,
    /// When the term ended.
    pub due_at: i64,
    /// When it was answered.
    pub ended_at: i64,
    /// Version.
    pub version: i64,
}

/// A document of one of them.
pub struct ErasedDocumentRow {
    /// Number of the request.
    pub request: String,
    /// Number.
    pub number: String,
    /// Word of its kind.
    pub kind: String,
    /// Digest of its token.
    pub token_digest: String,
    /// Digest of its bytes.
    pub file_digest: String,
    /// Since when it is annulled.
    pub annulled_at: Option<i64>,
}

/// A consent of one of them.
pub struct ErasedConsentRow {
    /// Number of the request.
    pub request: String,
    /// Word of its kind.
    pub kind: String,
    /// Word of what was answered.
    pub decision: String,
    /// Version of the text.
    pub text_version: String,
    /// When it was withdrawn.
    pub withdrawn_at: Option<i64>,
}

/// Requests with what belongs to them, in the order of their numbers.
///
/// # Errors
/// [`StoreError::Corrupt`] for what no program of ours wrote.
pub fn read_erased(
    requests: Vec<ErasedRow>,
    documents: Vec<ErasedDocumentRow>,
    consents: Vec<ErasedConsentRow>,
) -> Result<Vec<ErasedRequest>, StoreError> {
    let mut read = BTreeMap::new();
    for row in requests {
        let key = row.number.clone();
        read.insert(key, row.read()?);
    }
    for row in documents {
        if let Some(request) = read.get_mut(&row.request) {
            request.documents.push(row.read()?);
        }
    }
    for row in consents {
        if let Some(request) = read.get_mut(&row.request) {
            request.consents.push(row.read()?);
        }
    }
    let mut read: Vec<ErasedRequest> = read.into_values().collect();
    for request in &mut read {
        request.documents.sort_by(|one, next| one.number.cmp(&next.number));
        request.consents.sort_by_key(ErasedConsent::kind_word);
    }
    Ok(read)
}

impl ErasedRow {
    fn read(self) -> Result<ErasedRequest, StoreError> {
        Ok(ErasedRequest {
            number: number(&self.number)?,
            erased_at: moment(self.erased_at)?,
            certificate: self.certificate,
            state: RequestState::parse(&self.state).ok_or(StoreError::Corrupt("requests.state"))?,
            channel: Channel::parse(&self.channel)
                .ok_or(StoreError::Corrupt("requests.channel"))?,
            accepted_at: moment(self.accepted_at)?,
            due_at: moment(self.due_at)?,
            ended_at: moment(self.ended_at)?,
            version: self.version,
            documents: Vec::new(),
            consents: Vec::new(),
        })
    }
}

impl ErasedDocumentRow {
    /// As it is told.
    ///
    /// # Errors
    /// As [`read_erased`].
    pub fn read(self) -> Result<ErasedDocument, StoreError> {
        let kinds = [ResultKind::Certificate, ResultKind::Refusal, ResultKind::Answer];
        let kind = kinds.into_iter().find(|kind| kind.code() == self.kind);
        Ok(ErasedDocument {
            number: number(&self.number)?,
            kind: kind.ok_or(StoreError::Corrupt("erased_results.kind"))?,
            token_digest: self.token_digest,
            file_digest: self.file_digest,
            annulled_at: self.annulled_at.map(moment).transpose()?,
        })
    }
}

impl ErasedConsentRow {
    fn read(self) -> Result<ErasedConsent, StoreError> {
        let (kind, decision) = match (self.kind.as_str(), self.decision.as_str()) {
            ("restricted_data", "given") => (ConsentKind::RestrictedData, ConsentDecision::Given),
            ("restricted_data", "refused") => {
                (ConsentKind::RestrictedData, ConsentDecision::Refused)
            }
            ("protected_secret", "given") => (ConsentKind::ProtectedSecret, ConsentDecision::Given),
            ("protected_secret", "refused") => {
                (ConsentKind::ProtectedSecret, ConsentDecision::Refused)
            }
            _ => return Err(StoreError::Corrupt("erased_consents")),
        };
        Ok(ErasedConsent {
            kind,
            decision,
            text_version: self.text_version,
            withdrawn_at: self.withdrawn_at.map(moment).transpose()?,
        })
    }
}

fn number(text: &str) -> Result<Number, StoreError> {
    Number::parse(text).map_err(|_| StoreError::Corrupt("the number of something erased"))
}

fn moment(at_ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(at_ms).map_err(|_| StoreError::Corrupt("a moment of an erasure"))
}
