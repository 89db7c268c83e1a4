//! A citizen's CMS: judged by the crate `signature`, with the demands of the service added.

use std::sync::Arc;

use app::{SignaturePurpose, SignatureVerdict, SignatureVerifier, VerifiedSigner};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Iin, clean_text};
use jiff::Timestamp;
use serde::Serialize;
use signature::Verdict;
use signature::cms::{self, Content, Policy, Purpose, Signed, Signer};

use super::{TrustFolder, moment};

/// Judges by our own verification over the authorities of a folder.
pub struct OwnVerifier {
    trust: Arc<TrustFolder>,
}

impl OwnVerifier {
    /// Over this trust.
    #[must_use]
    pub fn new(trust: Arc<TrustFolder>) -> Self {
        Self { trust }
    }
}

impl SignatureVerifier for OwnVerifier {
    fn content(&self, cms: &[u8]) -> Result<Vec<u8>, &'static str> {
        cms::attached_content(cms).map_err(signature::Reason::code)
    }

    fn verify(
        &self,
        cms: &[u8],
        expected: &[u8],
        purpose: SignaturePurpose,
        at: Timestamp,
    ) -> SignatureVerdict {
        let purpose = match purpose {
            SignaturePurpose::SignIn => Purpose::SignIn,
            SignaturePurpose::Request => Purpose::Document,
        };
        let policy = Policy { purpose, signer: Signer::Individual };
        let content = Content::Attached(expected);
        match cms::verify(cms, content, policy, &self.trust.current(), moment(at)) {
            Verdict::Valid(signed) => signer(&signed),
            Verdict::Invalid(reason) => SignatureVerdict::Invalid(reason.code()),
            Verdict::CannotTell(doubt) => SignatureVerdict::CannotTell(doubt.code()),
        }
    }
}

fn signer(signed: &Signed) -> SignatureVerdict {
    // The NCA's test certificates carry numbers that break the rules of an IIN; nobody has such a number.
    let Some(iin) = signed.iin.as_deref().and_then(|iin| Iin::parse(iin).ok()) else {
        return SignatureVerdict::Invalid(signature::Reason::NoIin.code());
    };
    SignatureVerdict::Valid(Box::new(VerifiedSigner {
        iin,
        name: full_name(signed),
        certificate_fingerprint: hex::encode(signed.certificate.fingerprint()),
        evidence: evidence(signed),
    }))
}

/// The NCA writes surname and given name into CN and the patronymic into GIVENNAME.
fn full_name(signed: &Signed) -> String {
    let names = &signed.names;
    let first = names.common_name.as_ref().or(names.surname.as_ref());
    let parts = [first, names.patronymic.as_ref()].into_iter().flatten();
    clean_text(&parts.map(String::as_str).collect::<Vec<_>>().join(" "))
}

#[derive(Serialize)]
struct Evidence {
    /// DER, base64; the CMS may have named it without carrying it.
    certificate: String,
    /// SHA-256 of the authorities, the direct issuer first.
    authorities: Vec<String>,
    revocation_list_made_at: Option<Timestamp>,
    revocation_list_number: Option<String>,
}

fn evidence(signed: &Signed) -> String {
    let chain = &signed.evidence;
    let evidence = Evidence {
        certificate: STANDARD.encode(signed.certificate.der()),
        authorities: chain.authorities.iter().map(hex::encode).collect(),
        revocation_list_made_at: Timestamp::from_second(chain.list_made_at.0).ok(),
        revocation_list_number: chain.list_number.as_ref().map(hex::encode),
    };
    // Strings only: there is nothing in them that JSON could not carry.
    serde_json::to_string(&evidence).unwrap_or_default()
}
