//! The CMS inside a seal: SignedData without content, with the three attributes that PAdES baseline wants.
//!
//! One digest, one signer, one certificate chain and one time stamp have exactly one encoding here. Judging relies on that: a seal is
//! made again from its parts and compared, so that no byte of it is left unprotected.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA};
use const_oid::db::rfc5912::{
    ECDSA_WITH_SHA_256, ID_EC_PUBLIC_KEY, ID_SHA_256, RSA_ENCRYPTION, SECP_256_R_1,
};
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Decode, Encode, Sequence};
use sha2::{Digest, Sha256};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

use crate::cms::SigningCertificateV2;
use crate::x509::oid;

/// Kind of the sealing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SealAlgorithm {
    /// RSA with PKCS #1 v1.5 and SHA-256; signatures of this many bytes.
    Rsa(usize),
    /// ECDSA with P-256 and SHA-256; signatures in DER of at most 72 bytes.
    P256,
}

impl SealAlgorithm {
    /// The algorithm of a certificate's key; `None` for any other than these two.
    pub(super) fn of(certificate: &Certificate) -> Option<Self> {
        let key = certificate.tbs_certificate().subject_public_key_info();
        match key.algorithm.oid {
            RSA_ENCRYPTION => {
                let bits = key.subject_public_key.as_bytes()?;
                let key = rsa_modulus_length(bits)?;
                (256..=1024).contains(&key).then_some(Self::Rsa(key))
            }
            ID_EC_PUBLIC_KEY => {
                let curve =
                    key.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok()?;
                (curve == SECP_256_R_1).then_some(Self::P256)
            }
            _ => None,
        }
    }

    pub(super) fn signature_length(self) -> usize {
        match self {
            Self::Rsa(length) => length,
            Self::P256 => 72,
        }
    }

    fn identifier(self) -> AlgorithmIdentifierOwned {
        match self {
            Self::Rsa(_) => {
                AlgorithmIdentifierOwned { oid: RSA_ENCRYPTION, parameters: Some(Any::null()) }
            }
            Self::P256 => AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA_256, parameters: None },
        }
    }
}

fn rsa_modulus_length(key: &[u8]) -> Option<usize> {
    #[derive(Sequence)]
    struct RsaPublicKey<'a> {
        modulus: der::asn1::UintRef<'a>,
        public_exponent: der::asn1::UintRef<'a>,
    }
    let key = RsaPublicKey::from_der(key).ok()?;
    (key.public_exponent.as_bytes().len() <= 8).then(|| key.modulus.as_bytes().len())
}

/// The chain that a seal carries, the sealing certificate first.
#[derive(Clone, Debug)]
pub struct SealCertificates {
    pub(super) sealing: Certificate,
    pub(super) issuers: Vec<Certificate>,
    pub(super) algorithm: SealAlgorithm,
    fingerprint: [u8; 32],
}

/// Why certificates cannot be put into a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificatesFault {
    /// A certificate is not X.509 in DER.
    #[error("a certificate cannot be read")]
    Unreadable,
    /// The key is neither RSA of 2048 bits or more nor P-256.
    #[error("the sealing key is neither RSA (2048 bits or more) nor P-256")]
    Key,
}

impl SealCertificates {
    /// From DER: the sealing certificate, then those above it, without the root.
    ///
    /// # Errors
    /// [`CertificatesFault`].
    pub fn from_der<'a>(
        sealing: &[u8],
        issuers: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, CertificatesFault> {
        let read = |bytes: &[u8]| {
            let certificate =
                Certificate::from_der(bytes).map_err(|_| CertificatesFault::Unreadable)?;
            // Writing it again must give the same bytes, or its own signature would break.
            let again = certificate.to_der().map_err(|_| CertificatesFault::Unreadable)?;
            if again == bytes { Ok(certificate) } else { Err(CertificatesFault::Unreadable) }
        };
        let fingerprint = Sha256::digest(sealing).into();
        let sealing = read(sealing)?;
        let issuers = issuers.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let algorithm = SealAlgorithm::of(&sealing).ok_or(CertificatesFault::Key)?;
        Ok(Self { sealing, issuers, algorithm, fingerprint })
    }

    /// The sealing certificate, DER.
    #[must_use]
    pub fn sealing_der(&self) -> Vec<u8> {
        self.sealing.to_der().unwrap_or_default()
    }

    /// The certificates above it, DER.
    #[must_use]
    pub fn issuers_der(&self) -> Vec<Vec<u8>> {
        self.issuers.iter().map(|issuer| issuer.to_der().unwrap_or_default()).collect()
    }

    /// The signed attributes as the DER of a SET: what the key signs.
    pub(super) fn signed_attributes(&self, digest: &[u8; 32]) -> der::Result<SetOfVec<Attribute>> {
        let signing = SigningCertificateV2::by_sha256(&self.fingerprint)?;
        SetOfVec::try_from(vec![
            attribute(ID_CONTENT_TYPE, Any::encode_from(&ID_DATA)?)?,
            attribute(ID_MESSAGE_DIGEST, Any::encode_from(&OctetString::new(digest.as_slice())?)?)?,
            attribute(oid::SIGNING_CERTIFICATE_V2, Any::encode_from(&signing)?)?,
        ])
    }

    /// The whole CMS, with the time stamp over the signature where there is one.
    pub(super) fn content_info(
        &self,
        digest: &[u8; 32],
        signature: &[u8],
        stamp: Option<&[u8]>,
    ) -> der::Result<Vec<u8>> {
        let tbs = self.sealing.tbs_certificate();
        let sha256 = AlgorithmIdentifierOwned { oid: ID_SHA_256, parameters: None };
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: tbs.issuer().clone(),
                serial_number: tbs.serial_number().clone(),
            }),
            digest_alg: sha256.clone(),
            signed_attrs: Some(self.signed_attributes(digest)?),
            signature_algorithm: self.algorithm.identifier(),
            signature: OctetString::new(signature)?,
            unsigned_attrs: stamp.map(stamp_attributes).transpose()?,
        };
        let certificates = std::iter::once(&self.sealing)
            .chain(&self.issuers)
            .map(|certificate| CertificateChoices::Certificate(certificate.clone()))
            .collect::<Vec<_>>();
        let signed = SignedData {
            version: CmsVersion::V1,
            digest_algorithms: SetOfVec::try_from(vec![sha256])?,
            encap_content_info: EncapsulatedContentInfo { econtent_type: ID_DATA, econtent: None },
            certificates: Some(CertificateSet::try_from(certificates)?),
            crls: None,
            signer_infos: SignerInfos::try_from(vec![signer])?,
        };
        ContentInfo { content_type: ID_SIGNED_DATA, content: Any::encode_from(&signed)? }.to_der()
    }
}

/// The stamp stands outside of what is signed: it comes later.
fn stamp_attributes(token: &[u8]) -> der::Result<SetOfVec<Attribute>> {
    SetOfVec::try_from(vec![attribute(oid::SIGNATURE_TIME_STAMP, Any::from_der(token)?)?])
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}
