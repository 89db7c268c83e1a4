//! The request for a time stamp.

use std::fmt;
use std::str::FromStr;

use const_oid::ObjectIdentifier;
use der::Encode;
use der::asn1::{Int, Uint};

use super::syntax::{Imprint, TimeStampRequest, VERSION_1};

/// Under which policy an authority stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyId(pub(crate) ObjectIdentifier);

/// A text that is no object identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a policy is an object identifier, as 1.2.398.3.3.2.6.4")]
pub struct NotAPolicy;

impl FromStr for PolicyId {
    type Err = NotAPolicy;

    fn from_str(text: &str) -> Result<Self, NotAPolicy> {
        ObjectIdentifier::new(text).map(Self).map_err(|_| NotAPolicy)
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A request to stamp a SHA-256 digest, with the authority's certificate wanted in the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is to be stamped.
    pub digest: [u8; 32],
    /// Random, and returned in the token: so an old token cannot stand for a new one.
    pub nonce: u64,
    /// Policy demanded; the authority's own choice without.
    pub policy: Option<PolicyId>,
}

impl Request {
    /// DER, for `application/timestamp-query`.
    ///
    /// # Errors
    /// None that values of these types could cause; the encoder wants it said.
    pub fn to_der(&self) -> der::Result<Vec<u8>> {
        let request = TimeStampRequest {
            version: VERSION_1,
            imprint: Imprint::of(&self.digest)?,
            policy: self.policy.map(|policy| policy.0),
            nonce: Some(nonce(self.nonce)?),
            wants_certificate: true,
            extensions: None,
        };
        request.to_der()
    }

    /// Reads a request as [`Self::to_der`] and `openssl ts -query -cert` make them.
    ///
    /// # Errors
    /// What an authority answers to any other.
    #[cfg(any(test, feature = "signing"))]
    pub fn from_der(der: &[u8]) -> Result<Self, super::Failure> {
        use super::Failure;
        let request: TimeStampRequest =
            der::Decode::from_der(der).map_err(|_| Failure::BadDataFormat)?;
        if request.extensions.is_some() {
            return Err(Failure::UnacceptedExtension);
        }
        if request.version != VERSION_1 || !request.wants_certificate {
            return Err(Failure::BadRequest);
        }
        let wanted = request.nonce.ok_or(Failure::BadRequest)?;
        let wanted = wanted.to_der().map_err(|_| Failure::BadRequest)?;
        Ok(Self {
            digest: request.imprint.sha256().ok_or(Failure::BadAlg)?,
            nonce: <u64 as der::Decode>::from_der(&wanted).map_err(|_| Failure::BadRequest)?,
            policy: request.policy.map(PolicyId),
        })
    }
}

/// A nonce as it is written.
pub(crate) fn nonce(value: u64) -> der::Result<Int> {
    Uint::new(&value.to_be_bytes()).map(Int::from)
}
