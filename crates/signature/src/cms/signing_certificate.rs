//! The signed attribute that names the signer's certificate by its digest (RFC 5035, and RFC 2634 for its elder by
//! SHA-1): without it somebody could put another certificate of the same key in its place.

use der::asn1::OctetString;
use der::{Any, Sequence};
use sha1::{Digest, Sha1};
use spki::AlgorithmIdentifierOwned;
use x509_cert::certificate::Raw;
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};
use x509_cert::serial_number::SerialNumber;

use super::Parts;
use crate::verdict::Reason;
use crate::x509::{Certificate, DigestAlgorithm, has_no_parameters, oid};

/// `SigningCertificateV2`: the signer's certificate comes first; policies are nobody's concern here.
#[derive(Sequence)]
pub(crate) struct SigningCertificateV2 {
    certificates: Vec<CertificateIdV2>,
    #[asn1(optional = "true")]
    policies: Option<Vec<Any>>,
}

/// `ESSCertIDv2`: SHA-256 where no algorithm stands.
#[derive(Sequence)]
struct CertificateIdV2 {
    #[asn1(optional = "true")]
    algorithm: Option<AlgorithmIdentifierOwned>,
    digest: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<IssuerSerial>,
}

/// `SigningCertificate`.
#[derive(Sequence)]
struct SigningCertificate {
    certificates: Vec<CertificateId>,
    #[asn1(optional = "true")]
    policies: Option<Vec<Any>>,
}

/// `ESSCertID`: SHA-1.
#[derive(Sequence)]
struct CertificateId {
    digest: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<IssuerSerial>,
}

#[derive(Sequence)]
struct IssuerSerial {
    issuer: GeneralNames,
    serial: SerialNumber<Raw>,
}

impl SigningCertificateV2 {
    /// Names a certificate by its SHA-256 alone.
    pub(crate) fn by_sha256(fingerprint: &[u8; 32]) -> der::Result<Self> {
        let digest = OctetString::new(fingerprint.as_slice())?;
        let id = CertificateIdV2 { algorithm: None, digest, issuer_serial: None };
        Ok(Self { certificates: vec![id], policies: None })
    }
}

/// Whether the signed attributes name this certificate as the signer's, in either form; where both stand, both must.
pub(crate) fn names_signer(parts: &Parts, signer: &Certificate) -> Result<bool, Reason> {
    let first = parts.attribute(oid::SIGNING_CERTIFICATE)?;
    let second = parts.attribute(oid::SIGNING_CERTIFICATE_V2)?;
    let first = first.map(|value| named_by_sha1(value, signer)).transpose()?;
    let second = second.map(|value| named(value, signer)).transpose()?;
    Ok(match (first, second) {
        (None, None) => false,
        (first, second) => first.unwrap_or(true) && second.unwrap_or(true),
    })
}

fn named_by_sha1(value: &Any, signer: &Certificate) -> Result<bool, Reason> {
    let attribute: SigningCertificate = value.decode_as().map_err(|_| Reason::Malformed)?;
    let id = attribute.certificates.first().ok_or(Reason::Malformed)?;
    let same = id.digest.as_bytes() == Sha1::digest(signer.der()).as_slice();
    Ok(same && id.issuer_serial.as_ref().is_none_or(|one| one.is_of(signer)))
}

fn named(value: &Any, signer: &Certificate) -> Result<bool, Reason> {
    let attribute: SigningCertificateV2 = value.decode_as().map_err(|_| Reason::Malformed)?;
    let id = attribute.certificates.first().ok_or(Reason::Malformed)?;
    let algorithm = match &id.algorithm {
        None => DigestAlgorithm::Sha256,
        Some(algorithm) if has_no_parameters(algorithm) => DigestAlgorithm::read(&algorithm.oid)?,
        Some(_) => return Err(Reason::Malformed),
    };
    let same = id.digest.as_bytes() == algorithm.of(signer.der());
    Ok(same && id.issuer_serial.as_ref().is_none_or(|one| one.is_of(signer)))
}

impl IssuerSerial {
    fn is_of(&self, certificate: &Certificate) -> bool {
        let [GeneralName::DirectoryName(issuer)] = self.issuer.as_slice() else { return false };
        issuer == certificate.issuer() && self.serial.as_bytes() == certificate.serial()
    }
}
