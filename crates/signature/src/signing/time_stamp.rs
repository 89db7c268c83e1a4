//! The other side of a time stamp: tokens and answers as an authority makes them.

use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerInfos};
use der::asn1::{BitString, Int, SetOfVec, Uint};
use der::{Any, Decode, Encode};
use sha2::{Digest, Sha256};
use x509_cert::ext::pkix::name::GeneralName;

use super::issue::date_time;
use super::signed_data::{ContentPlace, Message, attribute, sign_message};
use super::{SigningError, SigningKey};
use crate::cms::SigningCertificateV2;
use crate::moment::Moment;
use crate::tsp::syntax::{Imprint, Statement, StatusInfo, VERSION_1};
use crate::tsp::{Failure, PolicyId, Request, TimeStampResponse, nonce};
use crate::x509::{Certificate, oid};

/// A time stamp to be made.
pub struct TimeStampOrder<'a> {
    /// What is asked for.
    pub request: &'a Request,
    /// Policy named in the token.
    pub policy: PolicyId,
    /// Number of the stamp, big-endian.
    pub serial: &'a [u8],
    /// The time stated.
    pub made_at: Moment,
}

/// Makes a token, DER.
///
/// # Errors
/// [`SigningError`].
pub fn issue_time_stamp(
    order: &TimeStampOrder<'_>,
    certificate: &Certificate,
    key: &dyn SigningKey,
) -> Result<Vec<u8>, SigningError> {
    let statement = Statement {
        version: VERSION_1,
        policy: order.policy.0,
        imprint: Imprint::of(&order.request.digest)?,
        serial: Int::from(Uint::new(order.serial)?),
        made_at: date_time(order.made_at)?.into(),
        accuracy: None,
        ordering: false,
        nonce: Some(nonce(order.request.nonce)?),
        authority: Some(GeneralName::DirectoryName(certificate.subject().clone())),
        extensions: None,
    };
    let signing_certificate = SigningCertificateV2::by_sha256(&certificate.fingerprint())?;
    let message = Message {
        version: CmsVersion::V3,
        content_type: oid::TST_INFO,
        content: &statement.to_der()?,
        place: ContentPlace::Attached,
    };
    let named = attribute(oid::SIGNING_CERTIFICATE_V2, Any::encode_from(&signing_certificate)?)?;
    sign_message(&message, vec![named], certificate, key)
}

/// The answer that carries a token.
///
/// # Errors
/// [`SigningError::Encoding`] where it is none.
pub fn granted(token: &[u8]) -> Result<Vec<u8>, SigningError> {
    let status = StatusInfo { status: 0, texts: None, failure: None };
    let token = Some(ContentInfo::from_der(token)?);
    Ok(TimeStampResponse { status, token }.to_der()?)
}

/// The answer that rejects a request.
///
/// # Errors
/// [`SigningError::Encoding`]; no failure causes it.
pub fn refused(failure: Failure) -> Result<Vec<u8>, SigningError> {
    let bit = failure.bit();
    let mut bytes = vec![0; usize::from(bit / 8)];
    bytes.push(0x80 >> (bit % 8));
    let failure = Some(BitString::new(7 - bit % 8, bytes)?);
    let status = StatusInfo { status: 2, texts: None, failure };
    Ok(TimeStampResponse { status, token: None }.to_der()?)
}

/// What a stamp over the signature of a CMS is made over: SHA-256 of the signature's bytes.
///
/// # Errors
/// [`SigningError::Encoding`] where it is no CMS with a signer.
pub fn signature_digest(cms: &[u8]) -> Result<[u8; 32], SigningError> {
    let data: SignedData = ContentInfo::from_der(cms)?.content.decode_as()?;
    let signer = data.signer_infos.0.as_slice().first();
    let signer = signer.ok_or_else(|| SigningError::Key("nobody signed".to_owned()))?;
    Ok(Sha256::digest(signer.signature.as_bytes()).into())
}

/// The CMS with a stamp over its signature beside it, as an unsigned attribute (CAdES-T).
///
/// # Errors
/// [`SigningError::Encoding`] where either is none.
pub fn with_time_stamp(cms: &[u8], token: &[u8]) -> Result<Vec<u8>, SigningError> {
    let mut outer = ContentInfo::from_der(cms)?;
    let mut data: SignedData = outer.content.decode_as()?;
    let mut signers = data.signer_infos.0.into_vec();
    for signer in &mut signers {
        let stamp = attribute(oid::SIGNATURE_TIME_STAMP, Any::from_der(token)?)?;
        signer.unsigned_attrs = Some(SetOfVec::try_from(vec![stamp])?);
    }
    data.signer_infos = SignerInfos(SetOfVec::try_from(signers)?);
    outer.content = Any::encode_from(&data)?;
    Ok(outer.to_der()?)
}
