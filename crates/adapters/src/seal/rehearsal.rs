//! A rehearsal before each seal: the same bytes are sealed with a key that is worth nothing, and judged as anybody would
//! judge them. What does not pass never reaches a provider's key.
//!
//! The key is made at the start and never leaves memory. Read next: `mod.rs`.

use app::SealError;
use certificate::ExtractFault;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use signature::pades::{self, SealCertificates, SealNotes, Trust, Verdict};
use zeroize::Zeroizing;

use super::facts_signer::signature_inside;
use super::folder::SealerSetupError;
use super::key::{FileKey, KeyFault};

/// A throw-away key: P-256, which signs fastest.
pub(super) struct Rehearsal {
    key: FileKey,
    certificates: SealCertificates,
}

impl Rehearsal {
    pub(super) fn new() -> Result<Self, SealerSetupError> {
        let fault = |error: rcgen::Error| SealerSetupError::Rehearsal(error.to_string());
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(fault)?;
        let parameters = CertificateParams::new(Vec::new()).map_err(fault)?;
        let certificate = parameters.self_signed(&pair).map_err(fault)?;
        let made = || -> Result<Self, KeyFault> {
            let key = FileKey::from_pkcs8(&Zeroizing::new(pair.serialize_der()))?;
            Ok(Self { key, certificates: SealCertificates::from_der(certificate.der(), [])? })
        };
        made().map_err(|fault| SealerSetupError::Rehearsal(fault.to_string()))
    }

    /// Whether these bytes, sealed, are found genuine and begin as they were, with a facts signature that belongs to the
    /// facts inside where there is one.
    pub(super) fn passes(&self, unsealed: &[u8], notes: &SealNotes) -> Result<(), SealError> {
        require_facts_signature(unsealed)?;
        let sign = |bytes: &[u8]| self.key.sign(bytes);
        let sealed = pades::seal(unsealed, notes, &self.certificates, &sign);
        let sealed = sealed.map_err(|error| SealError::Unsuitable(error.to_string()))?;
        let unsuitable = |code: &str| Err(SealError::Unsuitable(format!("rehearsal: {code}")));
        if !sealed.starts_with(unsealed) {
            return unsuitable("the document would be changed");
        }
        match pades::verify(&sealed, &|_, _| Trust::Trusted) {
            Verdict::Genuine(_) => Ok(()),
            Verdict::NotGenuine(reason) => unsuitable(reason.code()),
            Verdict::Unreadable(code) | Verdict::CannotTell(code) => unsuitable(code),
        }
    }
}

/// Whose key it was is for those to judge who have anchors; that it fits its certificate is seen here. A file that cannot be
/// read at all fails with the seal.
fn require_facts_signature(unsealed: &[u8]) -> Result<(), SealError> {
    let unsuitable = |code| SealError::Unsuitable(format!("rehearsal: facts signature: {code}"));
    match certificate::extract_facts_signature(unsealed) {
        Err(ExtractFault::NotPdf) => Ok(()),
        _ => signature_inside(unsealed).map(|_| ()).map_err(unsuitable),
    }
}
