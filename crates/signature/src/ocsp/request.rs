//! The question: one certificate, named by its issuer and number, and a nonce.

use der::Encode;
use der::asn1::{Int, OctetString};
use sha2::{Digest, Sha256};
use spki::AlgorithmIdentifierOwned;

use super::syntax::{CertId, OcspRequest, RequestBody, SingleRequest, VERSION_1, nonce_extension};
use crate::x509::{Certificate, has_no_parameters, oid};

/// What is asked about: a number of an issuer (CertID, always by SHA-256).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CertificateId {
    name_hash: [u8; 32],
    key_hash: [u8; 32],
    serial: Vec<u8>,
}

impl CertificateId {
    /// A certificate and the authority that issued it.
    #[must_use]
    pub fn of(certificate: &Certificate, issuer: &Certificate) -> Self {
        Self::of_serial(certificate.serial(), issuer)
    }

    /// A serial number, as it is encoded, of this authority's.
    #[must_use]
    pub fn of_serial(serial: &[u8], issuer: &Certificate) -> Self {
        // A name that was read can be written again.
        let name = issuer.subject().to_der().unwrap_or_default();
        Self {
            name_hash: Sha256::digest(name).into(),
            key_hash: Sha256::digest(issuer.key_bytes()).into(),
            serial: serial.to_vec(),
        }
    }

    /// Whether it asks about something this authority issued.
    #[must_use]
    pub fn is_of(&self, issuer: &Certificate) -> bool {
        *self == Self::of_serial(&self.serial, issuer)
    }

    /// The serial number.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    pub(crate) fn to_syntax(&self) -> der::Result<CertId> {
        Ok(CertId {
            // The national authority's responder writes NULL, as most do.
            algorithm: AlgorithmIdentifierOwned {
                oid: oid::SHA256,
                parameters: Some(der::Any::null()),
            },
            name_hash: OctetString::new(self.name_hash.as_slice())?,
            key_hash: OctetString::new(self.key_hash.as_slice())?,
            serial: Int::new(&self.serial)?,
        })
    }

    /// `None` for a certificate named by another digest.
    pub(crate) fn from_syntax(id: &CertId) -> Option<Self> {
        let is_sha256 = id.algorithm.oid == oid::SHA256 && has_no_parameters(&id.algorithm);
        is_sha256.then_some(())?;
        Some(Self {
            name_hash: id.name_hash.as_bytes().try_into().ok()?,
            key_hash: id.key_hash.as_bytes().try_into().ok()?,
            serial: id.serial.as_bytes().to_vec(),
        })
    }
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// About what.
    pub id: CertificateId,
    /// Random, and returned in the answer: so an old answer cannot stand for a new one. 32 bytes (RFC 9654).
    pub nonce: Option<Vec<u8>>,
}

impl Request {
    /// DER, for `application/ocsp-request`.
    ///
    /// # Errors
    /// None that values of these types could cause; the encoder wants it said.
    pub fn to_der(&self) -> der::Result<Vec<u8>> {
        let nonce = self.nonce.as_deref().map(nonce_extension).transpose()?;
        let body = RequestBody {
            version: VERSION_1,
            requestor: None,
            list: vec![SingleRequest { id: self.id.to_syntax()?, extensions: None }],
            extensions: nonce.map(|nonce| vec![nonce]),
        };
        OcspRequest { body, signature: None }.to_der()
    }

    /// Reads a question as [`Self::to_der`] and `openssl ocsp -sha256` write it; `None` for any other.
    #[cfg(any(test, feature = "signing"))]
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let request: OcspRequest = der::Decode::from_der(der).ok()?;
        let body = request.body;
        let ([single], None) = (body.list.as_slice(), request.signature) else { return None };
        let nonce = body.extensions.iter().flatten().find(|one| one.extn_id == oid::OCSP_NONCE);
        let nonce =
            nonce.map(|one| <OctetString as der::Decode>::from_der(one.extn_value.as_bytes()));
        Some(Self {
            id: CertificateId::from_syntax(&single.id)?,
            nonce: nonce.transpose().ok()?.map(|nonce| nonce.as_bytes().to_vec()),
        })
    }
}
