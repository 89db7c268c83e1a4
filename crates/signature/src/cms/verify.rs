//! Judging a CMS signature, in a fixed order: size and form, one signer, the text, the digest, the signature, a time
//! stamp over it, the certificate's path and validity, its uses and role, the IIN, its revocation. The first fault is
//! the answer.
//!
//! Everything but revocation is judged by [`examine`]; then somebody may ask a responder, and [`Examined::conclude`]
//! says the rest. A stamp proves that the signature existed at its time, so validity and revocation are judged at that
//! time. No signature protects the stamp itself: one that does not stand up to checking counts as none.

use const_oid::ObjectIdentifier;

use super::input::der_of;
use super::parts::Parts;
use crate::moment::Moment;
use crate::ocsp::{CertificateId, judge_kept};
use crate::trust::{ChainEvidence, Online, Path, Times, TrustStore, TrustUse};
use crate::tsp;
use crate::verdict::{Doubt, Objection, Reason, Verdict};
use crate::x509::{Certificate, SubjectNames, oid};

/// What must have been signed.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// Exactly these bytes, carried inside.
    Attached(&'a [u8]),
    /// Exactly these bytes, not carried inside.
    Detached(&'a [u8]),
    /// Whatever is carried inside.
    AnyAttached,
}

/// What the key must be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Binding the holder to a document.
    Document,
    /// Showing who one is: keys for authentication will do too.
    SignIn,
}

/// What is demanded besides a genuine signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Purpose of the key.
    pub purpose: Purpose,
    /// Whose key.
    pub signer: Signer,
}

/// Whose key is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// A natural person's, with an IIN.
    Individual,
    /// An organisation's head or employee's, with an IIN and a BIN; not its information system's.
    Employee,
    /// Anybody's.
    Anybody,
}

/// A genuine signature.
#[derive(Clone)]
pub struct Signed {
    /// The signed bytes; of XML its canonical form, without the signature.
    pub content: Vec<u8>,
    /// The signer's certificate.
    pub certificate: Certificate,
    /// IIN of the signer: twelve digits.
    pub iin: Option<String>,
    /// BIN of his organisation.
    pub bin: Option<String>,
    /// Names of the signer.
    pub names: SubjectNames,
    /// Moment the signer claims to have signed at.
    pub signing_time: Option<Moment>,
    /// Time stamp over the signature: from then on it existed.
    pub stamp: Option<SignatureStamp>,
    /// What the judgement about the certificate rests on.
    pub evidence: ChainEvidence,
}

/// A genuine time stamp over a signature.
#[derive(Clone, Debug)]
pub struct SignatureStamp {
    /// The token, DER.
    pub token: Vec<u8>,
    /// What it says.
    pub stamp: tsp::Stamp,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Signed({} bytes, •••)", self.content.len())
    }
}

/// The text a CMS carries, unjudged: good for looking something up, and for nothing else.
///
/// # Errors
/// [`Reason`] why there is none.
pub fn attached_content(input: &[u8]) -> Result<Vec<u8>, Reason> {
    Parts::read(&der_of(input)?, oid::DATA)?.content.ok_or(Reason::Detached)
}

/// Judges a signature at a moment, revocation by the lists at hand.
#[must_use]
pub fn verify(
    input: &[u8],
    content: Content<'_>,
    policy: Policy,
    trust: &TrustStore,
    at: Moment,
) -> Verdict {
    match examine(input, content, policy, trust, at) {
        Ok(examined) => examined.conclude(Online::NotAsked),
        Err(objection) => objection.into(),
    }
}

