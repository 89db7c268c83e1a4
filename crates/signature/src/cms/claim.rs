//! What a CMS claims, for those who let somebody else judge it: read as strictly as for our own judgement, and judged
//! here only in what no other judge decides.
//!
//! Nothing of it is proved by reading it. Next: `verify.rs` for our own judgement.

use super::input::der_of;
use super::parts::Parts;
use super::verify::{Content, Policy, check_named, check_uses, expected};
use crate::moment::Moment;
use crate::trust::{TrustStore, TrustUse};
use crate::verdict::{Objection, Reason};
use crate::x509::{Certificate, KeyKind, oid};

/// A CMS with one signer, over the content demanded, that names a certificate it carries.
pub struct Claim {
    der: Vec<u8>,
    parts: Parts,
    content: Vec<u8>,
    certificate: Certificate,
}

impl Claim {
    /// Reads a CMS in any usual wrapping.
    ///
    /// # Errors
    /// [`Reason`]: it is no CMS of this form, or not over this content.
    pub fn read(input: &[u8], content: Content<'_>) -> Result<Self, Reason> {
        let der = der_of(input)?;
        let parts = Parts::read(&der, oid::DATA)?;
        let content = expected(&parts, content)?.to_vec();
        let certificate = parts.signer_certificate()?;
        Ok(Self { der, parts, content, certificate })
    }

    /// The CMS, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate the signer names.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Whether the certificate's key is for this and of a kind accepted here, and whose it is by its own words: worth
    /// something once somebody trusted has vouched for the certificate.
    ///
    /// # Errors
    /// [`Reason`].
    pub fn fits(&self, policy: Policy) -> Result<(), Reason> {
        if self.certificate.key().kind() == KeyKind::OldGost2004 {
            return Err(Reason::OldGost2004);
        }
        check_uses(&self.certificate, policy)?;
        check_named(&self.certificate, policy)
    }

    /// Whether the digest and the signature are right, whoever issued the certificate.
    ///
    /// # Errors
    /// [`Reason`].
    pub fn check_signature(&self) -> Result<(), Reason> {
        self.parts.check_signature(&self.content, &self.certificate).map(|_| ())
    }

    /// Judges the certificate alone: issued by a trusted authority, valid, not revoked by the lists at hand.
    ///
    /// # Errors
    /// [`Objection`].
    pub fn check_certificate(&self, trust: &TrustStore, at: Moment) -> Result<(), Objection> {
        trust.judge_for(TrustUse::Signatures, &self.certificate, at).map(|_| ())
    }
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Claim({} bytes, •••)", self.content.len())
    }
}
