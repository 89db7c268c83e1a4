//! The ASN.1 of RFC 6960, read strictly as DER.

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, BitStringRef, GeneralizedTime, Int, Null, OctetString};
use der::{Any, Choice, Encode, Enumerated, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::{Extension, Extensions};
use x509_cert::name::Name;

use crate::x509::oid;

/// The one version of requests and answers.
pub(crate) const VERSION_1: u8 = 0;

/// CertID.
#[derive(Sequence)]
pub(crate) struct CertId {
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) name_hash: OctetString,
    pub(crate) key_hash: OctetString,
    pub(crate) serial: Int,
}

/// OCSPRequest.
#[derive(Sequence)]
pub(crate) struct OcspRequest {
    pub(crate) body: RequestBody,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) signature: Option<Any>,
}

/// TBSRequest.
#[derive(Sequence)]
pub(crate) struct RequestBody {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "Default::default")]
    pub(crate) version: u8,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) requestor: Option<Any>,
    pub(crate) list: Vec<SingleRequest>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) extensions: Option<Extensions>,
}

/// Request: one certificate asked about.
#[derive(Sequence)]
pub(crate) struct SingleRequest {
    pub(crate) id: CertId,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) extensions: Option<Extensions>,
}

/// OCSPResponseStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumerated)]
#[asn1(type = "ENUMERATED")]
#[repr(u8)]
pub(crate) enum ResponseStatus {
    Successful = 0,
    MalformedRequest = 1,
    InternalError = 2,
    TryLater = 3,
    SignatureRequired = 5,
    Unauthorized = 6,
}

/// OCSPResponse.
#[derive(Sequence)]
pub(crate) struct OcspResponse {
    pub(crate) status: ResponseStatus,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) bytes: Option<ResponseBytes>,
}

/// ResponseBytes.
#[derive(Sequence)]
pub(crate) struct ResponseBytes {
    pub(crate) kind: ObjectIdentifier,
    pub(crate) response: OctetString,
}

/// BasicOCSPResponse: what is signed keeps its exact bytes, certificates those they came with.
#[derive(Sequence)]
pub(crate) struct BasicResponse<'a> {
    pub(crate) body: AnyRef<'a>,
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) signature: BitStringRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) certificates: Option<Vec<Any>>,
}

/// ResponseData.
#[derive(Sequence)]
pub(crate) struct ResponseBody {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "Default::default")]
    pub(crate) version: u8,
    pub(crate) responder: ResponderId,
    pub(crate) produced_at: GeneralizedTime,
    pub(crate) answers: Vec<SingleResponse>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) extensions: Option<Extensions>,
}

/// ResponderID.
#[derive(Choice)]
pub(crate) enum ResponderId {
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    ByName(Name),
    /// SHA-1 of the public key.
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    ByKey(OctetString),
}

/// SingleResponse.
#[derive(Sequence)]
pub(crate) struct SingleResponse {
    pub(crate) id: CertId,
    pub(crate) status: CertStatus,
    pub(crate) this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) extensions: Option<Extensions>,
}

/// CertStatus.
#[derive(Choice)]
pub(crate) enum CertStatus {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

/// RevokedInfo.
#[derive(Sequence)]
pub(crate) struct RevokedInfo {
    pub(crate) revoked_at: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) reason: Option<CrlReason>,
}

/// The extension that carries a nonce: an OCTET STRING within the extension's own.
pub(crate) fn nonce_extension(nonce: &[u8]) -> der::Result<Extension> {
    let value = OctetString::new(nonce)?.to_der()?;
    Ok(Extension {
        extn_id: oid::OCSP_NONCE,
        critical: false,
        extn_value: OctetString::new(value)?,
    })
}
