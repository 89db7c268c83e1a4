//! What NCANode answers about a CMS: `CmsVerificationResponse` as its source writes it, with the traps it has.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use signature::cms::{Claim, Content};
use signature::trust::TrustStore;
use signature::x509::Certificate;
use signature::{Moment, Objection, Reason};

use crate::ncalayer::Clock;

/// Ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Connections end at once.
    Down,
    /// Answers come so much later.
    Slow(Duration),
    /// Status 500, as where a revocation list it downloaded cannot be read.
    ServerError,
    /// Status 400, which it gives for whatever goes wrong while it verifies.
    Declines,
    /// A page in HTML.
    Page,
    /// Half an answer.
    Garbage,
    /// Its authorities were not loaded: no issuer is found, nothing is valid, and nothing is revoked either.
    KnowsNoIssuer,
    /// The same in its older versions: still `valid` and `revoked: false`.
    ValidWithoutIssuer,
    /// The responder answers "Try again": not valid, and not revoked.
    ResponderSaysTryLater,
    /// It was not asked about revocation, or forgot it.
    LacksRevocation,
    /// Lists alone are told, though responders were asked for.
    ListsAlone,
    /// Signers without certificates, which it counts as valid.
    NoCertificates,
    /// Nobody signed, which it counts as valid.
    NoSigners,
    /// `valid` with a certificate that is not.
    Contradicts,
    /// `valid` with a certificate that was revoked.
    ValidButRevoked,
    /// An answer about another certificate.
    OtherCertificate,
    /// Another IIN than the certificate has.
    OtherIin,
    /// Everything is valid.
    AlwaysValid,
    /// Every signature is wrong.
    NeverValid,
    /// The national responder's "revoked on 1 January 1970", which says that it never issued the certificate.
    NeverIssued,
}

/// How it judges.
pub struct Judging {
    trust: TrustStore,
    clock: Clock,
    fault: Mutex<Option<Fault>>,
    asked: AtomicU64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    cms: String,
    #[serde(default)]
    revocation_check: Vec<String>,
}

/// What is found out about a certificate.
struct Found {
    has_issuer: bool,
    in_time: bool,
    revoked: bool,
}

impl Judging {
    pub(super) fn new(trust: TrustStore, clock: Clock) -> Self {
        Self { trust, clock, fault: Mutex::default(), asked: AtomicU64::new(0) }
    }

