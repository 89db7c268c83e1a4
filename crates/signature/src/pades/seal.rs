//! Sealing: the appended revision, its digest, the CMS, and the CMS into the hole.
//!
//! The key stays with the caller, who signs the bytes handed to him: it may live in a device. With RSA the same input
//! gives the same file every time. Read next: `increment.rs`, `signed_data.rs`.

use der::Encode;
use sha2::{Digest, Sha256};

use super::file::FileFault;
use super::increment::{self, SealNotes};
use super::signed_data::{SealAlgorithm, SealCertificates};
use super::syntax::Span;

/// Why a PDF could not be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// Not a PDF of the kind that can be worked with.
    #[error(transparent)]
    File(#[from] FileFault),
    /// Changed after it was written, perhaps sealed already.
    #[error("the file has more than one revision")]
    ManyRevisions,
    /// Has form fields, perhaps a signature.
    #[error("the file already has a form")]
    HasForm,
    /// The annotations of the first page stand in an object of their own.
    #[error("the annotations of the first page are not in the page itself")]
    IndirectAnnotations,
    /// The signature has another length than the certificate's key makes.
    #[error("the signature does not fit the certificate's key")]
    SignatureLength,
    /// The CMS could not be encoded.
    #[error("the signature cannot be encoded")]
    Encoding,
}

/// Sealing failed: in our hands, or in those of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError<E> {
    /// The file or the certificates do not fit.
    #[error(transparent)]
    Unsuitable(#[from] SealFault),
    /// The key refused or is not there.
    #[error("the key did not sign")]
    Key(E),
}

/// What the key does: signs bytes or says why not.
pub type Signing<'a, E> = dyn Fn(&[u8]) -> Result<Vec<u8>, E> + 'a;

/// Appends a seal to a PDF that has none: PAdES baseline B-B, invisible, over the whole file.
///
/// `sign` gets the DER of the signed attributes and answers RSA PKCS #1 v1.5 with SHA-256 over it, or ECDSA with
/// SHA-256 in DER, as the certificate's key is.
///
/// # Errors
/// [`SealError`]; nothing of the file is in it.
pub fn seal<E>(
    unsealed: &[u8],
    notes: &SealNotes,
    certificates: &SealCertificates,
    sign: &Signing<'_, E>,
) -> Result<Vec<u8>, SealError<E>> {
    let length = certificates.algorithm.signature_length();
    let room = encoded(certificates.content_info(&[0; 32], &vec![0; length]))?.len();
    let mut prepared = increment::prepare(unsealed, notes, room)?;
    let digest = digest_around(&prepared.bytes, prepared.hole);
    let attributes = certificates.signed_attributes(&digest).and_then(|set| set.to_der());
    let signature = sign(&encoded(attributes)?).map_err(SealError::Key)?;
    let cms = encoded(certificates.content_info(&digest, &signature))?;
    // An ECDSA signature may be shorter than the room; the rest of the hole then stays zeros.
    if cms.len() > room || (cms.len() < room && certificates.algorithm != SealAlgorithm::P256) {
        return Err(SealFault::SignatureLength.into());
    }
    let digits = increment::hexadecimal(&cms);
    let inside = prepared.bytes.iter_mut().skip(prepared.hole.start + 1);
    inside.zip(digits.bytes()).for_each(|(target, digit)| *target = digit);
    Ok(prepared.bytes)
}

fn encoded(result: der::Result<Vec<u8>>) -> Result<Vec<u8>, SealFault> {
    result.map_err(|_| SealFault::Encoding)
}

/// SHA-256 of everything but the hole.
pub(super) fn digest_around(bytes: &[u8], hole: Span) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(bytes.get(..hole.start).unwrap_or_default());
    hash.update(bytes.get(hole.end..).unwrap_or_default());
    hash.finalize().into()
}