/// Judges everything about a signature but its certificate's revocation.
///
/// # Errors
/// [`Objection`]: what is wrong, or what cannot be told.
pub fn examine<'a>(
    input: &[u8],
    content: Content<'_>,
    policy: Policy,
    trust: &'a TrustStore,
    at: Moment,
) -> Result<Examined<'a>, Objection> {
    let parts = Parts::read(&der_of(input)?, oid::DATA)?;
    let content = expected(&parts, content)?.to_vec();
    let certificate = parts.signer_certificate()?;
    let signing_time = parts.check_signature(&content, &certificate)?.signing_time;
    let (stamp, path) = stamped_path(&parts, &certificate, trust, at)?;
    examine_signer(Proven { content, certificate, signing_time, stamp, path }, policy, at)
}

/// What a message proves by itself, whatever its form: this text was signed with this certificate's key.
pub(crate) struct Proven<'a> {
    pub(crate) content: Vec<u8>,
    pub(crate) certificate: Certificate,
    pub(crate) signing_time: Option<Moment>,
    pub(crate) stamp: Option<SignatureStamp>,
    /// The authorities above the certificate, at the time of the stamp where there is one.
    pub(crate) path: Path<'a>,
}

/// The rest of every judgement but revocation: the certificate's uses and role, the IIN.
pub(crate) fn examine_signer(
    proven: Proven<'_>,
    policy: Policy,
    at: Moment,
) -> Result<Examined<'_>, Objection> {
    let Proven { content, certificate, signing_time, stamp, path } = proven;
    // Uses and role are the certificate's own words; they count only once somebody trusted has signed them.
    check_uses(&certificate, policy)?;
    check_named(&certificate, policy)?;
    Ok(Examined { content, certificate, signing_time, stamp, path, at })
}

/// A signature about which everything is in order as far as it was looked at.
pub struct Examined<'a> {
    content: Vec<u8>,
    certificate: Certificate,
    signing_time: Option<Moment>,
    stamp: Option<SignatureStamp>,
    path: Path<'a>,
    at: Moment,
}

impl<'a> Examined<'a> {
    /// The signer's certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The authorities above it, its issuer first.
    #[must_use]
    pub fn chain(&self) -> Vec<&'a Certificate> {
        self.path.certificates()
    }

    /// The verdict, with what was learnt from responders.
    #[must_use]
    pub fn conclude(self, online: Online<'_>) -> Verdict {
        let stamped_at = self.stamp.as_ref().map(|one| one.stamp.made_at);
        let signed_at = stamped_at.map_or(self.at, |stamped_at| stamped_at.min(self.at));
        let times = Times { signed_at, judged_at: self.at };
        match self.path.unrevoked_online(&self.certificate, times, online) {
            Ok(evidence) => Verdict::Valid(Box::new(self.signed(evidence))),
            Err(objection) => objection.into(),
        }
    }

    /// The verdict with a responder's answer that was kept as evidence, DER, as of the moment of judging.
    #[must_use]
    pub fn conclude_kept(self, response: &[u8]) -> Verdict {
        let chain = self.chain();
        let id = chain.first().map(|issuer| CertificateId::of(&self.certificate, issuer));
        let kept = id.ok_or(Doubt::OcspUntrusted);
        match kept.and_then(|id| judge_kept(response, &id, &chain, self.at)) {
            Ok(answer) => self.conclude(Online::Answered(&answer)),
            Err(doubt) => self.conclude(Online::Failed(doubt)),
        }
    }

    fn signed(self, evidence: ChainEvidence) -> Signed {
        Signed {
            content: self.content,
            iin: self.certificate.iin(),
            bin: self.certificate.bin(),
            names: self.certificate.names(),
            certificate: self.certificate,
            signing_time: self.signing_time,
            stamp: self.stamp,
            evidence,
        }
    }
}

