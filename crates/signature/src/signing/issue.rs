//! Issuing certificates and revocation lists in the shape of the national authority's.

use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{BitString, Null, OctetString, PrintableStringRef, SetOfVec, Uint, Utf8StringRef};
use der::{Any, DateTime, Encode, Sequence};
use sha1::{Digest, Sha1};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CrlReason, ExtendedKeyUsage, KeyUsage, KeyUsages,
    SubjectKeyIdentifier,
};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::time::Time;

use super::{SigningError, SigningKey};
use crate::moment::Moment;
use crate::x509::{Certificate, oid};

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");
/// Policy of the authority's certificates since 2022.
const POLICY_2022: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.398.3.3.2");
/// Where the key is kept, as the NCA says it of keys in files.
const KEY_STORAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.398.3.3.5");
const KEY_STORAGE_FILE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.398.3.3.5.1.1");

/// Whom a certificate is for.
#[derive(Clone, Default)]
pub struct Subject {
    /// CN: surname and given name of a person, or a name of something else.
    pub common_name: String,
    /// Surname.
    pub surname: Option<String>,
    /// Patronymic; stands in GIVENNAME.
    pub patronymic: Option<String>,
    /// Twelve digits.
    pub iin: Option<String>,
    /// Name of an organisation.
    pub organization: Option<String>,
    /// Twelve digits.
    pub bin: Option<String>,
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Subject(•••)")
    }
}

/// What the key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUses {
    /// Issuing certificates and lists.
    Authority,
    /// The same, but with no further authority below.
    LastAuthority,
    /// A natural person's signature under documents.
    PersonSigning,
    /// A natural person's authentication.
    PersonAuthentication,
    /// Signature of an organisation's employee.
    OrganisationSigning,
    /// An organisation's seal.
    Seal,
    /// Time stamps, and critically nothing else.
    TimeStamping,
    /// Answering for the authority about revocation; not to be checked in turn.
    OcspSigning,
    /// No extended uses at all, as some authorities issue.
    Unlimited,
}

/// A certificate to be issued.
pub struct CertificateOrder<'a> {
    /// Serial number, big-endian.
    pub serial: &'a [u8],
    /// Subject.
    pub subject: &'a Subject,
    /// His public key.
    pub public_key: SubjectPublicKeyInfoOwned,
    /// First moment of validity.
    pub not_before: Moment,
    /// Last moment of validity.
    pub not_after: Moment,
    /// Uses.
    pub uses: KeyUses,
}

/// A revocation list to be issued.
pub struct CrlOrder<'a> {
    /// When it is made.
    pub this_update: Moment,
    /// When the next one comes.
    pub next_update: Moment,
    /// Its number.
    pub number: u64,
    /// Serial numbers with the moments of revocation.
    pub revoked: &'a [(Vec<u8>, Moment)],
}

#[derive(Sequence)]
struct Validity {
    not_before: Time,
    not_after: Time,
}

