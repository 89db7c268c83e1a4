//! Making a CMS as NCALayer does: one signer, his certificate inside, three signed attributes.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::ObjectIdentifier;
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Decode, Encode};
use x509_cert::Certificate as X509;
use x509_cert::attr::Attribute;

use super::issue::time;
use super::{SigningError, SigningKey};
use crate::moment::Moment;
use crate::x509::{Certificate, oid};

/// Where the signed bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentPlace {
    /// Inside.
    Attached,
    /// Nowhere: the receiver has them.
    Detached,
}

/// Signs bytes with a key and its certificate; DER.
///
/// # Errors
/// [`SigningError`].
pub fn sign_cms(
    content: &[u8],
    place: ContentPlace,
    certificate: &Certificate,
    key: &dyn SigningKey,
    signing_time: Moment,
) -> Result<Vec<u8>, SigningError> {
    let message = Message { version: CmsVersion::V1, content_type: oid::DATA, content, place };
    let signing_time = attribute(oid::SIGNING_TIME, Any::encode_from(&time(signing_time)?)?)?;
    sign_message(&message, vec![signing_time], certificate, key)
}

/// What is signed, and how it is wrapped.
pub(super) struct Message<'a> {
    pub(super) version: CmsVersion,
    pub(super) content_type: ObjectIdentifier,
    pub(super) content: &'a [u8],
    pub(super) place: ContentPlace,
}

/// Signs a message with these attributes beside content type and digest; DER.
pub(super) fn sign_message(
    message: &Message<'_>,
    mut attributes: Vec<Attribute>,
    certificate: &Certificate,
    key: &dyn SigningKey,
) -> Result<Vec<u8>, SigningError> {
    let Message { version, content_type, content, place } = *message;
    let algorithm = key.algorithm();
    let digest = OctetString::new(algorithm.digest_algorithm().of(content))?;
    attributes.push(attribute(oid::CONTENT_TYPE, Any::from(content_type))?);
    attributes.push(attribute(oid::MESSAGE_DIGEST, Any::encode_from(&digest)?)?);
    let attributes = SetOfVec::try_from(attributes)?;
    let signature = key.sign(&attributes.to_der()?)?;
    let x509 = X509::from_der(certificate.der())?;
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: x509.tbs_certificate().issuer().clone(),
            serial_number: x509.tbs_certificate().serial_number().clone(),
        }),
        digest_alg: algorithm.digest(),
        signed_attrs: Some(attributes),
        signature_algorithm: algorithm.signature(),
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let econtent = match place {
        ContentPlace::Attached => Some(Any::encode_from(&OctetString::new(content.to_vec())?)?),
        ContentPlace::Detached => None,
    };
    let data = SignedData {
        version,
        digest_algorithms: SetOfVec::try_from(vec![algorithm.digest()])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: content_type, econtent },
        certificates: Some(CertificateSet(SetOfVec::try_from(vec![
            CertificateChoices::Certificate(x509),
        ])?)),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(vec![signer])?),
    };
    let outer = ContentInfo { content_type: oid::SIGNED_DATA, content: Any::encode_from(&data)? };
    Ok(outer.to_der()?)
}

pub(super) fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, SigningError> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}
