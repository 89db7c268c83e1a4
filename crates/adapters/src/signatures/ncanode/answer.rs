//! What NCANode's `/cms/verify` answers, and what follows of it. Pure: a text in, a conclusion out.
//!
//! Its answer is less than a verdict: `valid` begins as true and only becomes false by what it comes upon, so that a CMS
//! whose signer brought no certificate is "valid" with nobody in it; a certificate whose authority it does not know, or
//! whose responder did not answer, is `revoked: false`. So `valid` counts only with all that must stand beside it, and
//! what is missing or contradicts itself is a doubt and no verdict.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use signature::x509::Certificate;
use signature::{Doubt, Objection, Reason};

use crate::signatures::moment;

/// What it says beside `revoked: false` where a responder or list did say that the certificate is good.
const GOOD: &str = "OK";
/// "Revoked" on the first day of the epoch: the national responder's way of saying that it never issued this.
const NEVER_ISSUED: &str = "1970-01-01";

#[derive(Deserialize)]
struct Answer {
    status: Option<u16>,
    valid: bool,
    signers: Vec<SignerInfo>,
}

#[derive(Deserialize)]
struct SignerInfo {
    certificates: Vec<CertificateInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CertificateInfo {
    valid: bool,
    #[serde(default)]
    revocations: Vec<Revocation>,
    serial_number: String,
    public_key: String,
    signature: String,
    subject: Option<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    iin: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Revocation {
    revoked: bool,
    by: By,
    revocation_time: Option<serde_json::Value>,
    reason: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
enum By {
    #[serde(rename = "OCSP")]
    Ocsp,
    #[serde(rename = "CRL")]
    List,
}

/// What is known about a signature besides the answer.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// The signer's certificate, as we read it.
    pub(super) certificate: &'a Certificate,
    /// Why its authority is not trusted here, where it is not.
    pub(super) mistrusted: Option<Reason>,
    /// The moment of judging.
    pub(super) at: Timestamp,
}

/// Concludes from an answer.
///
/// # Errors
/// [`Objection`]: the signature is not valid, or it cannot be told from this answer.
pub(super) fn conclude(body: &[u8], known: Known<'_>) -> Result<(), Objection> {
    let unclear = Objection::CannotTell(Doubt::OtherJudgeUnclear);
    let answer: Answer = serde_json::from_slice(body).map_err(|_| unclear)?;
    let [SignerInfo { certificates }] = answer.signers.as_slice() else { return Err(unclear) };
    // The same certificate may be in a CMS twice; a word about another one is no word about this one.
    let is_asked_about = certificates.iter().all(|one| one.is(known.certificate));
    let (Some(told), true) = (certificates.first(), is_asked_about) else { return Err(unclear) };
    if answer.status.is_some_and(|status| status != 200) {
        return Err(unclear);
    }
    match (answer.valid, told.valid) {
        (true, true) if told.is_good() => Ok(()),
        (false, true) if told.is_good() => Err(Reason::SignatureMismatch.into()),
        (false, false) => Err(told.why_not(known)),
        _ => Err(unclear),
    }
}

impl CertificateInfo {
    fn is(&self, certificate: &Certificate) -> bool {
        let named = self.subject.as_ref().and_then(|subject| subject.iin.clone());
        let same_iin = named.is_none_or(|iin| certificate.iin().is_none_or(|own| own == iin));
        let digits = |text: &str| text.trim_start_matches('0').to_lowercase();
        digits(&self.serial_number) == digits(&hex::encode(certificate.serial()))
            && decoded(&self.public_key) == Some(certificate.key_der())
            && decoded(&self.signature).as_deref() == Some(certificate.signature_bytes())
            && same_iin
    }

    /// Both were asked for; a responder must have said it, since a list that is not kept counts as a good one there.
    fn is_good(&self) -> bool {
        let of = |by| self.revocations.iter().filter(move |one| one.by == by);
        let answered = of(By::Ocsp).all(|one| one.reason.as_deref() == Some(GOOD));
        let both = of(By::Ocsp).next().is_some() && of(By::List).next().is_some();
        both && answered && self.revocations.iter().all(|one| !one.revoked)
    }

    /// It says only that a certificate is not valid; why is seen from what stands beside it and from the certificate.
    fn why_not(&self, known: Known<'_>) -> Objection {
        let revoked: Vec<_> = self.revocations.iter().filter(|one| one.revoked).collect();
        let at = moment(known.at);
        if !revoked.is_empty() {
            let never = revoked.iter().all(|one| one.is_of_the_epoch());
            if never { Reason::NeverIssued.into() } else { Reason::Revoked.into() }
        } else if known.certificate.not_after() < at {
            Reason::Expired.into()
        } else if at < known.certificate.not_before() {
            Reason::NotYetValid.into()
        } else if let Some(reason) = known.mistrusted {
            reason.into()
        } else {
            // Its authorities were not loaded, a responder was silent: a fault of the service, whatever it calls it.
            Doubt::OtherJudgeUnclear.into()
        }
    }
}

impl Revocation {
    fn is_of_the_epoch(&self) -> bool {
        match &self.revocation_time {
            Some(serde_json::Value::String(text)) => text.starts_with(NEVER_ISSUED),
            Some(serde_json::Value::Number(number)) => number.as_i64() == Some(0),
            _ => false,
        }
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
