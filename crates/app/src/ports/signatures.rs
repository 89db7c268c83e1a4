//! The port that judges a citizen's signature.

use async_trait::async_trait;
use domain::{Bin, Iin};
use jiff::Timestamp;

use crate::Contact;

/// What was signed, which decides about the key usage asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignaturePurpose {
    /// The one-time challenge of signing in.
    SignIn,
    /// An electronic request.
    Request,
    /// The one-time challenge by which an officer signs in: with a key of his organisation's, not with his own.
    OfficerSignIn,
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSigner {
    /// IIN from the certificate's `serialNumber`.
    pub iin: Iin,
    /// Full name as the certificate has it.
    pub name: String,
    /// BIN of the organisation for which he signs, where the certificate names one.
    pub bin: Option<Bin>,
    /// SHA-256 of the certificate, hexadecimal.
    pub certificate_fingerprint: String,
    /// What the verdict rests on (certificate, chain, responder's answer or revocation list, time stamp), as JSON, kept
    /// with the request: enough to judge it again years later without a network.
    pub evidence: String,
}

/// The verdict, with three values: a fault of a service is neither a valid nor an invalid signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// Genuine.
    Valid(Box<VerifiedSigner>),
    /// Not genuine or not fit, for the reason of this stable code.
    Invalid(&'static str),
    /// Cannot be told now, for the reason of this stable code.
    CannotTell(&'static str),
}

/// Judges signatures: CMS, or XML with the signature inside. It may ask others and bounds the time they are given itself: callers wait for it.
#[async_trait]
pub trait SignatureVerifier: Send + Sync {
    /// The document a signature carries, unjudged; the error is a stable code.
    ///
    /// # Errors
    /// The code of the reason why no content can be read.
    fn content(&self, cms: &[u8]) -> Result<Vec<u8>, &'static str>;

    /// Judges a signature over exactly `expected`: a CMS with these bytes as content, or their XML form
    /// ([`crate::document_xml`]) with the signature inside.
    async fn verify(
        &self,
        cms: &[u8],
        expected: &[u8],
        purpose: SignaturePurpose,
        at: Timestamp,
    ) -> SignatureVerdict;

    /// Judges an XML document that its signer made up, signed with a key for signing in. The text of its only element
    /// `uri` must be `uri`.
    async fn verify_uri(&self, xml: &[u8], uri: &str, at: Timestamp) -> SignatureVerdict;

    /// How it stands with another judge that is asked, where there is one.
    fn other_judge(&self) -> Option<OtherJudge> {
        None
    }
}

/// A judge besides our own verification, as this process knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherJudge {
    /// What was last heard of it.
    pub contact: Contact,
    /// How often it judged otherwise than we did since this process began.
    pub disagreements: u64,
}