    /// Fails from the next question on, or does not any more.
    pub fn fail(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a request, or the words of its error.
    pub(super) fn answer(&self, body: &[u8]) -> Result<Value, String> {
        let request: Request = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let cms = STANDARD.decode(&request.cms).map_err(|error| error.to_string())?;
        let claim = Claim::read(&cms, Content::AnyAttached)
            .map_err(|reason| format!("CMS cannot be read: {}", reason.code()))?;
        let fault = self.fault();
        let found = self.look(claim.certificate());
        let has_issuer = found.has_issuer
            && !matches!(fault, Some(Fault::KnowsNoIssuer | Fault::ValidWithoutIssuer));
        let revocations = revocations(&request.revocation_check, has_issuer, found.revoked, fault);
        let disowned = matches!(fault, Some(Fault::ResponderSaysTryLater | Fault::NeverIssued));
        let certificate_valid = has_issuer && found.in_time && !found.revoked && !disowned;
        let signature = claim.check_signature();
        if signature == Err(Reason::DigestMismatch) {
            // Thrown by the library and told like any other exception.
            return Err("message-digest attribute value does not match calculated value".to_owned());
        }
        let signature_valid = signature.is_ok() && fault != Some(Fault::NeverValid);
        let told = json!({
            "valid": told_valid(certificate_valid, fault),
            "revocations": revocations,
            "notBefore": date(claim.certificate().not_before()),
            "notAfter": date(claim.certificate().not_after()),
            "keyUsage": "SIGN",
            "serialNumber": serial(claim.certificate(), fault),
            "signAlg": "GOST3411_2015_512withECGOST3410_2015_512",
            "keyUser": ["INDIVIDUAL"],
            "publicKey": STANDARD.encode(claim.certificate().key_der()),
            "signature": STANDARD.encode(claim.certificate().signature_bytes()),
            "subject": subject(claim.certificate(), fault),
        });
        let signers = match fault {
            Some(Fault::NoSigners) => json!([]),
            Some(Fault::NoCertificates) => json!([{ "certificates": [], "tsp": null }]),
            _ => json!([{ "certificates": [told], "tsp": null }]),
        };
        let valid = signature_valid && certificate_valid || says_valid(fault);
        Ok(json!({ "status": 200, "message": "OK", "valid": valid, "signers": signers }))
    }

    fn look(&self, certificate: &Certificate) -> Found {
        let at = Moment((self.clock)().as_second());
        let judged = self.trust.judge(certificate, at).map(|_| ());
        let in_time = certificate.not_before() < at && at < certificate.not_after();
        Found {
            has_issuer: judged != Err(Objection::Invalid(Reason::UnknownIssuer)),
            in_time,
            revoked: judged == Err(Objection::Invalid(Reason::Revoked)),
        }
    }
}

/// Whatever it finds, it says so with these faults.
fn says_valid(fault: Option<Fault>) -> bool {
    use Fault as F;
    matches!(
        fault,
        Some(
            F::ValidWithoutIssuer
                | F::NoCertificates
                | F::NoSigners
                | F::Contradicts
                | F::ValidButRevoked
                | F::AlwaysValid
        )
    )
}

fn told_valid(valid: bool, fault: Option<Fault>) -> bool {
    match fault {
        Some(Fault::Contradicts | Fault::NeverIssued) => false,
        Some(Fault::ValidWithoutIssuer | Fault::ValidButRevoked | Fault::AlwaysValid) => true,
        _ => valid,
    }
}

fn revocations(
    asked: &[String],
    has_issuer: bool,
    revoked: bool,
    fault: Option<Fault>,
) -> Vec<Value> {
    let asked_for = |means: &str| asked.iter().any(|one| one == means);
    let revoked = match fault {
        Some(Fault::AlwaysValid) => false,
        Some(Fault::ValidButRevoked) => true,
        _ => revoked,
    };
    let time = revoked.then_some("2026-11-01T00:00:00.000+00:00");
    let list = json!({ "revoked": revoked, "by": "CRL", "revocationTime": time, "reason": null });
    let told = |revoked: bool, time: Option<&str>, reason: &str| json!({ "revoked": revoked, "by": "OCSP", "revocationTime": time, "reason": reason });
    let responder = match fault {
        Some(Fault::ResponderSaysTryLater) => told(false, None, "Unknown status"),
        Some(Fault::NeverIssued) => told(true, Some("1970-01-01T00:00:00.000+00:00"), "OK"),
        _ if !has_issuer && fault != Some(Fault::AlwaysValid) => {
            told(false, None, "Cannot find root certificate in NCANode.")
        }
        _ => told(revoked, time, "OK"),
    };
    let mut all = Vec::new();
    if asked_for("CRL") && fault != Some(Fault::LacksRevocation) {
        all.push(list);
    }
    let lists_alone = matches!(fault, Some(Fault::LacksRevocation | Fault::ListsAlone));
    if asked_for("OCSP") && !lists_alone {
        all.push(responder);
    }
    all
}

fn serial(certificate: &Certificate, fault: Option<Fault>) -> String {
    if fault == Some(Fault::OtherCertificate) {
        return "1".to_owned();
    }
    let digits: String = certificate.serial().iter().map(|byte| format!("{byte:02x}")).collect();
    digits.trim_start_matches('0').to_owned()
}

fn subject(certificate: &Certificate, fault: Option<Fault>) -> Value {
    let names = certificate.names();
    let other = fault == Some(Fault::OtherIin);
    json!({
        "commonName": names.common_name,
        "surName": names.surname,
        "lastName": names.patronymic,
        "iin": if other { Some("000000000000".to_owned()) } else { certificate.iin() },
        "bin": certificate.bin(),
        "country": "KZ",
    })
}

fn date(moment: Moment) -> Option<String> {
    let at = Timestamp::from_second(moment.0).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%S.000+00:00").to_string())
}
