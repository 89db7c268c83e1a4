//! The signature of the synthetic person as whom a prober walks (adr 39). His certificate counts for his own requests alone,
//! and no authority has to be trusted for it: whoever steals his key can ask in the name of nobody but him.
//!
//! Read next: `citizen.rs`, which judges everybody else's.

use std::sync::Arc;

use app::{OtherJudge, SignaturePurpose, SignatureVerdict, SignatureVerifier};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Iin;
use jiff::Timestamp;
use serde_json::json;
use signature::cms::{self, Content};
use signature::x509::Certificate;

use super::citizen::{policy, signer_of};
use super::moment;

/// Judges by another verifier, and knows one certificate besides.
pub struct WithSyntheticPerson {
    others: Arc<dyn SignatureVerifier>,
    certificate: Certificate,
}

/// Why a certificate cannot be a synthetic person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntheticPersonFault {
    /// It names another IIN, or none.
    #[error("the certificate does not name this IIN (serialNumber = IIN and twelve digits)")]
    OtherIin,
    /// It is no certificate.
    #[error("the certificate cannot be read: {0}")]
    Unreadable(&'static str),
}

impl WithSyntheticPerson {
    /// The first certificate of a PEM text, which must be of this person.
    ///
    /// # Errors
    /// [`SyntheticPersonFault`].
    pub fn new(
        others: Arc<dyn SignatureVerifier>,
        iin: Iin,
        pem: &[u8],
    ) -> Result<Self, SyntheticPersonFault> {
        let unreadable = |code| SyntheticPersonFault::Unreadable(code);
        let all = Certificate::all_from(pem).map_err(|reason| unreadable(reason.code()))?;
        let certificate = all.into_iter().next().ok_or(unreadable("empty"))?;
        if certificate.iin() != Some(iin.digits()) {
            return Err(SyntheticPersonFault::OtherIin);
        }
        Ok(Self { others, certificate })
    }

    /// Until when his key can sign.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.certificate.not_after().0).ok()
    }

    fn evidence(&self) -> String {
        json!({ "certificate": STANDARD.encode(self.certificate.der()), "synthetic": true })
            .to_string()
    }
}

#[async_trait]
impl SignatureVerifier for WithSyntheticPerson {
    fn content(&self, cms: &[u8]) -> Result<Vec<u8>, &'static str> {
        self.others.content(cms)
    }

    async fn verify(
        &self,
        cms: &[u8],
        expected: &[u8],
        purpose: SignaturePurpose,
        at: Timestamp,
    ) -> SignatureVerdict {
        if purpose == SignaturePurpose::Request {
            let (content, policy) = (Content::Attached(expected), policy(purpose));
            let his = cms::verify_pinned(cms, content, policy, &self.certificate, moment(at));
            if his.is_ok() {
                return signer_of(&self.certificate, self.evidence());
            }
        }
        self.others.verify(cms, expected, purpose, at).await
    }

    async fn verify_uri(&self, xml: &[u8], uri: &str, at: Timestamp) -> SignatureVerdict {
        self.others.verify_uri(xml, uri, at).await
    }

    fn other_judge(&self) -> Option<OtherJudge> {
        self.others.other_judge()
    }
}
