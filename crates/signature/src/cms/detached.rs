//! A detached GOST signature that lies beside its content: made with a key that stays with the caller, and read again.
//!
//! SignedData without content, with four signed attributes (content type, digest, moment, the signer's certificate by
//! its hash), as CAdES baseline wants them, and the signer's certificate alone. One content, one moment, one certificate
//! and one signature have exactly one encoding here: reading writes it again and compares, so that no byte is left
//! unprotected. Whether the certificate is trusted is not decided here: see `pades/inside.rs`.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::ObjectIdentifier;
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Decode, Encode};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate as X509;
use x509_cert::attr::Attribute;

use super::parts::Parts;
use super::signing_certificate::{SigningCertificateV2, names_signer};
use crate::moment::Moment;
use crate::pades::Signing;
use crate::verdict::Reason;
use crate::x509::{Certificate, DigestAlgorithm, KeyKind, oid};

/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 128;

/// Why nothing was signed: in our hands, or in those of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetachedError<E> {
    /// The values do not fit the form.
    #[error("the signature cannot be encoded")]
    Encoding,
    /// What the key answered is no signature of the certificate's key over what it was given.
    #[error("the signature does not belong to the certificate")]
    OtherKey,
    /// The key refused or is not there.
    #[error("the key did not sign")]
    Key(E),
}

/// A certificate with a key of GOST 34.10-2015, 512 bit, that binds its holder.
#[derive(Clone)]
pub struct DetachedSigner {
    certificate: Certificate,
    x509: X509,
}

impl DetachedSigner {
    /// From DER.
    ///
    /// # Errors
    /// [`Reason`]: it cannot be read, or its key is of another kind or for something else.
    pub fn from_der(der: &[u8]) -> Result<Self, Reason> {
        let certificate = Certificate::from_der(der)?;
        match certificate.key().kind() {
            KeyKind::Gost2015 => {}
            KeyKind::OldGost2004 => return Err(Reason::OldGost2004),
            _ => return Err(Reason::UnsupportedAlgorithm),
        }
        if !certificate.may_bind() {
            return Err(Reason::WrongKeyUsage);
        }
        let x509 = X509::from_der(der).map_err(|_| Reason::Malformed)?;
        // Written again it must be the same bytes, or its own signature would break.
        if x509.to_der().map_err(|_| Reason::Malformed)? != der {
            return Err(Reason::Malformed);
        }
        Ok(Self { certificate, x509 })
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Whether a signature over these bytes was made by the certificate's key.
    #[must_use]
    pub fn fits(&self, signed: &[u8], signature: &[u8]) -> bool {
        let digest = DigestAlgorithm::Streebog512.of(signed);
        let key = self.certificate.key();
        key.verifies(DigestAlgorithm::Streebog512, &digest, signature) == Ok(true)
    }

    /// The signature as CMS carries it, r‖s with each number little-endian, out of what a device gave: devices order the
    /// two numbers and their bytes in different ways. `None` where no order makes it one over these bytes.
    #[must_use]
    pub fn in_order(&self, signed: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
        let (first, second) = signature.split_at_checked(SIGNATURE_BYTES / 2)?;
        let backwards = |half: &[u8]| half.iter().rev().copied().collect::<Vec<u8>>();
        let orders = [
            signature.to_vec(),
            backwards(signature),
            [second, first].concat(),
            [backwards(first), backwards(second)].concat(),
        ];
        orders.into_iter().find(|one| self.fits(signed, one))
    }

    /// What the key signs: the DER of the SET of attributes.
    fn signed_attributes(&self, digest: &[u8], at: Moment) -> der::Result<SetOfVec<Attribute>> {
        let signer = SigningCertificateV2::by_sha256(&self.certificate.fingerprint())?;
        SetOfVec::try_from(vec![
            attribute(oid::CONTENT_TYPE, Any::from(oid::DATA))?,
            attribute(oid::MESSAGE_DIGEST, Any::encode_from(&OctetString::new(digest)?)?)?,
            attribute(oid::SIGNING_TIME, Any::encode_from(&at.to_time()?)?)?,
            attribute(oid::SIGNING_CERTIFICATE_V2, Any::encode_from(&signer)?)?,
        ])
    }

    fn content_info(&self, digest: &[u8], at: Moment, signature: &[u8]) -> der::Result<Vec<u8>> {
        let plain = |oid| AlgorithmIdentifierOwned { oid, parameters: None };
        let tbs = self.x509.tbs_certificate();
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: tbs.issuer().clone(),
                serial_number: tbs.serial_number().clone(),
            }),
            digest_alg: plain(oid::STREEBOG_512),
            signed_attrs: Some(self.signed_attributes(digest, at)?),
            signature_algorithm: plain(oid::GOST_2015_512_SIGNATURE),
            signature: OctetString::new(signature)?,
            unsigned_attrs: None,
        };
        let own = CertificateChoices::Certificate(self.x509.clone());
        let signed = SignedData {
            version: CmsVersion::V1,
            digest_algorithms: SetOfVec::try_from(vec![plain(oid::STREEBOG_512)])?,
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: oid::DATA,
                econtent: None,
            },
            certificates: Some(CertificateSet::try_from(vec![own])?),
            crls: None,
            signer_infos: SignerInfos::try_from(vec![signer])?,
        };
        ContentInfo { content_type: oid::SIGNED_DATA, content: Any::encode_from(&signed)? }.to_der()
    }
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

/// Signs a content, which stays outside; DER. `sign` gets the bytes to be signed and takes their digest (Streebog-512)
/// itself.
///
/// # Errors
/// [`DetachedError`]; nothing of the content is in it.
pub fn sign_detached<E>(
    content: &[u8],
    signer: &DetachedSigner,
    at: Moment,
    sign: &Signing<'_, E>,
) -> Result<Vec<u8>, DetachedError<E>> {
    let digest = DigestAlgorithm::Streebog512.of(content);
    let attributes = signer.signed_attributes(&digest, at).and_then(|set| set.to_der());
    let attributes = attributes.map_err(|_| DetachedError::Encoding)?;
    let signature = sign(&attributes).map_err(DetachedError::Key)?;
    let signature = signer.in_order(&attributes, &signature).ok_or(DetachedError::OtherKey)?;
    signer.content_info(&digest, at, &signature).map_err(|_| DetachedError::Encoding)
}

/// A detached signature whose every byte is right; whose certificate it is, is its own word.
#[derive(Clone)]
pub struct DetachedSignature {
    /// The signer's certificate.
    pub certificate: Certificate,
    /// Moment the signer claims to have signed at.
    pub signing_time: Moment,
}

/// Reads a detached signature over exactly this content, written as [`sign_detached`] writes it.
///
/// # Errors
/// [`Reason`].
pub fn read_detached(cms: &[u8], content: &[u8]) -> Result<DetachedSignature, Reason> {
    let parts = Parts::read(cms, oid::DATA)?;
    if parts.content.is_some() {
        return Err(Reason::WrongContent);
    }
    let signer = DetachedSigner::from_der(parts.signer_certificate()?.der())?;
    let attributes = parts.check_signature(content, &signer.certificate)?;
    let signing_time = attributes.signing_time.ok_or(Reason::Malformed)?;
    let digest = DigestAlgorithm::Streebog512.of(content);
    let again = signer.content_info(&digest, signing_time, parts.signature());
    if !names_signer(&parts, &signer.certificate)? || again.as_deref() != Ok(cms) {
        return Err(Reason::Malformed);
    }
    Ok(DetachedSignature { certificate: signer.certificate, signing_time })
}
