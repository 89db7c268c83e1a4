//! The journal: an append-only chain of events, written in the same transaction as what it tells of.
//!
//! Each row's hash covers the row and the hash before it, so a change, a deletion or a reordering made behind the
//! program's back breaks the chain. Details carry codes, never personal data; `subject` names whose data it is about.
//! Read next: `action.rs`, `actor.rs`.

mod action;
mod actor;

use std::collections::BTreeSet;

use domain::{Iin, Number};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use action::AuditAction;
pub use actor::Actor;

/// Before a salt; no digest holds it.
const SALT: char = '.';

/// An event to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: AuditAction,
    /// About which request.
    pub request: Option<Number>,
    /// Whose personal data it is about.
    pub subject: Option<Iin>,
    /// A stable code or a number of a document; no personal data.
    pub detail: String,
    /// Digest of what the same transaction stores (see `evidence.rs`), or empty where it stores nothing to prove.
    pub evidence: String,
}

/// A written event, as text: what the chain hash covers.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Place in the chain, from 1, without gaps.
    pub sequence: i64,
    /// Epoch milliseconds.
    pub at_ms: i64,
    /// Word of [`Actor`].
    pub actor: String,
    /// Word of [`AuditAction`].
    pub action: String,
    /// Number of the request, or empty.
    pub request: String,
    /// IIN of the subject, or empty.
    pub subject: String,
    /// Detail.
    pub detail: String,
    /// Digest of what its transaction stored, or empty.
    pub evidence: String,
    /// A random part of the hash, where the row tells of somebody or proves something; empty in rows of before. Without it, whoever tries all
    /// IINs would find the one that fits the hash: so it is sealed with the row (adr 42), and goes when the row is emptied (adr 41).
    pub salt: String,
    /// Hexadecimal SHA-256 of this row and the hash before it.
    pub hash: String,
}

impl AuditRow {
    /// The row an event becomes behind `previous_hash` (empty for the first).
    #[must_use]
    pub fn chained(event: &AuditEvent, sequence: i64, previous_hash: &str) -> Self {
        Self::salted(event, sequence, previous_hash, String::new())
    }

    /// The same with a salt, which is kept where the row needs one.
    #[must_use]
    pub fn salted(event: &AuditEvent, sequence: i64, previous_hash: &str, salt: String) -> Self {
        let needs_salt = event.subject.is_some() || !event.evidence.is_empty();
        let mut row = Self {
            sequence,
            at_ms: event.at.as_millisecond(),
            actor: event.actor.code().to_owned(),
            action: event.action.code().to_owned(),
            request: event.request.as_ref().map(ToString::to_string).unwrap_or_default(),
            subject: event.subject.map(|iin| iin.digits()).unwrap_or_default(),
            detail: event.detail.clone(),
            evidence: event.evidence.clone(),
            salt: if needs_salt { salt } else { String::new() },
            hash: String::new(),
        };
        row.hash = chain_hash(&row, previous_hash);
        row
    }

    /// Whether it tells of a request, and neither whose data it was about nor what it proved.
    pub(crate) fn is_empty_of_anybody(&self) -> bool {
        !self.request.is_empty() && self.subject.is_empty() && self.proof().is_empty()
    }

    /// Digest and salt as they are hashed and stored, in one text.
    #[must_use]
    pub fn proof(&self) -> String {
        if self.salt.is_empty() {
            return self.evidence.clone();
        }
        format!("{}{SALT}{}", self.evidence, self.salt)
    }

    /// Digest and salt of such a text.
    #[must_use]
    pub fn parts_of_proof(proof: &str) -> (String, String) {
        let (evidence, salt) = proof.split_once(SALT).unwrap_or((proof, ""));
        (evidence.to_owned(), salt.to_owned())
    }
}

