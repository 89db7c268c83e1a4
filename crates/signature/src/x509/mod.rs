//! Certificates, keys and revocation lists as Kazakhstan's authorities issue them.

mod certificate;
mod crl;
pub(crate) mod oid;
mod public_key;

pub use certificate::{Certificate, SubjectNames};
pub(crate) use crl::Change;
pub use crl::{Crl, Revocation, RevocationReason};
pub(crate) use public_key::{DigestAlgorithm, signature_digest};
pub use public_key::{KeyKind, PublicKey};

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;

use crate::verdict::Reason;

/// Whether the parameters of an algorithm are absent or NULL.
pub(crate) fn has_no_parameters(algorithm: &AlgorithmIdentifierOwned) -> bool {
    algorithm.parameters.as_ref().is_none_or(der::Any::is_null)
}

/// The outer shape that certificates and revocation lists share: something, and a signature over its exact bytes.
#[derive(Sequence)]
struct SignedShape<'a> {
    body: AnyRef<'a>,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitStringRef<'a>,
}

/// The issuer's signature over a certificate or revocation list, with the digest it is over.
#[derive(Clone)]
struct IssuerSignature {
    /// The algorithm and the digest; the reason where the algorithm cannot be judged.
    digest: Result<(DigestAlgorithm, Vec<u8>), Reason>,
    bytes: Vec<u8>,
}

impl IssuerSignature {
    /// `declared` is the algorithm as the signed body names it: it must be the one outside (RFC 5280, 4.1.1.2), except
    /// that the NCA's lists write absent parameters inside and NULL outside.
    fn read(der: &[u8], declared: &AlgorithmIdentifierOwned) -> Result<Self, Reason> {
        let shape = SignedShape::from_der(der).map_err(|_| Reason::Malformed)?;
        let both_plain = has_no_parameters(&shape.algorithm) && has_no_parameters(declared);
        let alike = both_plain || shape.algorithm.parameters == declared.parameters;
        if shape.algorithm.oid != declared.oid || !alike {
            return Err(Reason::Malformed);
        }
        let body = shape.body.to_der().map_err(|_| Reason::Malformed)?;
        let bytes = shape.signature.as_bytes().ok_or(Reason::Malformed)?.to_vec();
        let digest = signature_digest(&declared.oid, None);
        Ok(Self { digest: digest.map(|algorithm| (algorithm, algorithm.of(&body))), bytes })
    }

    fn is_by(&self, issuer: &PublicKey) -> Result<bool, Reason> {
        let (algorithm, digest) = self.digest.as_ref().map_err(|reason| *reason)?;
        issuer.verifies(*algorithm, digest, &self.bytes)
    }
}