#[derive(Sequence)]
struct CertificateBody {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial: Uint,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    public_key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct ListEntry {
    serial: Uint,
    revoked_at: Time,
    #[asn1(optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Sequence)]
struct ListBody {
    version: u8,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    this_update: Time,
    next_update: Time,
    #[asn1(optional = "true")]
    revoked: Option<Vec<ListEntry>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Signed {
    body: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

#[derive(Sequence)]
struct PolicyInformation {
    policy: ObjectIdentifier,
}

/// Issues a certificate. Without an issuer it signs itself: then `key` is its own.
///
/// # Errors
/// [`SigningError`].
pub fn issue_certificate(
    order: &CertificateOrder<'_>,
    issuer: Option<&Certificate>,
    key: &dyn SigningKey,
) -> Result<Vec<u8>, SigningError> {
    let subject = name(order.subject)?;
    let body = CertificateBody {
        version: 2,
        serial: Uint::new(order.serial)?,
        signature: key.algorithm().signature(),
        issuer: issuer.map_or_else(|| subject.clone(), |issuer| issuer.subject().clone()),
        validity: Validity {
            not_before: time(order.not_before)?,
            not_after: time(order.not_after)?,
        },
        subject,
        public_key: order.public_key.clone(),
        extensions: [extensions(order.uses)?, key_identifiers(order, issuer)?].concat(),
    };
    signed(&body, key)
}

/// Issues a revocation list.
///
/// # Errors
/// [`SigningError`].
pub fn issue_crl(
    order: &CrlOrder<'_>,
    issuer: &Certificate,
    key: &dyn SigningKey,
) -> Result<Vec<u8>, SigningError> {
    list(order, revoked(order)?, Vec::new(), issuer, key)
}

/// Issues a list of changes since the list of number `base`: what was revoked since, and what was taken off.
///
/// # Errors
/// [`SigningError`].
pub fn issue_delta_crl(
    order: &CrlOrder<'_>,
    base: u64,
    taken_off: &[Vec<u8>],
    issuer: &Certificate,
    key: &dyn SigningKey,
) -> Result<Vec<u8>, SigningError> {
    let mut entries = revoked(order)?;
    for serial in taken_off {
        let reason = extension(oid::CRL_REASON, false, &CrlReason::RemoveFromCRL)?;
        let (serial, revoked_at) = (Uint::new(serial)?, time(order.this_update)?);
        entries.push(ListEntry { serial, revoked_at, extensions: Some(vec![reason]) });
    }
    list(order, entries, vec![extension(oid::DELTA_CRL, true, &base)?], issuer, key)
}

fn revoked(order: &CrlOrder<'_>) -> Result<Vec<ListEntry>, SigningError> {
    let entry = |(serial, at): &(Vec<u8>, Moment)| -> Result<ListEntry, SigningError> {
        Ok(ListEntry { serial: Uint::new(serial)?, revoked_at: time(*at)?, extensions: None })
    };
    order.revoked.iter().map(entry).collect()
}

fn list(
    order: &CrlOrder<'_>,
    entries: Vec<ListEntry>,
    mut extensions: Vec<Extension>,
    issuer: &Certificate,
    key: &dyn SigningKey,
) -> Result<Vec<u8>, SigningError> {
    extensions.insert(0, extension(oid::CRL_NUMBER, false, &order.number)?);
    let body = ListBody {
        version: 1,
        signature: key.algorithm().signature(),
        issuer: issuer.subject().clone(),
        this_update: time(order.this_update)?,
        next_update: time(order.next_update)?,
        revoked: (!entries.is_empty()).then_some(entries),
        extensions,
    };
    signed(&body, key)
}

fn signed(body: &impl Encode, key: &dyn SigningKey) -> Result<Vec<u8>, SigningError> {
    let der = body.to_der()?;
    let signature = BitString::from_bytes(&key.sign(&der)?)?;
    let algorithm = key.algorithm().signature();
    let body = <Any as der::Decode>::from_der(&der)?;
    Ok(Signed { body, algorithm, signature }.to_der()?)
}

fn extensions(uses: KeyUses) -> Result<Vec<Extension>, SigningError> {
    let usage = match uses {
        KeyUses::Authority | KeyUses::LastAuthority => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
        KeyUses::PersonAuthentication => KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment,
        KeyUses::Seal | KeyUses::TimeStamping => {
            KeyUsages::DigitalSignature | KeyUsages::NonRepudiation
        }
        KeyUses::OcspSigning => KeyUsages::DigitalSignature.into(),
        KeyUses::PersonSigning | KeyUses::OrganisationSigning | KeyUses::Unlimited => {
            KeyUsages::DigitalSignature | KeyUsages::NonRepudiation | KeyUsages::KeyAgreement
        }
    };
    let extended = match uses {
        KeyUses::Authority | KeyUses::LastAuthority | KeyUses::Unlimited | KeyUses::Seal => {
            Vec::new()
        }
        KeyUses::PersonSigning => vec![oid::USE_SIGNING, oid::ROLE_INDIVIDUAL],
        KeyUses::PersonAuthentication => {
            vec![oid::USE_CLIENT_AUTHENTICATION, oid::ROLE_INDIVIDUAL]
        }
        KeyUses::OrganisationSigning => {
            vec![oid::USE_SIGNING, oid::ROLE_ORGANISATION, oid::ROLE_EMPLOYEE]
        }
        KeyUses::TimeStamping => vec![oid::USE_TIME_STAMPING],
        KeyUses::OcspSigning => vec![oid::USE_OCSP_SIGNING],
    };
    let policies = vec![PolicyInformation { policy: POLICY_2022 }];
    let mut list = vec![
        extension(oid::KEY_USAGE, true, &KeyUsage(usage))?,
        extension(POLICIES, false, &policies)?,
    ];
    if matches!(uses, KeyUses::Authority | KeyUses::LastAuthority) {
        let below = (uses == KeyUses::LastAuthority).then_some(0);
        let basic = BasicConstraints { ca: true, path_len_constraint: below };
        list.push(extension(oid::BASIC_CONSTRAINTS, true, &basic)?);
    }
    if matches!(uses, KeyUses::PersonSigning | KeyUses::PersonAuthentication) {
        list.push(extension(KEY_STORAGE, false, &vec![KEY_STORAGE_FILE])?);
    }
    if uses == KeyUses::OcspSigning {
        list.push(extension(oid::OCSP_NO_CHECK, false, &Null)?);
    }
    if !extended.is_empty() {
        // RFC 3161, 2.3 wants it critical; the national authority's other certificates have it plain.
        let critical = uses == KeyUses::TimeStamping;
        list.push(extension(oid::EXTENDED_KEY_USAGE, critical, &ExtendedKeyUsage(extended))?);
    }
    Ok(list)
}

/// The key's own identifier, and its issuer's (RFC 5280, 4.2.1.2, method 1).
fn key_identifiers(
    order: &CertificateOrder<'_>,
    issuer: Option<&Certificate>,
) -> Result<Vec<Extension>, SigningError> {
    let own = key_identifier(&order.public_key)?;
    let issuers = issuer
        .map_or_else(|| Ok(own.clone()), |issuer| key_identifier(issuer.public_key_info()))?;
    let authority = AuthorityKeyIdentifier {
        key_identifier: Some(issuers),
        ..AuthorityKeyIdentifier::default()
    };
    Ok(vec![
        extension(<SubjectKeyIdentifier as AssociatedOid>::OID, false, &SubjectKeyIdentifier(own))?,
        extension(<AuthorityKeyIdentifier as AssociatedOid>::OID, false, &authority)?,
    ])
}

fn key_identifier(key: &SubjectPublicKeyInfoOwned) -> Result<OctetString, SigningError> {
    Ok(OctetString::new(Sha1::digest(key.subject_public_key.raw_bytes()).to_vec())?)
}

fn extension(
    extn_id: ObjectIdentifier,
    critical: bool,
    value: &impl Encode,
) -> Result<Extension, SigningError> {
    Ok(Extension { extn_id, critical, extn_value: OctetString::new(value.to_der()?)? })
}

fn name(subject: &Subject) -> Result<Name, SigningError> {
    let numbered = |prefix: &str, digits: &Option<String>| {
        digits.as_ref().map(|digits| format!("{prefix}{digits}"))
    };
    let parts = [
        (oid::COMMON_NAME, Some(subject.common_name.clone())),
        (oid::SURNAME, subject.surname.clone()),
        (oid::SERIAL_NUMBER, numbered("IIN", &subject.iin)),
        (COUNTRY, Some("KZ".to_owned())),
        (ORGANIZATION, subject.organization.clone()),
        (oid::ORGANIZATIONAL_UNIT, numbered("BIN", &subject.bin)),
        (oid::GIVEN_NAME, subject.patronymic.clone()),
    ];
    let mut sequence = RdnSequence::default();
    for (oid, text) in parts {
        if let Some(text) = text {
            let printable = matches!(oid, COUNTRY | oid::SERIAL_NUMBER);
            let value = if printable {
                Any::from(PrintableStringRef::new(&text)?)
            } else {
                Any::from(Utf8StringRef::new(&text)?)
            };
            let mut rdn = SetOfVec::new();
            rdn.insert(AttributeTypeAndValue { oid, value })?;
            sequence.push(RelativeDistinguishedName::from(rdn));
        }
    }
    Ok(Name::hazmat_from_rdn_sequence(sequence))
}

pub(super) fn date_time(moment: Moment) -> Result<DateTime, SigningError> {
    let seconds = u64::try_from(moment.0).unwrap_or_default();
    Ok(DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?)
}

pub(super) fn time(moment: Moment) -> Result<Time, SigningError> {
    Ok(moment.to_time()?)
}
