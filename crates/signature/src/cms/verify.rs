//! Judging a CMS signature, in a fixed order: size and form, one signer, the text, the digest, the signature, the
//! certificate's path and validity, its uses and role, its revocation, the IIN. The first fault is the answer.

use const_oid::ObjectIdentifier;

use super::input::der_of;
use super::parts::Parts;
use crate::moment::Moment;
use crate::trust::{ChainEvidence, TrustStore};
use crate::verdict::{Objection, Reason, Verdict};
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
    /// What the judgement about the certificate rests on.
    pub evidence: ChainEvidence,
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

/// Judges a signature at a moment.
#[must_use]
pub fn verify(
    input: &[u8],
    content: Content<'_>,
    policy: Policy,
    trust: &TrustStore,
    at: Moment,
) -> Verdict {
    match judge(input, content, policy, trust, at) {
        Ok(signed) => Verdict::Valid(Box::new(signed)),
        Err(objection) => objection.into(),
    }
}

fn judge(
    input: &[u8],
    content: Content<'_>,
    policy: Policy,
    trust: &TrustStore,
    at: Moment,
) -> Result<Signed, Objection> {
    let parts = Parts::read(&der_of(input)?, oid::DATA)?;
    let content = expected(&parts, content)?.to_vec();
    let certificate = parts.signer_certificate()?;
    let signing_time = parts.check_signature(&content, &certificate)?.signing_time;
    judge_signer(Proven { content, certificate, signing_time }, policy, trust, at)
}

/// What a message proves by itself, whatever its form: this text was signed with this certificate's key.
pub(crate) struct Proven {
    pub(crate) content: Vec<u8>,
    pub(crate) certificate: Certificate,
    pub(crate) signing_time: Option<Moment>,
}

/// The second half of every judgement: the certificate's path and validity, its uses and role, its revocation, the IIN.
pub(crate) fn judge_signer(
    proven: Proven,
    policy: Policy,
    trust: &TrustStore,
    at: Moment,
) -> Result<Signed, Objection> {
    let Proven { content, certificate, signing_time } = proven;
    // Uses and role are the certificate's own words; they count only once somebody trusted has signed them.
    let path = trust.path(&certificate, at)?;
    check_uses(&certificate, policy)?;
    let evidence = path.unrevoked(&certificate, at)?;
    let iin = certificate.iin();
    if policy.signer == Signer::Individual && iin.is_none() {
        return Err(Reason::NoIin.into());
    }
    Ok(Signed {
        content,
        iin,
        bin: certificate.bin(),
        names: certificate.names(),
        certificate,
        signing_time,
        evidence,
    })
}

/// The text the digest is taken over, as the caller demands it.
fn expected<'a>(parts: &'a Parts, content: Content<'a>) -> Result<&'a [u8], Reason> {
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
fn check_uses(certificate: &Certificate, policy: Policy) -> Result<(), Reason> {
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
    if policy.signer == Signer::Individual && !has(oid::ROLE_INDIVIDUAL) {
        return Err(Reason::WrongRole);
    }
    Ok(())
}
