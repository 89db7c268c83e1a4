//! The other side of a question about revocation: answers as the national authority's responder makes them.

use der::asn1::{AnyRef, BitStringRef, GeneralizedTime, Null, OctetString};
use der::{Any, Decode, Encode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlReason;

use super::issue::date_time;
use super::{SigningError, SigningKey};
use crate::moment::Moment;
use crate::ocsp::CertificateId;
use crate::ocsp::syntax::{
    BasicResponse, CertStatus, OcspResponse, ResponderId, ResponseBody, ResponseBytes,
    ResponseStatus, RevokedInfo, SingleResponse, VERSION_1, nonce_extension,
};
use crate::x509::{Certificate, oid};

/// What is said about a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspStatement {
    /// Not revoked.
    Good,
    /// Revoked at this moment, no reason given.
    Revoked(Moment),
    /// On hold since this moment.
    OnHold(Moment),
    /// Never issued: on hold since 1970-01-01.
    NeverIssued,
    /// Nothing known.
    Unknown,
}

/// Ways to decline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspFailure {
    /// The question cannot be read.
    MalformedRequest,
    /// A fault of the responder.
    InternalError,
    /// Not now.
    TryLater,
    /// Questions must be signed.
    SignatureRequired,
    /// It may not answer about this.
    Unauthorized,
}

/// Whether an answer is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// As it must be.
    Made,
    /// Its place is empty.
    Left,
}

/// An answer to be made.
pub struct OcspOrder<'a> {
    /// About what.
    pub id: &'a CertificateId,
    /// What is said.
    pub statement: OcspStatement,
    /// When it is signed.
    pub produced_at: Moment,
    /// Since when it was known to be so.
    pub this_update: Moment,
    /// When the next answer comes; the national responder does not say.
    pub next_update: Option<Moment>,
    /// Nonce to be returned.
    pub nonce: Option<&'a [u8]>,
    /// Whether it is signed.
    pub signature: Signature,
}

/// Makes an answer of a responder with this certificate and key, DER.
///
/// # Errors
/// [`SigningError`].
pub fn issue_ocsp_response(
    order: &OcspOrder<'_>,
    responder: &Certificate,
    key: &dyn SigningKey,
) -> Result<Vec<u8>, SigningError> {
    let single = SingleResponse {
        id: order.id.to_syntax()?,
        status: status(order.statement)?,
        this_update: generalized(order.this_update)?,
        next_update: order.next_update.map(generalized).transpose()?,
        extensions: None,
    };
    let mut extensions =
        order.nonce.map(nonce_extension).transpose()?.into_iter().collect::<Vec<_>>();
    extensions.push(Extension {
        extn_id: oid::OCSP_EXTENDED_REVOKE,
        critical: false,
        extn_value: OctetString::new(Null.to_der()?)?,
    });
    let body = ResponseBody {
        version: VERSION_1,
        responder: ResponderId::ByName(responder.subject().clone()),
        produced_at: generalized(order.produced_at)?,
        answers: vec![single],
        extensions: Some(extensions),
    };
    let body = body.to_der()?;
    let signature = match order.signature {
        Signature::Made => key.sign(&body)?,
        Signature::Left => Vec::new(),
    };
    let basic = BasicResponse {
        body: AnyRef::from_der(&body)?,
        algorithm: key.algorithm().signature(),
        signature: BitStringRef::from_bytes(&signature)?,
        certificates: Some(vec![Any::from_der(responder.der())?]),
    };
    let response = OctetString::new(basic.to_der()?)?;
    let bytes = Some(ResponseBytes { kind: oid::OCSP_BASIC, response });
    Ok(OcspResponse { status: ResponseStatus::Successful, bytes }.to_der()?)
}

/// The answer that declines.
///
/// # Errors
/// [`SigningError::Encoding`]; no failure causes it.
pub fn ocsp_failure(failure: OcspFailure) -> Result<Vec<u8>, SigningError> {
    let status = match failure {
        OcspFailure::MalformedRequest => ResponseStatus::MalformedRequest,
        OcspFailure::InternalError => ResponseStatus::InternalError,
        OcspFailure::TryLater => ResponseStatus::TryLater,
        OcspFailure::SignatureRequired => ResponseStatus::SignatureRequired,
        OcspFailure::Unauthorized => ResponseStatus::Unauthorized,
    };
    Ok(OcspResponse { status, bytes: None }.to_der()?)
}

fn status(statement: OcspStatement) -> Result<CertStatus, SigningError> {
    let (revoked_at, reason) = match statement {
        OcspStatement::Good => return Ok(CertStatus::Good(Null)),
        OcspStatement::Unknown => return Ok(CertStatus::Unknown(Null)),
        OcspStatement::Revoked(at) => (at, None),
        OcspStatement::OnHold(at) => (at, Some(CrlReason::CertificateHold)),
        OcspStatement::NeverIssued => (Moment(0), Some(CrlReason::CertificateHold)),
    };
    Ok(CertStatus::Revoked(RevokedInfo { revoked_at: generalized(revoked_at)?, reason }))
}

fn generalized(moment: Moment) -> Result<GeneralizedTime, SigningError> {
    Ok(GeneralizedTime::from_date_time(date_time(moment)?))
}