/// The hash of a row behind the hash before it. Lengths go in before texts, so no two rows read alike.
#[must_use]
pub fn chain_hash(row: &AuditRow, previous_hash: &str) -> String {
    let mut hash = Sha256::new();
    let (sequence, at_ms) = (row.sequence.to_string(), row.at_ms.to_string());
    // Rows written before there were digests have none, and keep the hash they were written with.
    let proof = row.proof();
    let proof = (!proof.is_empty()).then_some(proof.as_str());
    let parts = [
        previous_hash,
        &sequence,
        &at_ms,
        &row.actor,
        &row.action,
        &row.request,
        &row.subject,
        &row.detail,
    ];
    for part in parts.into_iter().chain(proof) {
        hash.update(part.len().to_string().as_bytes());
        hash.update(b":");
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// Where the chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    /// A row is missing or out of place.
    #[error("the journal has a gap before row {0}")]
    Gap(i64),
    /// A row or one before it was altered.
    #[error("the journal was altered at row {0}")]
    Altered(i64),
}

/// Verifies rows in order behind a known hash; returns the last hash.
///
/// # Errors
/// The first [`AuditFault`].
pub fn verify_chain(
    rows: &[AuditRow],
    first_sequence: i64,
    previous_hash: &str,
) -> Result<String, AuditFault> {
    verify_chain_with(rows, first_sequence, previous_hash, &BTreeSet::new()).map(|(hash, _)| hash)
}

/// The same where some rows were emptied with the requests they tell of: what they said cannot be hashed again, so the hash of such a
/// row is taken as it stands. The next row's hash covers it, and the certificate of the erasure covers the rest of the row
/// (`integrity/erased.rs`). A row among them that still fits its hash was not emptied. Returns the emptied ones too.
///
/// # Errors
/// The first [`AuditFault`].
pub fn verify_chain_with(
    rows: &[AuditRow],
    first_sequence: i64,
    previous_hash: &str,
    may_be_emptied: &BTreeSet<i64>,
) -> Result<(String, Vec<i64>), AuditFault> {
    let (mut hash, mut emptied) = (previous_hash.to_owned(), Vec::new());
    for (expected, row) in (first_sequence..).zip(rows) {
        if row.sequence != expected {
            return Err(AuditFault::Gap(row.sequence));
        }
        if chain_hash(row, &hash) != row.hash {
            if !row.is_empty_of_anybody() || !may_be_emptied.contains(&row.sequence) {
                return Err(AuditFault::Altered(row.sequence));
            }
            emptied.push(row.sequence);
        }
        hash.clone_from(&row.hash);
    }
    Ok((hash, emptied))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::{event, iin, number};
    use domain::NumberKind;

    fn row(proof: &str) -> AuditRow {
        let (evidence, salt) = AuditRow::parts_of_proof(proof);
        AuditRow {
            sequence: 1,
            at_ms: 1_795_410_000_000,
            actor: "applicant".to_owned(),
            action: "checked".to_owned(),
            request: "S-2222-2222-2".to_owned(),
            subject: "000229500008".to_owned(),
            detail: "qr".to_owned(),
            evidence,
            salt,
            hash: String::new(),
        }
    }

    /// Journals that were written hold these hashes.
    #[test]
    fn rows_of_before_digests_and_of_before_salts_keep_their_hashes() {
        for (proof, hash) in [
            ("", "adbcf7c54c61e3d1db9776a79b86187281e87e341c82d66d85e773f68ae1da76"),
            ("ab", "e71a8778029a3838311cc2e0fa5bb4608db2e89fd71b97b5dfd5defdd2e6ded5"),
            (".00ff", "74a9627e5a3f23e2c8e2348ddf3a758c3955f78ae08b6a6d783e377b45e67382"),
            ("ab.00ff", "fcb6278046f9ce10021961426a86c6ec5af1587aa77fbe85137414c5ad95ac36"),
        ] {
            assert_eq!(chain_hash(&row(proof), ""), hash, "{proof}");
            assert_eq!(row(proof).proof(), proof);
        }
    }

    #[test]
    fn a_row_has_a_salt_where_it_tells_of_somebody_or_proves_something() {
        let (request, person) = (number(NumberKind::Request, 1), iin(1));
        for (request, person, evidence, salt) in [
            (Some(&request), Some(person), "", "00ff"),
            (None, Some(person), "", "00ff"),
            (Some(&request), None, "ab", "00ff"),
            (Some(&request), None, "", ""),
        ] {
            let mut event = event(AuditAction::Checked, request.cloned(), person);
            event.evidence = evidence.to_owned();
            let row = AuditRow::salted(&event, 1, "", "00ff".to_owned());
            assert_eq!(row.salt, salt);
            assert_eq!(chain_hash(&row, ""), row.hash);
        }
    }
}
