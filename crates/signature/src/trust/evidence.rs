//! What a judgement about a certificate rests on: enough to repeat it years later without a network.

use crate::moment::Moment;

/// Authorities and revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainEvidence {
    /// SHA-256 of each authority's certificate, the direct issuer first.
    pub authorities: Vec<[u8; 32]>,
    /// The certificates themselves, DER, in the same order.
    pub chain: Vec<Vec<u8>>,
    /// What told that the certificate is not revoked.
    pub revocation: RevocationEvidence,
}

/// What told that a certificate is not revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationEvidence {
    /// A responder's answer.
    Ocsp(OcspEvidence),
    /// A revocation list.
    List(ListEvidence),
}

/// A responder's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspEvidence {
    /// DER.
    pub response: Vec<u8>,
    /// Since when it was known to be so.
    pub this_update: Moment,
    /// When it was signed.
    pub produced_at: Moment,
}

/// A revocation list; its bytes may be many megabytes, so it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListEvidence {
    /// When it was made.
    pub made_at: Moment,
    /// Its number, big-endian bytes.
    pub number: Option<Vec<u8>>,
    /// The list of changes on top of it.
    pub delta: Option<Delta>,
}

/// A list of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// When it was made.
    pub made_at: Moment,
    /// Its number, big-endian bytes.
    pub number: Option<Vec<u8>>,
}

impl RevocationEvidence {
    /// The list, where it was one.
    #[must_use]
    pub fn list(&self) -> Option<&ListEvidence> {
        match self {
            Self::List(list) => Some(list),
            Self::Ocsp(_) => None,
        }
    }

    /// The responder's answer, where it was one.
    #[must_use]
    pub fn ocsp(&self) -> Option<&OcspEvidence> {
        match self {
            Self::Ocsp(answer) => Some(answer),
            Self::List(_) => None,
        }
    }
}
