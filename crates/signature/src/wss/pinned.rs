//! The certificates a gateway signs with, known beforehand one by one. Knows no message. Read next: `verify.rs`.

use super::method_of;
use crate::moment::Moment;
use crate::verdict::Reason as Fault;
use crate::x509::Certificate;

/// Certificates whose signatures count; several while one takes another's place.
#[derive(Clone, Debug)]
pub struct Pinned(Vec<Certificate>);

/// Why certificates cannot be pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinFault {
    /// None was given.
    #[error("no certificate is pinned")]
    None,
    /// Its key cannot sign messages.
    #[error("a pinned certificate's key is neither RSA of 2048 bit nor GOST 34.10-2015 of 512 bit")]
    KeyKind,
    /// Its key is not for signing.
    #[error("a pinned certificate is not for signing")]
    NotForSigning,
    /// It is no certificate.
    #[error("a pinned certificate cannot be read")]
    Unreadable,
}

impl Pinned {
    /// Pins certificates.
    ///
    /// # Errors
    /// [`PinFault`].
    pub fn new(certificates: Vec<Certificate>) -> Result<Self, PinFault> {
        if certificates.is_empty() {
            return Err(PinFault::None);
        }
        if certificates.iter().any(|one| method_of(one).is_none()) {
            return Err(PinFault::KeyKind);
        }
        if !certificates.iter().all(Certificate::may_sign) {
            return Err(PinFault::NotForSigning);
        }
        Ok(Self(certificates))
    }

    /// Pins the certificates of a file: DER, or PEM with one or several.
    ///
    /// # Errors
    /// [`PinFault`].
    pub fn read(bytes: &[u8]) -> Result<Self, PinFault> {
        Self::new(Certificate::all_from(bytes).map_err(|_| PinFault::Unreadable)?)
    }

    /// The certificates.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0
    }
}

/// Whether a certificate is valid at a moment.
pub(super) fn require_in_term(certificate: &Certificate, at: Moment) -> Result<(), Fault> {
    if at < certificate.not_before() {
        return Err(Fault::NotYetValid);
    }
    if certificate.not_after() < at {
        return Err(Fault::Expired);
    }
    Ok(())
}
