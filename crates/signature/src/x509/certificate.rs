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

use super::{IssuerSignature, PublicKey, oid};
use crate::moment::Moment;
use crate::verdict::Reason;

/// Largest certificate read, in bytes.
const BYTES_MAX: usize = 64 * 1024;

/// Digits of an IIN and of a BIN.
const NUMBER_DIGITS: usize = 12;

/// Names of a subject, as far as they are there.
#[derive(Clone, Default, PartialEq, Eq)]
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
    uses_are_critical: bool,
    basic: Option<BasicConstraints>,
    has_unknown_limits: bool,
    signature: IssuerSignature,
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
        let key_usage = extension::<KeyUsage>(&parsed)?.map(|(_, usage)| usage);
        let uses = extension::<ExtendedKeyUsage>(&parsed)?;
        let uses_are_critical = uses.as_ref().is_some_and(|(critical, _)| *critical);
        let uses = uses.map(|(_, uses)| uses.0);
        let basic = extension::<BasicConstraints>(&parsed)?.map(|(_, basic)| basic);
        let has_unknown_limits = body
            .extensions()
            .into_iter()
            .flatten()
            .any(|one| one.critical && !oid::UNDERSTOOD_EXTENSIONS.contains(&one.extn_id));
        let signature = IssuerSignature::read(der, body.signature())?;
        let der = der.to_vec();
        Ok(Self {
            der,
            parsed,
            key,
            key_usage,
            uses,
            uses_are_critical,
            basic,
            has_unknown_limits,
            signature,
        })
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

    /// Public key as the certificate writes it.
    pub(crate) fn public_key_info(&self) -> &spki::SubjectPublicKeyInfoOwned {
        self.parsed.tbs_certificate().subject_public_key_info()
    }

    /// Public key as the certificate writes it, DER.
    #[must_use]
    pub fn key_der(&self) -> Vec<u8> {
        self.public_key_info().to_der().unwrap_or_default()
    }

    /// The issuer's signature, its bytes.
    #[must_use]
    pub fn signature_bytes(&self) -> &[u8] {
        self.parsed.signature().raw_bytes()
    }

    /// The bits of the public key alone, by whose digest others name it.
    pub(crate) fn key_bytes(&self) -> &[u8] {
        self.public_key_info().subject_public_key.raw_bytes()
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

    /// The twelve digits after `IIN` in the subject's `serialNumber`.
    #[must_use]
    pub fn iin(&self) -> Option<String> {
        self.numbered(oid::SERIAL_NUMBER, "IIN")
    }

    /// The twelve digits after `BIN` in `OU` or `serialNumber`.
    #[must_use]
    pub fn bin(&self) -> Option<String> {
        [oid::ORGANIZATIONAL_UNIT, oid::SERIAL_NUMBER]
            .into_iter()
            .find_map(|attribute| self.numbered(attribute, "BIN"))
    }

    /// Every value of the issuer's name that is a text.
    pub(crate) fn issuer_texts(&self) -> Vec<String> {
        self.issuer().iter().filter_map(|one| text_of(&one.value)).collect()
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

    /// Whether it may issue certificates: CA, with keyCertSign where key usage is given, and no limit unknown here.
    #[must_use]
    pub fn may_issue(&self) -> bool {
        let is_authority = self.basic.as_ref().is_some_and(|basic| basic.ca);
        let allowed = self.key_usage.as_ref().is_none_or(KeyUsage::key_cert_sign);
        is_authority && allowed && !self.has_unknown_limits
    }

    /// Whether it may issue revocation lists: cRLSign, where key usage is given.
    pub(crate) fn may_issue_lists(&self) -> bool {
        self.key_usage.as_ref().is_none_or(KeyUsage::crl_sign)
    }

    /// How many authorities may follow below it in a chain; `None` where it sets no limit.
    pub(crate) fn authorities_below_max(&self) -> Option<usize> {
        self.basic.as_ref().and_then(|basic| basic.path_len_constraint).map(usize::from)
    }

    /// Whether a critical extension limits it in a way this crate does not know.
    pub(crate) fn has_unknown_limits(&self) -> bool {
        self.has_unknown_limits
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
        self.signature.is_by(issuer.key())
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

    /// Whether its authority says that its revocation need not be checked.
    pub(crate) fn needs_no_check(&self) -> bool {
        let mut extensions = self.parsed.tbs_certificate().extensions().into_iter().flatten();
        extensions.any(|one| one.extn_id == oid::OCSP_NO_CHECK)
    }

    /// Whether it is critically limited to this extended use and no other.
    pub(crate) fn is_only_for(&self, wanted: ObjectIdentifier) -> bool {
        self.uses_are_critical && self.uses() == Some(&[wanted])
    }

    fn numbered(&self, attribute: ObjectIdentifier, prefix: &str) -> Option<String> {
        let values = self.attributes(attribute);
        let digits = |value: &str| {
            let number = value.strip_prefix(prefix)?;
            let all = number.len() == NUMBER_DIGITS && number.bytes().all(|b| b.is_ascii_digit());
            all.then(|| number.to_owned())
        };
        values.iter().find_map(|value| digits(value))
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

impl std::fmt::Debug for SubjectNames {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SubjectNames(•••)")
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

/// The value of an extension, and whether it is critical.
fn extension<T>(certificate: &CertificateInner<Raw>) -> Result<Option<(bool, T)>, Reason>
where
    T: for<'a> Decode<'a> + const_oid::AssociatedOid,
{
    certificate.tbs_certificate().get_extension::<T>().map_err(|_| Reason::Malformed)
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
