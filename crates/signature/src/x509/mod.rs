//! Certificates, keys and revocation lists as Kazakhstan's authorities issue them.

mod certificate;
mod crl;
pub(crate) mod oid;
mod public_key;

pub use certificate::{Certificate, SubjectNames};
pub use crl::{Crl, Revocation};
pub(crate) use public_key::{DigestAlgorithm, signature_digest};
pub use public_key::{KeyKind, PublicKey};

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;

use crate::verdict::Reason;

/// The outer shape that certificates and revocation lists share: something, and a signature over its exact bytes.
#[derive(Sequence)]
struct SignedShape<'a> {
    body: AnyRef<'a>,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitStringRef<'a>,
}

/// Whether `issuer` signed a DER-encoded certificate or revocation list.
fn is_signed_by(der: &[u8], issuer: &PublicKey) -> Result<bool, Reason> {
    let shape = SignedShape::from_der(der).map_err(|_| Reason::Malformed)?;
    let body = shape.body.to_der().map_err(|_| Reason::Malformed)?;
    let digest = signature_digest(&shape.algorithm.oid, None)?;
    let signature = shape.signature.as_bytes().ok_or(Reason::Malformed)?;
    issuer.verifies(digest, &digest.of(&body), signature)
}
