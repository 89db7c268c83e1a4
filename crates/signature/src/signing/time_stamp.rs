//! The other side of a time stamp: tokens and answers as an authority makes them.

use cms::content_info::{CmsVersion, ContentInfo};
use der::asn1::{BitString, Int, Uint};
use der::{Any, DateTime, Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;

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

fn date_time(moment: Moment) -> Result<DateTime, SigningError> {
    let seconds = u64::try_from(moment.0).unwrap_or_default();
    let duration = std::time::Duration::from_secs(seconds);
    Ok(DateTime::from_unix_duration(duration)?)
}
