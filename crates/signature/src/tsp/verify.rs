//! Judging a time stamp, in a fixed order: form, what it states, digest and signature, the certificate's binding, its
//! path at the time stated, its use, that time itself, revocation. The first fault is the answer.
//!
//! A stamp outlives its authority's certificate. So the path is judged at the time stated; and a revocation for a reason
//! that says nothing against the key leaves stamps made before it good (RFC 3161, 4.1).

use der::Decode;
use der::asn1::Int;
use x509_cert::ext::pkix::name::GeneralName;

use super::request::{PolicyId, Request, nonce};
use super::syntax::{Statement, VERSION_1};
use crate::cms::{Parts, names_signer};
use crate::moment::Moment;
use crate::trust::{ChainEvidence, Path, SKEW_SECONDS, Times, TrustStore, TrustUse};
use crate::verdict::{Doubt, Objection, Reason as Fault};
use crate::x509::{Certificate, Revocation, RevocationReason, oid};

/// Largest token or answer read, in bytes: room for a statement and a chain of certificates.
pub const TOKEN_BYTES_MAX: usize = 64 * 1024;

/// Why a stamp proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Its signature or the certificate behind it is not accepted.
    #[error(transparent)]
    Signature(#[from] Fault),
    /// It stamps another digest, or one by another algorithm.
    #[error("stamp_of_other_digest")]
    OtherDigest,
    /// It answers another request.
    #[error("stamp_of_other_nonce")]
    OtherNonce,
    /// It was made under another policy than the one asked for.
    #[error("stamp_of_other_policy")]
    OtherPolicy,
    /// The signature does not name the certificate beside it, or the statement names another authority.
    #[error("stamp_of_other_authority")]
    OtherAuthority,
    /// The certificate is not for time stamps alone.
    #[error("not_for_time_stamping")]
    NotForTimeStamping,
    /// It is of a time that has not come.
    #[error("stamped_in_future")]
    InFuture,
    /// Just asked for, it is of a time before that.
    #[error("stamped_before_request")]
    BeforeRequest,
}

impl Reason {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Signature(reason) => reason.code(),
            Self::OtherDigest => "stamp_of_other_digest",
            Self::OtherNonce => "stamp_of_other_nonce",
            Self::OtherPolicy => "stamp_of_other_policy",
            Self::OtherAuthority => "stamp_of_other_authority",
            Self::NotForTimeStamping => "not_for_time_stamping",
            Self::InFuture => "stamped_in_future",
            Self::BeforeRequest => "stamped_before_request",
        }
    }
}

/// A genuine stamp.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The digest existed at that moment.
    pub made_at: Moment,
    /// Number of the stamp, big-endian bytes; the authority gives each once.
    pub serial: Vec<u8>,
    /// Under which policy.
    pub policy: PolicyId,
    /// Subject of the authority's certificate.
    pub authority: String,
    /// The certificate.
    pub certificate: Certificate,
    /// What the judgement about it rests on.
    pub evidence: ChainEvidence,
}

/// The verdict.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Genuine.
    Valid(Box<Stamp>),
    /// Proves nothing.
    Invalid(Reason),
    /// Cannot be told now.
    CannotTell(Doubt),
}

/// What stands in the way.
enum Obstacle {
    Invalid(Reason),
    CannotTell(Doubt),
}

impl<R: Into<Reason>> From<R> for Obstacle {
    fn from(reason: R) -> Self {
        Self::Invalid(reason.into())
    }
}

