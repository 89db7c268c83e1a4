//! A citizen's signature, CMS or XML: judged by the crate `signature`, with the demands of the service added.

use std::sync::Arc;

use app::{
    SignaturePurpose, SignatureVerdict, SignatureVerifier, VerifiedSigner, document_in_xml,
    document_xml,
};
use async_trait::async_trait;
use domain::{Bin, Iin, clean_text};
use jiff::Timestamp;
use signature::cms::{self, Content, Examined, Policy, Purpose, Signer};
use signature::trust::{Online, TrustStore};
use signature::x509::{Certificate, SubjectNames};
use signature::{Objection, Reason, Verdict, xml};

use super::evidence::evidence;
use super::{Responders, TrustFolder, moment};

/// Judges by our own verification over the authorities of a folder: revocation by responders, where there are any, and
/// by the lists of the folder where none of them has a usable answer.
pub struct OwnVerifier {
    trust: Arc<TrustFolder>,
    responders: Option<Responders>,
}

impl OwnVerifier {
    /// Over this trust, by lists alone.
    #[must_use]
    pub fn new(trust: Arc<TrustFolder>) -> Self {
        Self { trust, responders: None }
    }

    /// Asks these responders first.
    #[must_use]
    pub fn asking(self, responders: Responders) -> Self {
        Self { responders: Some(responders), ..self }
    }

    async fn judged(&self, examined: Result<Examined<'_>, Objection>) -> Verdict {
        match examined {
            Ok(examined) => self.conclude(examined).await,
            Err(objection) => objection.into(),
        }
    }

    async fn conclude(&self, examined: Examined<'_>) -> Verdict {
        let Some(responders) = &self.responders else {
            return examined.conclude(Online::NotAsked);
        };
        let chain = examined.chain();
        match responders.ask(examined.certificate(), &chain).await {
            Ok(answer) => examined.conclude(Online::Answered(&answer)),
            Err(doubt) => examined.conclude(Online::Failed(doubt)),
        }
    }
}

#[async_trait]
impl SignatureVerifier for OwnVerifier {
    fn content(&self, cms: &[u8]) -> Result<Vec<u8>, &'static str> {
        if xml::is_xml(cms) {
            return document_in_xml(cms).ok_or(Reason::WrongContent.code());
        }
        cms::attached_content(cms).map_err(Reason::code)
    }

    async fn verify(
        &self,
        cms: &[u8],
        expected: &[u8],
        purpose: SignaturePurpose,
        at: Timestamp,
    ) -> SignatureVerdict {
        let trust = self.trust.current();
        told(self.judged(examined(cms, expected, policy(purpose), &trust, at)).await)
    }

    async fn verify_uri(&self, xml: &[u8], uri: &str, at: Timestamp) -> SignatureVerdict {
        let trust = self.trust.current();
        let (policy, at) = (policy(SignaturePurpose::SignIn), moment(at));
        let examined = xml::examine(xml, xml::Content::AnyDocument, policy, &trust, at);
        match self.judged(examined).await {
            Verdict::Valid(signed)
                if xml::text_of_only(&signed.content, "uri").as_deref() != Ok(uri) =>
            {
                SignatureVerdict::Invalid(Reason::WrongContent.code())
            }
            verdict => told(verdict),
        }
    }
}

/// By what it looks like. Of XML only the one form of the expected document is taken.
fn examined<'a>(
    signed: &[u8],
    expected: &[u8],
    policy: Policy,
    trust: &'a TrustStore,
    at: Timestamp,
) -> Result<Examined<'a>, Objection> {
    if !xml::is_xml(signed) {
        return cms::examine(signed, Content::Attached(expected), policy, trust, moment(at));
    }
    let expected = document_xml(expected).ok_or(Reason::WrongContent)?;
    xml::examine(signed, xml::Content::Document(&expected), policy, trust, moment(at))
}

fn told(verdict: Verdict) -> SignatureVerdict {
    match verdict {
        Verdict::Valid(signed) => signer_of(&signed.certificate, evidence(&signed)),
        Verdict::Invalid(reason) => SignatureVerdict::Invalid(reason.code()),
        Verdict::CannotTell(doubt) => SignatureVerdict::CannotTell(doubt.code()),
    }
}

/// What the service demands of a key.
pub(super) fn policy(purpose: SignaturePurpose) -> Policy {
    let (purpose, signer) = match purpose {
        SignaturePurpose::SignIn => (Purpose::SignIn, Signer::Individual),
        SignaturePurpose::Request => (Purpose::Document, Signer::Individual),
        SignaturePurpose::OfficerSignIn => (Purpose::SignIn, Signer::Employee),
    };
    Policy { purpose, signer }
}

/// Whose a genuine signature is.
pub(super) fn signer_of(certificate: &Certificate, evidence: String) -> SignatureVerdict {
    // The NCA's test certificates carry numbers that break the rules of an IIN; nobody has such a number.
    let Some(iin) = certificate.iin().and_then(|iin| Iin::parse(&iin).ok()) else {
        return SignatureVerdict::Invalid(Reason::NoIin.code());
    };
    SignatureVerdict::Valid(Box::new(VerifiedSigner {
        iin,
        name: full_name(&certificate.names()),
        bin: certificate.bin().and_then(|bin| Bin::parse(&bin).ok()),
        certificate_fingerprint: hex::encode(certificate.fingerprint()),
        evidence,
    }))
}

/// The NCA writes surname and given name into CN and the patronymic into GIVENNAME.
fn full_name(names: &SubjectNames) -> String {
    let first = names.common_name.as_ref().or(names.surname.as_ref());
    let parts = [first, names.patronymic.as_ref()].into_iter().flatten();
    clean_text(&parts.map(String::as_str).collect::<Vec<_>>().join(" "))
}
