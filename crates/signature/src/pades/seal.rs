//! Sealing: the appended revision, its digest, the CMS, and the CMS into the hole; with a time stamp, in two steps.
//!
//! The key stays with the caller, who signs the bytes handed to him: it may live in a device. So does the way to an
//! authority: a digest is handed out, a token comes back. With RSA and without a stamp the same input gives the same
//! file every time. Read next: `increment.rs`, `signed_data.rs`; `kept.rs` and `document_stamp.rs` for what may follow.

use der::Encode;
use sha2::{Digest, Sha256};

use super::file::FileFault;
use super::increment::{self, SealNotes};
use super::revision::Prepared;
use super::signed_data::{SealAlgorithm, SealCertificates};

/// Room for what wraps a token inside the CMS: the attribute, and lengths that grow.
const STAMP_FRAME: usize = 64;

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
    /// The document is tagged in another way than our writer does it.
    #[error("the structure of the tagged document cannot be added to")]
    Tags,
    /// The signature has another length than the certificate's key makes.
    #[error("the signature does not fit the certificate's key")]
    SignatureLength,
    /// The CMS could not be encoded.
    #[error("the signature cannot be encoded")]
    Encoding,
    /// The token has no room in the place that was left for it.
    #[error("the time stamp is larger than the room left for it")]
    StampTooLarge,
    /// The file has no seal, or more than one can be added to.
    #[error("the file is not as a sealed file is")]
    NotSealed,
    /// There is nothing to keep.
    #[error("there is neither a certificate nor a list to keep")]
    NothingKept,
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
    let signed = sign_file(unsealed, notes, certificates, 0, sign)?;
    let cms = encoded(certificates.content_info(&signed.digest, &signed.signature, None))?;
    Ok(fill(&signed.prepared, &cms)?)
}

/// The same, for baseline B-T: the signature is made, and its time stamp of at most `stamp_room` bytes is waited for.
///
/// # Errors
/// [`SealError`]; nothing of the file is in it.
pub fn seal_for_stamp<E>(
    unsealed: &[u8],
    notes: &SealNotes,
    certificates: &SealCertificates,
    stamp_room: usize,
    sign: &Signing<'_, E>,
) -> Result<Unstamped, SealError<E>> {
    let room = stamp_room.saturating_add(STAMP_FRAME);
    let Signed { prepared, digest, signature } =
        sign_file(unsealed, notes, certificates, room, sign)?;
    let certificates = Box::new(certificates.clone());
    Ok(Unstamped { prepared, waiting: Waiting::Seal { certificates, digest, signature } })
}

/// A file that is complete but for a time stamp.
#[derive(Clone)]
pub struct Unstamped {
    prepared: Prepared,
    waiting: Waiting,
}

/// What is to be stamped.
#[derive(Clone)]
enum Waiting {
    /// The signature of a seal.
    Seal { certificates: Box<SealCertificates>, digest: [u8; 32], signature: Vec<u8> },
    /// The whole file.
    Document,
}

impl Unstamped {
    /// A file with a hole for the stamp over all of it.
    pub(super) fn document(prepared: Prepared) -> Self {
        Self { prepared, waiting: Waiting::Document }
    }

    /// SHA-256 of what is to be stamped.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        match &self.waiting {
            Waiting::Seal { signature, .. } => Sha256::digest(signature).into(),
            Waiting::Document => self.prepared.digest(),
        }
    }

    /// The file with a token in its place. Whether the token is good is not looked at here.
    ///
    /// # Errors
    /// [`SealFault::StampTooLarge`]; [`SealFault::Encoding`] where it is no DER.
    pub fn stamped(&self, token: &[u8]) -> Result<Vec<u8>, SealFault> {
        let contents = match &self.waiting {
            Waiting::Seal { certificates, digest, signature } => {
                encoded(certificates.content_info(digest, signature, Some(token)))?
            }
            Waiting::Document => token.to_vec(),
        };
        fill(&self.prepared, &contents)
    }
}

/// A file with a hole, and the signature that is to come into it.
struct Signed {
    prepared: Prepared,
    digest: [u8; 32],
    signature: Vec<u8>,
}

fn sign_file<E>(
    unsealed: &[u8],
    notes: &SealNotes,
    certificates: &SealCertificates,
    more_room: usize,
    sign: &Signing<'_, E>,
) -> Result<Signed, SealError<E>> {
    let length = certificates.algorithm.signature_length();
    let alone = encoded(certificates.content_info(&[0; 32], &vec![0; length], None))?.len();
    let prepared = increment::prepare(unsealed, notes, alone.saturating_add(more_room))?;
    let digest = prepared.digest();
    let attributes = certificates.signed_attributes(&digest).and_then(|set| set.to_der());
    let signature = sign(&encoded(attributes)?).map_err(SealError::Key)?;
    // An ECDSA signature may be shorter than the room; the rest of the hole then stays zeros.
    let fits = match certificates.algorithm {
        SealAlgorithm::Rsa(_) => signature.len() == length,
        SealAlgorithm::P256 => signature.len() <= length,
    };
    if !fits {
        return Err(SealFault::SignatureLength.into());
    }
    Ok(Signed { prepared, digest, signature })
}

fn fill(prepared: &Prepared, contents: &[u8]) -> Result<Vec<u8>, SealFault> {
    if contents.len() > prepared.room() {
        return Err(SealFault::StampTooLarge);
    }
    Ok(prepared.filled(contents))
}

fn encoded(result: der::Result<Vec<u8>>) -> Result<Vec<u8>, SealFault> {
    result.map_err(|_| SealFault::Encoding)
}
