//! The verdict about a sealed PDF: its seal is whole, its signature fits, and its certificate is trusted.
//!
//! Which certificates and stamps are trusted at which moment is the caller's answer; this module knows no anchors, no
//! revocation lists and no clock. Read next: `inspect.rs` for what is looked at first, `sealer.rs` for the answer.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use const_oid::db::rfc5911::{ID_MESSAGE_DIGEST, ID_SIGNED_DATA};
use der::asn1::OctetStringRef;
use der::{DateTime, Decode, Encode};
use p256::ecdsa::signature::Verifier;
use rsa::pkcs1::DecodeRsaPublicKey;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;

use super::document_stamp::Stamped;
use super::inspect::{InspectFault, inspect};
use super::kept::Kept;
use super::level::Level;
use super::signed_data::{SealAlgorithm, SealCertificates};
use crate::moment::Moment;
use crate::x509::oid;

/// Why a document is not genuine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It carries no seal.
    NoSeal,
    /// It carries several signatures, or one of another kind.
    OtherSignature,
    /// Something was added after sealing.
    NotWhole,
    /// What is sealed differs from what is there.
    Altered,
    /// The signature does not belong to the certificate in it.
    WrongSignature,
    /// The seal is not written as seals are made.
    SealForm,
    /// A time stamp in it is not good, for the reason of this code.
    BadStamp(&'static str),
    /// The certificate is not trusted, for the reason of this code.
    Mistrusted(&'static str),
}

impl Reason {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoSeal => "no_seal",
            Self::OtherSignature => "other_signature",
            Self::NotWhole => "changed_after_sealing",
            Self::Altered => "altered",
            Self::WrongSignature => "wrong_signature",
            Self::SealForm => "seal_form",
            Self::BadStamp(_) => "bad_stamp",
            Self::Mistrusted(code) => code,
        }
    }
}

/// What a sealed file brings along beside the seal, whole but unjudged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    /// Time in the signature dictionary: protected by the seal, asserted by the sealer alone.
    pub claimed_at: Option<DateTime>,
    /// The stamp over the signature.
    pub stamp: Option<Stamped>,
    /// What is kept for judging without a network; no signature of the sealer protects it.
    pub kept: Kept,
    /// Stamps over the whole file, the earliest first.
    pub document_stamps: Vec<Stamped>,
}

/// Who sealed, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedBy {
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// Its subject as text.
    pub subject: String,
    /// Time in the signature dictionary: protected by the seal, asserted by the sealer alone.
    pub claimed_at: Option<DateTime>,
    /// The seal existed at that moment, as a trusted stamp proves.
    pub stamped_at: Option<Moment>,
    /// What can be proved of it.
    pub level: Level,
    /// What the file keeps for judging without a network.
    pub kept: Kept,
}

