//! Judging an answer, in a fixed order: form, the responder's own status, who signed it, what it is about, the nonce, its
//! age, what it says. The first fault is the doubt.
//!
//! Whoever signed must be the issuing authority itself or one it appointed for this alone: a certificate of its own for
//! OCSP signing that need not be checked in turn (`id-pkix-ocsp-nocheck`). What neither the signature protects nor
//! anybody here reads must not be there.

use der::{Decode, Encode};
use sha1::{Digest, Sha1};
use x509_cert::ext::Extensions;

use super::request::{CertificateId, Request};
use super::syntax::{
    BasicResponse, CertStatus, OcspResponse, ResponderId, ResponseBody, ResponseStatus,
    RevokedInfo, SingleResponse, VERSION_1, nonce_extension,
};
use crate::moment::Moment;
use crate::trust::SKEW_SECONDS;
use crate::verdict::Doubt;
use crate::x509::{
    Certificate, Revocation, RevocationReason, has_no_parameters, oid, signature_digest,
};

/// Largest answer read, in bytes: room for a statement and a chain of certificates.
pub const RESPONSE_BYTES_MAX: usize = 64 * 1024;
/// How old an answer may be where it does not say itself until when it counts, or carries no nonce, in seconds.
pub const FRESH_SECONDS: i64 = 900;
/// How long a good answer may be used again, in seconds.
pub const CACHE_SECONDS_MAX: i64 = 600;
/// Certificates looked at beside an answer.
const CERTIFICATES_MAX: usize = 8;
/// The moment a certificate that was never issued is said to be revoked at (RFC 6960, 2.2).
const NEVER: Moment = Moment(0);

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked(Revocation),
    /// The authority knows of no such certificate: «revoked» on 1970-01-01 as on hold. No revocation, and no date.
    NeverIssued,
}

/// An answer that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    id: CertificateId,
    status: Status,
    this_update: Moment,
    produced_at: Moment,
    der: Vec<u8>,
}

impl Answer {
    /// About what.
    #[must_use]
    pub fn id(&self) -> &CertificateId {
        &self.id
    }

    /// What it says.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Since when it was known to be so.
    #[must_use]
    pub fn this_update(&self) -> Moment {
        self.this_update
    }

    /// When it was signed.
    #[must_use]
    pub fn produced_at(&self) -> Moment {
        self.produced_at
    }

    /// The bytes, to be kept as evidence.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

/// Judges an answer just received. `chain`: the authorities above the certificate, its issuer first, all trusted.
///
/// # Errors
/// [`Doubt`]: whatever is wrong with it, nothing is known of the certificate.
pub fn judge_answer(
    response: &[u8],
    request: &Request,
    chain: &[&Certificate],
    at: Moment,
) -> Result<Answer, Doubt> {
    let read = Read::from_der(response)?;
    let body = read.trusted_body(chain)?;
    let single = about(&body, &request.id)?;
    let echoed = body.extensions.iter().flatten().find(|one| one.extn_id == oid::OCSP_NONCE);
    match (echoed, request.nonce.as_deref()) {
        (Some(echoed), Some(sent)) => {
            if nonce_extension(sent).map(|sent| sent.extn_value).as_ref() != Ok(&echoed.extn_value)
            {
                return Err(Doubt::OcspOtherNonce);
            }
        }
        // Without a nonce of ours in it anybody could send it again, so its own time must speak for it.
        (Some(_), None) | (None, _) => require_age(of(&body.produced_at), FRESH_SECONDS, at)?,
    }
    require_current(single, FRESH_SECONDS, at)?;
    answer(response, &body, single, &request.id)
}

/// Judges an answer kept as evidence, as of the moment it was used at. Its nonce was compared when it came.
///
/// # Errors
/// As [`judge_answer`].
pub fn judge_kept(
    response: &[u8],
    id: &CertificateId,
    chain: &[&Certificate],
    at: Moment,
) -> Result<Answer, Doubt> {
    let read = Read::from_der(response)?;
    let body = read.trusted_body(chain)?;
    let single = about(&body, id)?;
    let age_max = FRESH_SECONDS + CACHE_SECONDS_MAX;
    require_age(of(&body.produced_at), age_max, at)?;
    require_current(single, age_max, at)?;
    answer(response, &body, single, id)
}

/// A successful answer, unjudged.
struct Read(Vec<u8>);

impl Read {
    fn from_der(response: &[u8]) -> Result<Self, Doubt> {
        if response.len() > RESPONSE_BYTES_MAX {
            return Err(Doubt::OcspMalformed);
        }
        let outer = OcspResponse::from_der(response).map_err(malformed)?;
        match (outer.status, outer.bytes) {
            (ResponseStatus::Successful, Some(bytes)) if bytes.kind == oid::OCSP_BASIC => {
                Ok(Self(bytes.response.as_bytes().to_vec()))
            }
            (ResponseStatus::Successful, _) => Err(Doubt::OcspMalformed),
            (ResponseStatus::TryLater, _) => Err(Doubt::OcspTryLater),
            (
                ResponseStatus::MalformedRequest
                | ResponseStatus::InternalError
                | ResponseStatus::SignatureRequired
                | ResponseStatus::Unauthorized,
                _,
            ) => Err(Doubt::OcspRefused),
        }
    }

