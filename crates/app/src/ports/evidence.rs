//! What is stored of one request, field by field as it stands in the columns, so that digests of it can be compared
//! with those in the journal; and the roots by which the journal itself is vouched for.
//!
//! Values only. Read next: `../evidence.rs` for the digests.

use domain::{Number, NumberClass};
use sha2::{Digest, Sha256};

/// Fields of stored rows one after another. Lengths go in before bytes, so no two sequences read alike.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    hash: Sha256,
}

impl Fields {
    /// Adds a text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Adds a whole number.
    #[must_use]
    pub fn integer(self, value: i64) -> Self {
        self.text(&value.to_string())
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.hash.update(bytes.len().to_string().as_bytes());
        self.hash.update(b":");
        self.hash.update(bytes);
        self
    }

    /// Hexadecimal SHA-256 of all fields.
    #[must_use]
    pub fn digest(self) -> String {
        hex::encode(self.hash.finalize())
    }
}

/// What the store holds of one request now, as digests of the columns' own texts. `../evidence.rs` says which
/// fields go into each, in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvidence {
    /// The request.
    pub number: Number,
    /// What was asked and signed, with the consents and the idempotency key.
    pub registration: String,
    /// The decision and the answers planned; `None` before.
    pub decision: Option<String>,
    /// The unsealed documents; `None` where there are none.
    pub unsealed: Option<String>,
    /// The final state and the sealed documents; `None` before.
    pub issued: Option<String>,
    /// Word of the step.
    pub step: String,
    /// Words of the notices with their moments (epoch milliseconds), in the order of the words. Those addressed to
    /// another person than the request's are left out.
    pub notices: Vec<(String, i64)>,
    /// The percent of the term the last alarm was raised at; `None` where there is no job any more.
    pub alarmed_percent: Option<i32>,
    /// The withdrawal of the consent; `None` where there is none.
    pub withdrawal: Option<String>,
    /// Annulments and notes, as [`super::case_digests`] gives them.
    pub case: Vec<(String, String)>,
    /// Reviews and complaints about it: a digest of each step, in the order of the digests.
    pub recourses: Vec<String>,
}

/// The last row of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalHead {
    /// Its place; 0 in an empty journal.
    pub sequence: i64,
    /// Its hash; empty in an empty journal.
    pub hash: String,
}

/// A class that numbers are drawn from since a restoration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedNumberClass {
    /// Its place among those used, from 1: a store begins with the first class.
    pub place: i64,
    /// The class.
    pub class: NumberClass,
    /// Since when (epoch milliseconds); 0 for the class a store begins with.
    pub since_ms: i64,
}

/// The journal's last row when the end of a day was first noticed, stamped by a time-stamping authority: what the authority has seen cannot be
/// written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRoot {
    /// The day in Kazakhstan, `YYYY-MM-DD`.
    pub day: String,
    /// The last row then: of that day, of one before it, or where nobody was there at midnight of the next.
    pub head: JournalHead,
    /// RFC 3161 token over SHA-256 of the root's text; `None` while the authority has not answered.
    pub stamp: Option<Vec<u8>>,
}

impl JournalRoot {
    /// What is stamped.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let JournalHead { sequence, hash } = &self.head;
        Sha256::digest(format!("anyqtama journal {} {sequence} {hash}", self.day)).into()
    }
}
