//! Making signatures, certificates, revocation lists, responders' answers and time stamps: for simulators and tests only (feature `signing`).
//!
//! Software GOST keys here are neither constant-time nor certified. Keys of other kinds come through [`SigningKey`].

mod gost_key;
mod issue;
mod ocsp;
mod short_key;
mod signed_data;
mod time_stamp;
mod xml;

pub use gost_key::GostKey;
pub use issue::{
    CertificateOrder, CrlOrder, KeyUses, Subject, issue_certificate, issue_crl, issue_delta_crl,
};
pub use ocsp::{
    OcspFailure, OcspOrder, OcspStatement, Signature, issue_ocsp_response, ocsp_failure,
};
pub use short_key::ShortGostKey;
pub use signed_data::{ContentPlace, sign_cms};
pub use time_stamp::{
    TimeStampOrder, granted, issue_time_stamp, refused, signature_digest, with_time_stamp,
};
pub use xml::{XmlOrder, sign_xml};

use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::verdict::Reason;
use crate::x509::{DigestAlgorithm, oid};

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The key did not sign.
    #[error("the key did not sign: {0}")]
    Key(String),
    /// The values do not fit the form.
    #[error("the values cannot be encoded: {0}")]
    Encoding(#[from] der::Error),
    /// The XML document cannot be signed in this way.
    #[error("the document cannot be signed: {0}")]
    Document(#[from] Reason),
}

/// Kind of a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// GOST 34.10-2015, 512 bit, with Streebog-512.
    Gost2015,
    /// GOST 34.10-2015, 256 bit, with Streebog-256.
    ShortGost2015,
    /// RSA, PKCS #1 v1.5 with SHA-256.
    RsaSha256,
    /// RSA, PKCS #1 v1.5 with SHA-512.
    RsaSha512,
    /// ECDSA over P-256 with SHA-256.
    EcdsaSha256,
}

impl SigningAlgorithm {
    pub(crate) fn signature(self) -> AlgorithmIdentifierOwned {
        let (oid, with_null) = match self {
            Self::Gost2015 => (oid::GOST_2015_512_SIGNATURE, false),
            Self::ShortGost2015 => (oid::GOST_2015_256_SIGNATURE, false),
            Self::RsaSha256 => (oid::RSA_SHA256, true),
            Self::RsaSha512 => (oid::RSA_SHA512, true),
            Self::EcdsaSha256 => (oid::ECDSA_SHA256, false),
        };
        AlgorithmIdentifierOwned { oid, parameters: with_null.then(der::Any::null) }
    }

    fn digest(self) -> AlgorithmIdentifierOwned {
        let oid = match self.digest_algorithm() {
            DigestAlgorithm::Streebog256 => oid::STREEBOG_256,
            DigestAlgorithm::Streebog512 => oid::STREEBOG_512,
            DigestAlgorithm::Sha256 => oid::SHA256,
            DigestAlgorithm::Sha512 => oid::SHA512,
        };
        AlgorithmIdentifierOwned { oid, parameters: None }
    }

    fn digest_algorithm(self) -> DigestAlgorithm {
        match self {
            Self::Gost2015 => DigestAlgorithm::Streebog512,
            Self::ShortGost2015 => DigestAlgorithm::Streebog256,
            Self::RsaSha256 | Self::EcdsaSha256 => DigestAlgorithm::Sha256,
            Self::RsaSha512 => DigestAlgorithm::Sha512,
        }
    }
}

/// A private key.
pub trait SigningKey {
    /// Its kind.
    fn algorithm(&self) -> SigningAlgorithm;

    /// Its public part.
    ///
    /// # Errors
    /// [`SigningError::Encoding`].
    fn public_key(&self) -> Result<SubjectPublicKeyInfoOwned, SigningError>;

    /// The signature over a message; the key takes the digest.
    ///
    /// # Errors
    /// [`SigningError::Key`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError>;
}