    /// What it states, once it is signed by one who may.
    fn trusted_body(&self, chain: &[&Certificate]) -> Result<ResponseBody, Doubt> {
        let basic = BasicResponse::from_der(&self.0).map_err(malformed)?;
        let signed = basic.body.to_der().map_err(malformed)?;
        let body = ResponseBody::from_der(&signed).map_err(malformed)?;
        let singles = body.answers.iter().map(|one| &one.extensions);
        let has_unknown_limits =
            |extensions: &Option<Extensions>| extensions.iter().flatten().any(|one| one.critical);
        let limited = singles.chain([&body.extensions]).any(has_unknown_limits);
        if body.version != VERSION_1 || limited {
            return Err(Doubt::OcspMalformed);
        }
        require_signature(&basic, &signed, &body, chain)?;
        Ok(body)
    }
}

fn malformed(_: der::Error) -> Doubt {
    Doubt::OcspMalformed
}

fn require_signature(
    basic: &BasicResponse<'_>,
    signed: &[u8],
    body: &ResponseBody,
    chain: &[&Certificate],
) -> Result<(), Doubt> {
    let issuer = *chain.first().ok_or(Doubt::OcspUntrusted)?;
    let brought = brought(basic)?;
    let appointed = |one: &&Certificate| is_appointed(one, issuer, of(&body.produced_at));
    let mut may_sign = std::iter::once(issuer).chain(brought.iter().filter(appointed));
    let signer = may_sign.find(|one| is_named(&body.responder, one)).ok_or(Doubt::OcspUntrusted)?;
    // The signature protects no certificate beside it, so each must be the signer's or a trusted authority's.
    let is_known = |one: &Certificate| {
        one.der() == signer.der() || chain.iter().any(|above| above.der() == one.der())
    };
    if is_signed_by(basic, signed, signer) && brought.iter().all(is_known) {
        Ok(())
    } else {
        Err(Doubt::OcspUntrusted)
    }
}

fn brought(basic: &BasicResponse<'_>) -> Result<Vec<Certificate>, Doubt> {
    let certificates = basic.certificates.as_deref().unwrap_or_default();
    if certificates.len() > CERTIFICATES_MAX {
        return Err(Doubt::OcspMalformed);
    }
    let read = |one: &der::Any| {
        Certificate::from_der(&one.to_der().map_err(malformed)?).map_err(|_| Doubt::OcspMalformed)
    };
    certificates.iter().map(read).collect()
}

/// Whether the authority appointed this responder, for the moment (RFC 6960, 4.2.2.2).
fn is_appointed(responder: &Certificate, issuer: &Certificate, at: Moment) -> bool {
    let uses = responder.uses().unwrap_or_default();
    uses.contains(&oid::USE_OCSP_SIGNING)
        && responder.may_sign()
        && responder.needs_no_check()
        && !responder.has_unknown_limits()
        && responder.not_before() <= at
        && at <= responder.not_after()
        && responder.issuer() == issuer.subject()
        && responder.is_issued_by(issuer) == Ok(true)
}

fn is_named(responder: &ResponderId, certificate: &Certificate) -> bool {
    match responder {
        ResponderId::ByName(name) => name == certificate.subject(),
        ResponderId::ByKey(digest) => {
            digest.as_bytes() == Sha1::digest(certificate.key_bytes()).as_slice()
        }
    }
}

fn is_signed_by(basic: &BasicResponse<'_>, signed: &[u8], signer: &Certificate) -> bool {
    // Of the algorithm nothing is signed, so it has its one usual form.
    let algorithm = signature_digest(&basic.algorithm.oid, None);
    match (algorithm, basic.signature.as_bytes()) {
        (Ok(algorithm), Some(signature)) if has_no_parameters(&basic.algorithm) => {
            signer.key().verifies(algorithm, &algorithm.of(signed), signature) == Ok(true)
        }
        _ => false,
    }
}

/// The one statement about what was asked.
fn about<'a>(body: &'a ResponseBody, id: &CertificateId) -> Result<&'a SingleResponse, Doubt> {
    let is_asked = |one: &&SingleResponse| CertificateId::from_syntax(&one.id).as_ref() == Some(id);
    let mut found = body.answers.iter().filter(is_asked);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Doubt::OcspOtherCertificate),
        (Some(_), Some(_)) => Err(Doubt::OcspMalformed),
    }
}