/// What must have been stamped.
#[derive(Clone, Copy)]
enum Stamped<'a> {
    /// A SHA-256 digest.
    Digest(&'a [u8; 32]),
    /// These bytes, by whichever digest the token names: the national authority stamps Streebog too.
    Data(&'a [u8]),
}

/// Judges a kept token over a SHA-256 digest, DER, at a moment.
#[must_use]
pub fn verify(token: &[u8], digest: &[u8; 32], trust: &TrustStore, at: Moment) -> Verdict {
    verdict(judge(token, Stamped::Digest(digest), None, trust, at))
}

/// Judges a kept token over bytes.
#[must_use]
pub fn verify_data(token: &[u8], data: &[u8], trust: &TrustStore, at: Moment) -> Verdict {
    verdict(judge(token, Stamped::Data(data), None, trust, at))
}

/// Judges a token just received for a request that was sent at `asked_at`.
#[must_use]
pub fn verify_answer(
    token: &[u8],
    request: &Request,
    asked_at: Moment,
    trust: &TrustStore,
    at: Moment,
) -> Verdict {
    let stamped = Stamped::Digest(&request.digest);
    verdict(judge(token, stamped, Some((request, asked_at)), trust, at))
}

/// What a token says of itself, unjudged: its time, and the certificates beside it.
pub(crate) fn stated(token: &[u8]) -> Option<(Moment, Vec<Vec<u8>>)> {
    let parts = read(token).ok()?;
    let statement = read_statement(parts.content.as_deref()?).ok()?;
    Some((statement.made_at.moment()?, parts.certificates().collect()))
}

fn verdict(judged: Result<Stamp, Obstacle>) -> Verdict {
    match judged {
        Ok(stamp) => Verdict::Valid(Box::new(stamp)),
        Err(Obstacle::Invalid(reason)) => Verdict::Invalid(reason),
        Err(Obstacle::CannotTell(doubt)) => Verdict::CannotTell(doubt),
    }
}

fn judge(
    token: &[u8],
    stamped: Stamped<'_>,
    asked: Option<(&Request, Moment)>,
    trust: &TrustStore,
    at: Moment,
) -> Result<Stamp, Obstacle> {
    let parts = read(token)?;
    let content = parts.content.as_deref().ok_or(Fault::Detached)?;
    let statement = read_statement(content)?;
    let made_at = statement.made_at.moment().ok_or(Fault::Malformed)?;
    check_statement(&statement, stamped, asked.map(|(request, _)| request))?;
    let certificate = parts.signer_certificate()?;
    parts.check_signature(content, &certificate)?;
    if !names_signer(&parts, &certificate)? || !names_authority(&statement, &certificate) {
        return Err(Reason::OtherAuthority.into());
    }
    let path = trust.path_for(TrustUse::TimeStamps, &certificate, made_at)?;
    if !certificate.is_only_for(oid::USE_TIME_STAMPING) || !certificate.may_sign() {
        return Err(Reason::NotForTimeStamping.into());
    }
    if at.plus_seconds(SKEW_SECONDS) < made_at {
        return Err(Reason::InFuture.into());
    }
    if asked.is_some_and(|(_, asked_at)| made_at.plus_seconds(SKEW_SECONDS) < asked_at) {
        return Err(Reason::BeforeRequest.into());
    }
    // Before the revocation: whatever that says, no byte of the token is then left unprotected.
    require_known(&parts, &certificate, &path)?;
    let evidence = unrevoked(&path, &certificate, made_at, at)?;
    Ok(Stamp {
        made_at,
        serial: magnitude(&statement.serial).to_vec(),
        policy: PolicyId(statement.policy),
        authority: certificate.subject().to_string(),
        certificate,
        evidence,
    })
}

/// What is neither protected by the signature nor looked at must not be there.
fn read(token: &[u8]) -> Result<Parts, Fault> {
    if token.is_empty() {
        return Err(Fault::Empty);
    }
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Fault::TooLarge);
    }
    let parts = Parts::read(token, oid::TST_INFO)?;
    if parts.has_loose_parts() { Err(Fault::Malformed) } else { Ok(parts) }
}

/// An extension that is critical may change the meaning of the statement; none is known here.
fn read_statement(content: &[u8]) -> Result<Statement, Fault> {
    let statement = Statement::from_der(content).map_err(|_| Fault::Malformed)?;
    let extensions = statement.extensions.iter().flatten();
    if statement.version != VERSION_1 || extensions.into_iter().any(|one| one.critical) {
        return Err(Fault::Malformed);
    }
    Ok(statement)
}

fn check_statement(
    statement: &Statement,
    stamped: Stamped<'_>,
    request: Option<&Request>,
) -> Result<(), Reason> {
    let is_of = match stamped {
        Stamped::Digest(digest) => statement.imprint.sha256().as_ref() == Some(digest),
        Stamped::Data(data) => statement.imprint.is_over(data),
    };
    if !is_of {
        return Err(Reason::OtherDigest);
    }
    let Some(request) = request else { return Ok(()) };
    if statement.nonce.is_none() || statement.nonce != nonce(request.nonce).ok() {
        return Err(Reason::OtherNonce);
    }
    if request.policy.is_some_and(|policy| policy.0 != statement.policy) {
        return Err(Reason::OtherPolicy);
    }
    Ok(())
}

/// The bytes of a positive number without the zero that tells its sign.
fn magnitude(number: &Int) -> &[u8] {
    match number.as_bytes() {
        [0, rest @ ..] if !rest.is_empty() => rest,
        bytes => bytes,
    }
}

/// The statement may name its authority; the certificate, which the signature binds, has the last word.
fn names_authority(statement: &Statement, certificate: &Certificate) -> bool {
    match &statement.authority {
        Some(GeneralName::DirectoryName(name)) => name == certificate.subject(),
        _ => true,
    }
}

fn unrevoked(
    path: &Path<'_>,
    certificate: &Certificate,
    made_at: Moment,
    at: Moment,
) -> Result<ChainEvidence, Obstacle> {
    let forgiven =
        |revocation: Revocation| made_at < revocation.revoked_at && is_harmless(revocation);
    let times = Times { signed_at: made_at, judged_at: at };
    path.unrevoked_since(certificate, times, &forgiven).map_err(|objection| match objection {
        Objection::Invalid(reason) => Obstacle::Invalid(reason.into()),
        Objection::CannotTell(doubt) => Obstacle::CannotTell(doubt),
    })
}

/// Whether the key itself is not in doubt. A reason that was not given is taken for the worst one.
fn is_harmless(revocation: Revocation) -> bool {
    matches!(
        revocation.reason,
        RevocationReason::AffiliationChanged
            | RevocationReason::Superseded
            | RevocationReason::CessationOfOperation
    )
}

/// The signature does not protect other certificates beside it, so they must be the trusted authorities themselves.
fn require_known(parts: &Parts, signer: &Certificate, path: &Path<'_>) -> Result<(), Fault> {
    let is_known = |der: &[u8]| der == signer.der() || path.holds(der);
    if parts.certificates().all(|der| is_known(&der)) { Ok(()) } else { Err(Fault::UnknownIssuer) }
}
