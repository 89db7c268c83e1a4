//! The facts signature: a detached CMS by a GOST key over the facts of a document, which goes into it before its seal.
//!
//! The key is one of the operator's, in the device; what a demo and tests have instead comes through [`FactsKey`]. This
//! crate has no GOST key of its own making. Read next: `pkcs11/`, `keys.rs`; `signature::cms` makes the CMS.

use std::path::Path;
use std::sync::Arc;

use app::{Clock, FactsSigner, SealError, SealTerm};
use async_trait::async_trait;
use jiff::Timestamp;
use signature::cms::{
    DetachedError, DetachedSignature, DetachedSigner, read_detached, sign_detached,
};
use signature::x509::Certificate;
use signature::{Moment, Reason};

use super::folder::SealerSetupError;
use super::key::{KeyFault, PROOF};
use super::keys::patiently;
use super::pkcs11::Token;
use super::term::Term;

/// Name of the key: on the token, in alarms and in readiness.
pub(super) const FACTS: &str = "facts";

/// A GOST key that is not on the token. It may block.
pub trait FactsKey: Send + Sync {
    /// The signature over the Streebog-512 digest of these bytes.
    ///
    /// # Errors
    /// [`KeyFault`].
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyFault>;
}

/// Where the key lives.
enum Place {
    Token(Arc<Token>),
    Given(Arc<dyn FactsKey>),
}

impl Place {
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyFault> {
        match self {
            Self::Token(token) => Ok(token.sign(FACTS, bytes)?),
            Self::Given(key) => key.sign(bytes),
        }
    }
}

/// Signs facts with one key of the operator's.
#[derive(Clone)]
pub struct GostFactsSigner(Arc<Parts>);

struct Parts {
    clock: Arc<dyn Clock>,
    signer: DetachedSigner,
    term: Term,
    place: Place,
}

impl GostFactsSigner {
    /// With a key that is not on the token, which must belong to the first certificate of a PEM file.
    ///
    /// # Errors
    /// [`SealerSetupError::Key`].
    pub fn with_key(
        certificate: &Path,
        key: Arc<dyn FactsKey>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SealerSetupError> {
        let signer = certified(certificate)?;
        let made = Self::new(signer, Place::Given(key), clock).and_then(|signer| {
            let proof = signer.0.signed(PROOF, signer.0.term.not_before);
            let proof = proof.map_err(|error| match error {
                DetachedError::Key(fault) => fault,
                DetachedError::Encoding | DetachedError::OtherKey => KeyFault::OtherKey,
            })?;
            read_detached(&proof, PROOF).map_err(|_| KeyFault::OtherKey)?;
            Ok(signer)
        });
        made.map_err(|fault| SealerSetupError::Key { path: certificate.to_owned(), fault })
    }

    /// The organisation that the certificate names.
    #[must_use]
    pub fn bin(&self) -> Option<String> {
        self.0.signer.certificate().bin()
    }

    /// With a key on the token, which has proved that it belongs to the certificate, or will once it is there.
    pub(super) fn on_token(
        path: &Path,
        signer: DetachedSigner,
        token: Arc<Token>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SealerSetupError> {
        Self::new(signer, Place::Token(token), clock)
            .map_err(|fault| SealerSetupError::Key { path: path.to_owned(), fault })
    }

    fn new(signer: DetachedSigner, place: Place, clock: Arc<dyn Clock>) -> Result<Self, KeyFault> {
        let term = Term::of_certificate(signer.certificate())?;
        Ok(Self(Arc::new(Parts { clock, signer, term, place })))
    }
}

/// The first certificate of a PEM file.
pub(super) fn certified(path: &Path) -> Result<DetachedSigner, SealerSetupError> {
    let read = || -> Result<DetachedSigner, KeyFault> {
        let certificates = Certificate::all_from(&std::fs::read(path)?);
        let certificates = certificates.map_err(|_| KeyFault::CertificateForm)?;
        let first = certificates.first().ok_or(KeyFault::CertificateForm)?;
        DetachedSigner::from_der(first.der()).map_err(|_| KeyFault::NotGost)
    };
    read().map_err(|fault| SealerSetupError::Key { path: path.to_owned(), fault })
}

impl Parts {
    /// No moment before the certificate began is claimed, as in seals.
    fn signed(&self, facts: &[u8], at: Timestamp) -> Result<Vec<u8>, DetachedError<KeyFault>> {
        let at = Moment(at.max(self.term.not_before).as_second());
        sign_detached(facts, &self.signer, at, &|bytes| self.place.sign(bytes))
    }
}

#[async_trait]
impl FactsSigner for GostFactsSigner {
    async fn sign(&self, facts: &[u8], signed_at: Timestamp) -> Result<Vec<u8>, SealError> {
        let parts = Arc::clone(&self.0);
        if !parts.term.holds(parts.clock.now()) {
            tracing::error!("the certificate of the facts signature is not valid now: renew it");
            let why = "the certificate of the facts signature is not valid now";
            return Err(SealError::Unavailable(why.to_owned()));
        }
        let admissions = match &parts.place {
            Place::Token(token) => Some(Arc::clone(&token.admissions)),
            Place::Given(_) => None,
        };
        let facts = facts.to_vec();
        let signed = patiently(admissions, move || parts.signed(&facts, signed_at)).await?;
        signed.map_err(|error| match error {
            DetachedError::Key(fault) => SealError::Unavailable(fault.to_string()),
            DetachedError::OtherKey => SealError::Unavailable(error.to_string()),
            DetachedError::Encoding => SealError::Unsuitable(error.to_string()),
        })
    }

    fn terms(&self) -> Vec<SealTerm> {
        let Term { not_before, not_after } = self.0.term;
        let (owner, certificate) = (FACTS.to_owned(), FACTS.to_owned());
        vec![SealTerm { owner, certificate, not_before, not_after }]
    }
}

/// Why the facts signature of a file cannot be read, as a stable code.
type Unread = &'static str;

/// The facts signature inside a file, whose every byte belongs to the facts inside; `None` where there is none. Whose it is
/// is not looked at.
pub(crate) fn signature_inside(pdf: &[u8]) -> Result<Option<DetachedSignature>, Unread> {
    let strange = |_| "malformed";
    let Some(cms) = certificate::extract_facts_signature(pdf).map_err(strange)? else {
        return Ok(None);
    };
    let facts = certificate::extract_facts(pdf).map_err(strange)?;
    read_detached(&cms, &facts).map(Some).map_err(Reason::code)
}

/// Its certificate.
pub(crate) fn signer_inside(pdf: &[u8]) -> Option<Certificate> {
    signature_inside(pdf).ok().flatten().map(|signature| signature.certificate)
}