/// The national responder announces no next answer: then the answer counts for as long as any fresh one.
fn require_current(single: &SingleResponse, age_max: i64, at: Moment) -> Result<(), Doubt> {
    let this_update = of(&single.this_update);
    match single.next_update.as_ref().map(of) {
        None => require_age(this_update, age_max, at),
        Some(next) if this_update <= at.plus_seconds(SKEW_SECONDS) && at <= next => Ok(()),
        Some(_) => Err(Doubt::OcspStale),
    }
}

fn require_age(made_at: Moment, age_max: i64, at: Moment) -> Result<(), Doubt> {
    let has_begun = made_at <= at.plus_seconds(SKEW_SECONDS);
    if has_begun && at <= made_at.plus_seconds(age_max) { Ok(()) } else { Err(Doubt::OcspStale) }
}

fn answer(
    response: &[u8],
    body: &ResponseBody,
    single: &SingleResponse,
    id: &CertificateId,
) -> Result<Answer, Doubt> {
    let status = match &single.status {
        CertStatus::Good(_) => Status::Good,
        CertStatus::Revoked(info) => revoked(info),
        CertStatus::Unknown(_) => return Err(Doubt::OcspUnknown),
    };
    Ok(Answer {
        id: id.clone(),
        status,
        this_update: of(&single.this_update),
        produced_at: of(&body.produced_at),
        der: response.to_vec(),
    })
}

fn revoked(info: &RevokedInfo) -> Status {
    let reason = info.reason.map_or_else(RevocationReason::default, Into::into);
    match (of(&info.revoked_at), reason) {
        (NEVER, RevocationReason::CertificateHold) => Status::NeverIssued,
        (revoked_at, reason) => Status::Revoked(Revocation { revoked_at, reason }),
    }
}

fn of(time: &der::asn1::GeneralizedTime) -> Moment {
    let seconds = time.to_unix_duration().as_secs();
    Moment(i64::try_from(seconds).unwrap_or(i64::MAX))
}
