//! A certificate: who, by whom, from when to when, for what.
//!
//! In the NCA's certificates CN holds surname and given name, and GIVENNAME the patronymic. Nothing is taken for
//! granted: extensions may be missing altogether.

use const_oid::ObjectIdentifier;
use der::asn1::{PrintableStringRef, TeletexStringRef, Utf8StringRef};
use der::{Any, Decode, Encode, Tagged};
use sha2::{Digest, Sha256};
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::name::Name;

use super::{PublicKey, is_signed_by, oid};
use crate::moment::Moment;
use crate::verdict::Reason;

/// Largest certificate read, in bytes.
const BYTES_MAX: usize = 64 * 1024;

/// Names of a subject, as far as they are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectNames {
    /// CN.
    pub common_name: Option<String>,
    /// Surname.
    pub surname: Option<String>,
    /// Patronymic (the attribute GIVENNAME).
    pub patronymic: Option<String>,
}

/// A parsed certificate.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: CertificateInner<Raw>,
    key: PublicKey,
    key_usage: Option<KeyUsage>,
    uses: Option<Vec<ObjectIdentifier>>,
    is_authority: bool,
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] or [`Reason::Malformed`].
    pub fn from_der(der: &[u8]) -> Result<Self, Reason> {
        if der.len() > BYTES_MAX {
            return Err(Reason::TooLarge);
        }
        let parsed = CertificateInner::<Raw>::from_der(der).map_err(|_| Reason::Malformed)?;
        let body = parsed.tbs_certificate();
        let key = PublicKey::read(body.subject_public_key_info());
        let key_usage = extension::<KeyUsage>(&parsed)?;
        let uses = extension::<ExtendedKeyUsage>(&parsed)?.map(|uses| uses.0);
        let is_authority = extension::<BasicConstraints>(&parsed)?.is_some_and(|basic| basic.ca);
        Ok(Self { der: der.to_vec(), parsed, key, key_usage, uses, is_authority })
    }

    /// Reads DER or every certificate of a PEM file.
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn all_from(bytes: &[u8]) -> Result<Vec<Self>, Reason> {
        if bytes.first() == Some(&0x30) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Reason::Malformed)?;
        let chain = CertificateInner::<Raw>::load_pem_chain(certificates_only(text).as_bytes())
            .map_err(|_| Reason::Malformed)?;
        chain
            .iter()
            .map(|one| Self::from_der(&one.to_der().map_err(|_| Reason::Malformed)?))
            .collect()
    }

    /// The bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Public key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Subject.
    #[must_use]
    pub fn subject(&self) -> &Name {
        self.parsed.tbs_certificate().subject()
    }

    /// Issuer.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        self.parsed.tbs_certificate().issuer()
    }

    /// Serial number, its bytes.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.parsed.tbs_certificate().serial_number().as_bytes()
    }

    /// First moment of validity.
    #[must_use]
    pub fn not_before(&self) -> Moment {
        Moment::of(&self.parsed.tbs_certificate().validity().not_before)
    }

    /// Last moment of validity.
    #[must_use]
    pub fn not_after(&self) -> Moment {
        Moment::of(&self.parsed.tbs_certificate().validity().not_after)
    }

    /// SHA-256 of the bytes.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }

    /// The twelve characters after `IIN` in the subject's `serialNumber`.
    #[must_use]
    pub fn iin(&self) -> Option<String> {
        self.numbered(oid::SERIAL_NUMBER, "IIN")
    }

    /// The twelve characters after `BIN` in `OU` or `serialNumber`.
    #[must_use]
    pub fn bin(&self) -> Option<String> {
        [oid::ORGANIZATIONAL_UNIT, oid::SERIAL_NUMBER]
            .into_iter()
            .find_map(|attribute| self.numbered(attribute, "BIN"))
    }

    /// Names of the subject.
    #[must_use]
    pub fn names(&self) -> SubjectNames {
        SubjectNames {
            common_name: self.attribute(oid::COMMON_NAME),
            surname: self.attribute(oid::SURNAME),
            patronymic: self.attribute(oid::GIVEN_NAME),
        }
    }

    /// Whether it may issue certificates: CA, with keyCertSign where key usage is given.
    #[must_use]
    pub fn may_issue(&self) -> bool {
        self.is_authority && self.key_usage.as_ref().is_none_or(KeyUsage::key_cert_sign)
    }

    /// Whether its subject and issuer are the same and its own key signed it.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.subject() == self.issuer() && self.is_issued_by(self) == Ok(true)
    }

    /// Whether the issuer's key signed it.
    ///
    /// # Errors
    /// [`Reason`] where the algorithm cannot be judged.
    pub fn is_issued_by(&self, issuer: &Self) -> Result<bool, Reason> {
        is_signed_by(&self.der, issuer.key())
    }

    /// Whether the key is for signing: digitalSignature or nonRepudiation, as far as key usage is given.
    pub(crate) fn may_sign(&self) -> bool {
        self.key_usage.as_ref().is_none_or(|u| u.digital_signature() || u.non_repudiation())
    }

    /// Whether the key binds its holder to what he signs.
    pub(crate) fn may_bind(&self) -> bool {
        self.key_usage.as_ref().is_none_or(KeyUsage::non_repudiation)
    }

    /// Extended uses; `None` where the certificate does not limit them.
    pub(crate) fn uses(&self) -> Option<&[ObjectIdentifier]> {
        self.uses.as_deref()
    }

    fn numbered(&self, attribute: ObjectIdentifier, prefix: &str) -> Option<String> {
        let values = self.attributes(attribute);
        values.iter().find_map(|value| value.strip_prefix(prefix).map(str::to_owned))
    }

    fn attribute(&self, attribute: ObjectIdentifier) -> Option<String> {
        self.attributes(attribute).into_iter().next()
    }

    fn attributes(&self, attribute: ObjectIdentifier) -> Vec<String> {
        self.subject()
            .iter()
            .filter(|one| one.oid == attribute)
            .filter_map(|one| text_of(&one.value))
            .collect()
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Certificate({} bytes, •••)", self.der.len())
    }
}

/// A PEM file may hold keys beside certificates.
fn certificates_only(text: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for line in text.lines() {
        inside |= line.starts_with("-----BEGIN CERTIFICATE-----");
        if inside {
            kept.push_str(line);
            kept.push('\n');
        }
        inside &= !line.starts_with("-----END CERTIFICATE-----");
    }
    kept
}

fn extension<T>(certificate: &CertificateInner<Raw>) -> Result<Option<T>, Reason>
where
    T: for<'a> Decode<'a> + const_oid::AssociatedOid,
{
    let found = certificate.tbs_certificate().get_extension::<T>();
    found.map(|found| found.map(|(_, value)| value)).map_err(|_| Reason::Malformed)
}

fn text_of(value: &Any) -> Option<String> {
    match value.tag() {
        der::Tag::Utf8String => {
            value.decode_as::<Utf8StringRef<'_>>().ok().map(|text| text.as_str().to_owned())
        }
        der::Tag::PrintableString => {
            value.decode_as::<PrintableStringRef<'_>>().ok().map(|text| text.as_str().to_owned())
        }
        der::Tag::TeletexString => {
            value.decode_as::<TeletexStringRef<'_>>().ok().map(|text| text.as_str().to_owned())
        }
        _ => None,
    }
}