/// The caller's answer about a certificate and what proves when it was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// May seal, and could at the moment asked about.
    Trusted,
    /// May seal, and could when it did, as a stamp proves.
    Stamped(Moment, Level),
    /// A stamp is not good; stable code.
    BadStamp(&'static str),
    /// May not or could not; stable code.
    Refused(&'static str),
    /// Cannot be told now; stable code.
    Unknown(&'static str),
}

/// The verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Whole, unaltered, sealed by whom we trust.
    Genuine(Box<SealedBy>),
    /// Not genuine.
    NotGenuine(Reason),
    /// Not a PDF that can be read; stable code.
    Unreadable(&'static str),
    /// Whole and unaltered, but the certificate cannot be judged now; stable code.
    CannotTell(&'static str),
}

/// Judges a PDF. `trust` is asked only when everything else is in order, with the certificates of the seal and what
/// tells of its time.
#[must_use]
pub fn verify(pdf: &[u8], trust: &dyn Fn(&SealCertificates, &Proofs) -> Trust) -> Verdict {
    let inspected = match inspect(pdf) {
        Ok(inspected) => inspected,
        Err(fault) => return verdict_of(fault),
    };
    let (certificates, stamp) = match check(&inspected.cms, &inspected.digest) {
        Ok(checked) => checked,
        Err(reason) => return Verdict::NotGenuine(reason),
    };
    if let Err(fault) = inspected.followed {
        return verdict_of(fault);
    }
    let proofs = Proofs {
        claimed_at: inspected.sealed_at,
        stamp,
        kept: inspected.kept,
        document_stamps: inspected.stamps,
    };
    let genuine = |stamped_at, level| {
        Verdict::Genuine(Box::new(SealedBy {
            certificate: certificates.sealing_der(),
            subject: certificates.sealing.tbs_certificate().subject().to_string(),
            claimed_at: proofs.claimed_at,
            stamped_at,
            level,
            kept: proofs.kept.clone(),
        }))
    };
    match trust(&certificates, &proofs) {
        Trust::Trusted => genuine(None, Level::Basic),
        Trust::Stamped(at, level) => genuine(Some(at), level),
        Trust::BadStamp(code) => Verdict::NotGenuine(Reason::BadStamp(code)),
        Trust::Refused(code) => Verdict::NotGenuine(Reason::Mistrusted(code)),
        Trust::Unknown(code) => Verdict::CannotTell(code),
    }
}

fn verdict_of(fault: InspectFault) -> Verdict {
    Verdict::NotGenuine(match fault {
        InspectFault::File(fault) => return Verdict::Unreadable(fault.code()),
        InspectFault::NoSeal => Reason::NoSeal,
        InspectFault::ManySeals | InspectFault::OtherKind => Reason::OtherSignature,
        InspectFault::NotWhole => Reason::NotWhole,
        InspectFault::Contents => Reason::SealForm,
    })
}

/// The certificates of a CMS whose signature is right and which is written byte for byte as seals are made, and the stamp
/// over the signature.
fn check(cms: &[u8], digest: &[u8; 32]) -> Result<(SealCertificates, Option<Stamped>), Reason> {
    let (signer, certificates) = read(cms).ok_or(Reason::SealForm)?;
    if message_digest(&signer).ok_or(Reason::SealForm)? != digest {
        return Err(Reason::Altered);
    }
    let attributes = signer.signed_attrs.as_ref().and_then(|set| set.to_der().ok());
    let attributes = attributes.ok_or(Reason::SealForm)?;
    let signature = signer.signature.as_bytes();
    if !certificates.fits(&attributes, signature) {
        return Err(Reason::WrongSignature);
    }
    let token = token(&signer)?;
    // The attributes name the certificate by its hash; what neither they nor the signature protect is compared here.
    let again = certificates.content_info(digest, signature, token.as_deref());
    if again.map_err(|_| Reason::SealForm)? != cms {
        return Err(Reason::SealForm);
    }
    let stamped = |token| Stamped { token, digest: Sha256::digest(signature).into() };
    Ok((certificates, token.map(stamped)))
}

/// The only unsigned attribute: the stamp.
fn token(signer: &SignerInfo) -> Result<Option<Vec<u8>>, Reason> {
    let Some(attributes) = &signer.unsigned_attrs else { return Ok(None) };
    let [attribute] = attributes.as_slice() else { return Err(Reason::SealForm) };
    match attribute.values.as_slice() {
        [token] if attribute.oid == oid::SIGNATURE_TIME_STAMP => {
            token.to_der().map(Some).map_err(|_| Reason::SealForm)
        }
        _ => Err(Reason::SealForm),
    }
}

/// The only signer and his certificates.
fn read(cms: &[u8]) -> Option<(SignerInfo, SealCertificates)> {
    let info = ContentInfo::from_der(cms).ok()?;
    if info.content_type != ID_SIGNED_DATA {
        return None;
    }
    let signed: SignedData = info.content.decode_as().ok()?;
    let [signer] = signed.signer_infos.0.as_slice() else { return None };
    let mut sealing = None;
    let mut issuers = Vec::new();
    for choice in signed.certificates.as_ref()?.0.iter() {
        let CertificateChoices::Certificate(certificate) = choice else { return None };
        let der = certificate.to_der().ok()?;
        if sealing.is_none() && is_of(certificate, &signer.sid) {
            sealing = Some(der);
        } else {
            issuers.push(der);
        }
    }
    let issuers = issuers.iter().map(Vec::as_slice);
    Some((signer.clone(), SealCertificates::from_der(&sealing?, issuers).ok()?))
}

fn is_of(certificate: &Certificate, signer: &SignerIdentifier) -> bool {
    let tbs = certificate.tbs_certificate();
    match signer {
        SignerIdentifier::IssuerAndSerialNumber(id) => {
            id.issuer == *tbs.issuer() && id.serial_number == *tbs.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(_) => false,
    }
}

fn message_digest(signer: &SignerInfo) -> Option<&[u8]> {
    let mut found = signer.signed_attrs.as_ref()?.iter().filter(|a| a.oid == ID_MESSAGE_DIGEST);
    let (attribute, None) = (found.next()?, found.next()) else { return None };
    let [value] = attribute.values.as_slice() else { return None };
    value.decode_as::<&OctetStringRef>().ok().map(OctetStringRef::as_bytes)
}

impl SealCertificates {
    /// Whether a signature over these bytes was made by the key of the sealing certificate.
    #[must_use]
    pub fn fits(&self, signed: &[u8], signature: &[u8]) -> bool {
        let key = self.sealing.tbs_certificate().subject_public_key_info();
        let Some(key) = key.subject_public_key.as_bytes() else { return false };
        match self.algorithm {
            SealAlgorithm::Rsa(_) => rsa::RsaPublicKey::from_pkcs1_der(key).is_ok_and(|key| {
                let scheme = rsa::Pkcs1v15Sign::new::<Sha256>();
                key.verify(scheme, &Sha256::digest(signed), signature).is_ok()
            }),
            SealAlgorithm::P256 => fits_p256(key, signed, signature),
        }
    }
}

fn fits_p256(key: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key);
    let signature = p256::ecdsa::Signature::from_der(signature);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(signed, &signature).is_ok())
}
