//! Object identifiers of Kazakhstan's algorithms and roles, and the international ones used with them.

use const_oid::ObjectIdentifier;

macro_rules! oids {
    ($($name:ident = $text:literal, $doc:literal;)*) => {
        $(#[doc = $doc] #[allow(dead_code, reason = "some are needed by `signing` alone")] pub(crate) const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($text);)*
    };
}

oids! {
    GOST_2015_512_KEY = "1.2.398.3.10.1.1.2.2", "GOST 34.10-2015 key, 512 bit.";
    GOST_2015_512_CURVE = "1.2.398.3.10.1.1.2.2.1", "Its curve, id-tc26-gost-3410-12-512-paramSetA.";
    GOST_2015_512_SIGNATURE = "1.2.398.3.10.1.1.2.3.2", "GOST 34.10-2015 with GOST 34.11-2015, 512 bit.";
    GOST_2015_256_KEY = "1.2.398.3.10.1.1.2.1", "GOST 34.10-2015 key, 256 bit.";
    GOST_2015_256_CURVE = "1.2.398.3.10.1.1.2.1.1", "Its curve, id-tc26-gost-3410-2012-256-paramSetA.";
    GOST_2015_256_SIGNATURE = "1.2.398.3.10.1.1.2.3.1", "GOST 34.10-2015 with GOST 34.11-2015, 256 bit.";
    STREEBOG_256 = "1.2.398.3.10.1.3.2", "GOST 34.11-2015, 256 bit.";
    STREEBOG_512 = "1.2.398.3.10.1.3.3", "GOST 34.11-2015, 512 bit.";
    GOST_2004_KEY = "1.2.398.3.10.1.1.1.1", "GOST 34.310-2004 key.";
    GOST_2004_SIGNATURE = "1.2.398.3.10.1.1.1.2", "GOST 34.310-2004 signature.";
    GOST_2004_SIGNATURE_ALIAS = "1.3.6.1.4.1.6801.1.2.2", "The same under its older number.";
    GOST_95_DIGEST = "1.2.398.3.10.1.3.1", "GOST 34.311-95, the digest of 2004 keys.";
    RSA_KEY = "1.2.840.113549.1.1.1", "RSA key; in a CMS also RSA signature.";
    RSA_SHA256 = "1.2.840.113549.1.1.11", "RSA with SHA-256.";
    RSA_SHA512 = "1.2.840.113549.1.1.13", "RSA with SHA-512.";
    EC_KEY = "1.2.840.10045.2.1", "Elliptic-curve key.";
    P256 = "1.2.840.10045.3.1.7", "Curve P-256.";
    ECDSA_SHA256 = "1.2.840.10045.4.3.2", "ECDSA with SHA-256.";
    SHA256 = "2.16.840.1.101.3.4.2.1", "SHA-256.";
    SHA512 = "2.16.840.1.101.3.4.2.3", "SHA-512.";
    COMMON_NAME = "2.5.4.3", "CN: surname and given name.";
    SURNAME = "2.5.4.4", "SN.";
    SERIAL_NUMBER = "2.5.4.5", "IIN… or BIN….";
    ORGANIZATIONAL_UNIT = "2.5.4.11", "BIN… of an organisation.";
    GIVEN_NAME = "2.5.4.42", "In these certificates the patronymic.";
    USE_CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2", "Extended use: authentication.";
    USE_SIGNING = "1.3.6.1.5.5.7.3.4", "Extended use: signing.";
    USE_TIME_STAMPING = "1.3.6.1.5.5.7.3.8", "Extended use: time stamps.";
    USE_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9", "Extended use: answering for an authority.";
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1", "The one kind of OCSP answer.";
    OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2", "OCSP extension: nonce.";
    OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5", "Certificate extension: its revocation need not be checked.";
    OCSP_EXTENDED_REVOKE = "1.3.6.1.5.5.7.48.1.9", "OCSP extension: what was never issued is called revoked.";
    ROLE_INDIVIDUAL = "1.2.398.3.3.4.1.1", "Extended use: natural person.";
    ROLE_ORGANISATION = "1.2.398.3.3.4.1.2", "Extended use: organisation.";
    ROLE_HEAD = "1.2.398.3.3.4.1.2.1", "Extended use: its head.";
    ROLE_RIGHT_TO_SIGN = "1.2.398.3.3.4.1.2.2", "Extended use: who may sign for it.";
    ROLE_FINANCE = "1.2.398.3.3.4.1.2.3", "Extended use: who may sign its financial documents.";
    ROLE_STAFFING = "1.2.398.3.3.4.1.2.4", "Extended use: its staffing department.";
    ROLE_EMPLOYEE = "1.2.398.3.3.4.1.2.5", "Extended use: its employee.";
    DATA = "1.2.840.113549.1.7.1", "CMS content: data.";
    TST_INFO = "1.2.840.113549.1.9.16.1.4", "CMS content: what a time stamp says.";
    SIGNED_DATA = "1.2.840.113549.1.7.2", "CMS content: signed data.";
    CONTENT_TYPE = "1.2.840.113549.1.9.3", "Signed attribute: content type.";
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4", "Signed attribute: digest.";
    KEY_USAGE = "2.5.29.15", "Certificate extension: what the key is for.";
    BASIC_CONSTRAINTS = "2.5.29.19", "Certificate extension: whether it is an authority's.";
    EXTENDED_KEY_USAGE = "2.5.29.37", "Certificate extension: purposes and roles.";
    CRL_NUMBER = "2.5.29.20", "List extension: its number.";
    CRL_REASON = "2.5.29.21", "Entry extension: why.";
    DELTA_CRL = "2.5.29.27", "List extension: only changes since another list.";
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12", "Signed attribute: the certificate by its SHA-1.";
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47", "Signed attribute: the certificate by another digest.";
    SIGNATURE_TIME_STAMP = "1.2.840.113549.1.9.16.2.14", "Unsigned attribute: a time stamp over the signature.";
    SIGNING_TIME = "1.2.840.113549.1.9.5", "Signed attribute: claimed time.";
}

/// Extensions whose limits are heeded, or that limit nothing: a critical one beside these is a limit unknown here.
pub(crate) const UNDERSTOOD_EXTENSIONS: [ObjectIdentifier; 6] = [
    KEY_USAGE,
    ObjectIdentifier::new_unwrap("2.5.29.17"),
    BASIC_CONSTRAINTS,
    ObjectIdentifier::new_unwrap("2.5.29.31"),
    ObjectIdentifier::new_unwrap("2.5.29.32"),
    EXTENDED_KEY_USAGE,
];