/// The certificate's path at the time of a stamp that stands up to checking, and at the moment of judging without one.
/// A stamp of which nothing can be told is missed only where the certificate has expired since.
fn stamped_path<'a>(
    parts: &Parts,
    certificate: &Certificate,
    trust: &'a TrustStore,
    at: Moment,
) -> Result<(Option<SignatureStamp>, Path<'a>), Objection> {
    match stamp_of(parts, trust, at) {
        Ok(Some(stamp)) => {
            let path =
                trust.path_for(TrustUse::Signatures, certificate, stamp.stamp.made_at.min(at))?;
            Ok((Some(stamp), path))
        }
        Ok(None) => Ok((None, trust.path_for(TrustUse::Signatures, certificate, at)?)),
        Err(doubt) => match trust.path_for(TrustUse::Signatures, certificate, at) {
            Err(Reason::Expired | Reason::IssuerExpired) => Err(doubt.into()),
            path => Ok((None, path?)),
        },
    }
}

fn stamp_of(
    parts: &Parts,
    trust: &TrustStore,
    at: Moment,
) -> Result<Option<SignatureStamp>, Doubt> {
    let Some(token) = parts.time_stamp() else { return Ok(None) };
    match tsp::verify_data(&token, parts.signature(), trust, at) {
        tsp::Verdict::Valid(stamp) => Ok(Some(SignatureStamp { token, stamp: *stamp })),
        tsp::Verdict::Invalid(_) => Ok(None),
        tsp::Verdict::CannotTell(doubt) => Err(doubt),
    }
}

/// The text the digest is taken over, as the caller demands it.
pub(super) fn expected<'a>(parts: &'a Parts, content: Content<'a>) -> Result<&'a [u8], Reason> {
    match (content, parts.content.as_deref()) {
        (Content::Attached(_) | Content::AnyAttached, None) => Err(Reason::Detached),
        (Content::Attached(expected), Some(inside)) if inside == expected => Ok(inside),
        (Content::AnyAttached, Some(inside)) => Ok(inside),
        (Content::Detached(expected), None) => Ok(expected),
        (Content::Detached(expected), Some(inside)) if inside == expected => Ok(inside),
        (Content::Attached(_) | Content::Detached(_), Some(_)) => Err(Reason::WrongContent),
    }
}

/// Where the certificate does not limit its uses there is no role either, so an individual must be named as one.
pub(super) fn check_uses(certificate: &Certificate, policy: Policy) -> Result<(), Reason> {
    let has =
        |wanted: ObjectIdentifier| certificate.uses().is_some_and(|uses| uses.contains(&wanted));
    let unlimited = certificate.uses().is_none();
    let fits = match policy.purpose {
        Purpose::Document => certificate.may_bind() && (unlimited || has(oid::USE_SIGNING)),
        Purpose::SignIn => {
            let either = has(oid::USE_SIGNING) || has(oid::USE_CLIENT_AUTHENTICATION);
            certificate.may_sign() && (unlimited || either)
        }
    };
    if !fits {
        return Err(Reason::WrongKeyUsage);
    }
    let in_role = match policy.signer {
        Signer::Anybody => return Ok(()),
        Signer::Individual => has(oid::ROLE_INDIVIDUAL),
        Signer::Employee => has(oid::ROLE_ORGANISATION) && PEOPLE.into_iter().any(has),
    };
    match (unlimited, in_role) {
        (true, _) => Err(Reason::NoKeyPurpose),
        (false, false) => Err(Reason::WrongRole),
        (false, true) => Ok(()),
    }
}

/// Roles in an organisation that people have.
const PEOPLE: [ObjectIdentifier; 5] = [
    oid::ROLE_HEAD,
    oid::ROLE_RIGHT_TO_SIGN,
    oid::ROLE_FINANCE,
    oid::ROLE_STAFFING,
    oid::ROLE_EMPLOYEE,
];

/// Whether the certificate names everybody it must: the person, and his organisation where he signs for one.
pub(super) fn check_named(certificate: &Certificate, policy: Policy) -> Result<(), Reason> {
    match policy.signer {
        Signer::Anybody => Ok(()),
        _ if certificate.iin().is_none() => Err(Reason::NoIin),
        Signer::Employee if certificate.bin().is_none() => Err(Reason::WrongRole),
        Signer::Individual | Signer::Employee => Ok(()),
    }
}
