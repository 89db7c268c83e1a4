//! A CMS taken apart: one signer, what he signed, and the certificates beside it.
//!
//! Strict on purpose: what is not looked at later must have its one usual value here, so that no byte can be changed
//! without notice.

use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier, SignerInfo};
use der::asn1::{OctetString, OctetStringRef, SetOfVec};
use der::{Any, Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use crate::moment::Moment;
use crate::verdict::Reason;
use crate::x509::{Certificate, DigestAlgorithm, has_no_parameters, oid, signature_digest};

/// Certificates looked at beside a signature; more is no honest client.
const CERTIFICATES_MAX: usize = 20;

/// A CMS with one signer.
pub(super) struct Parts {
    /// The signed text, where it is inside.
    pub content: Option<Vec<u8>>,
    /// Certificates beside it, unread.
    certificates: Vec<Any>,
    signer: SignerInfo,
}

/// SignedData (RFC 5652, 5.1). Certificates keep the bytes they came with, whatever they are.
#[derive(Sequence)]
struct SignedData {
    version: CmsVersion,
    digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    content: EncapsulatedContentInfo,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    certificates: Option<SetOfVec<Any>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    lists: Option<SetOfVec<Any>>,
    signers: SetOfVec<SignerInfo>,
}

/// What the signer signed: the attributes, and over them the signature.
pub(super) struct SignedAttributes {
    /// DER of the SET that was signed.
    pub der: Vec<u8>,
    /// Digest of the text.
    pub message_digest: Vec<u8>,
    /// Moment the signer claims.
    pub signing_time: Option<Moment>,
}

impl Parts {
    pub(super) fn read(der: &[u8]) -> Result<Self, Reason> {
        let outer = ContentInfo::from_der(der).map_err(|_| Reason::Malformed)?;
        if outer.content_type != oid::SIGNED_DATA {
            return Err(Reason::NotSignedData);
        }
        let data: SignedData = outer.content.decode_as().map_err(|_| Reason::Malformed)?;
        let signer = only_signer(&data)?;
        let declared = data.digest_algorithms.iter().map(|one| one.oid).collect::<Vec<_>>();
        let plain = data.digest_algorithms.iter().all(has_no_parameters);
        let usual_version = matches!(data.version, CmsVersion::V1 | CmsVersion::V3);
        if !declared.contains(&signer.digest_alg.oid) || !plain || !usual_version {
            return Err(Reason::Malformed);
        }
        if data.content.econtent_type != oid::DATA {
            return Err(Reason::Malformed);
        }
        let content = data.content.econtent.as_ref().map(octets).transpose()?;
        let certificates = data.certificates.map(SetOfVec::into_vec).unwrap_or_default();
        if certificates.len() > CERTIFICATES_MAX {
            return Err(Reason::Malformed);
        }
        Ok(Self { content, certificates, signer })
    }

    /// The signer's own certificate among those inside; the others decide nothing and need not even be readable.
    pub(super) fn signer_certificate(&self) -> Result<Certificate, Reason> {
        let SignerIdentifier::IssuerAndSerialNumber(id) = &self.signer.sid else {
            return Err(Reason::SignerCertificateMissing);
        };
        self.certificates
            .iter()
            .filter_map(|one| Certificate::from_der(&one.to_der().ok()?).ok())
            .find(|one| *one.issuer() == id.issuer && one.serial() == id.serial_number.as_bytes())
            .ok_or(Reason::SignerCertificateMissing)
    }

    pub(super) fn digest_algorithm(&self) -> Result<DigestAlgorithm, Reason> {
        if !has_no_parameters(&self.signer.digest_alg) {
            return Err(Reason::Malformed);
        }
        DigestAlgorithm::read(&self.signer.digest_alg.oid)
    }

    /// The digest that goes with the signature algorithm; it must be the declared one.
    pub(super) fn signature_digest(&self) -> Result<DigestAlgorithm, Reason> {
        let algorithm = &self.signer.signature_algorithm;
        // GOST keys may repeat their curve in the parameters; anything else is absent or NULL.
        if algorithm.oid != oid::GOST_2015_512_SIGNATURE && !has_no_parameters(algorithm) {
            return Err(Reason::Malformed);
        }
        signature_digest(&algorithm.oid, Some(self.digest_algorithm()?))
    }

    pub(super) fn signature(&self) -> &[u8] {
        self.signer.signature.as_bytes()
    }

    /// Content type and digest are demanded; each attribute stands once with one value.
    pub(super) fn signed_attributes(&self) -> Result<SignedAttributes, Reason> {
        let attributes = self.signer.signed_attrs.as_ref().ok_or(Reason::Malformed)?;
        let value = |wanted| -> Result<Option<&Any>, Reason> {
            let mut found = attributes.iter().filter(|one| one.oid == wanted);
            let (first, second) = (found.next(), found.next());
            match (first.map(|one| one.values.as_slice()), second) {
                (None, _) => Ok(None),
                (Some([only]), None) => Ok(Some(only)),
                _ => Err(Reason::Malformed),
            }
        };
        let content_type = value(oid::CONTENT_TYPE)?.ok_or(Reason::Malformed)?;
        if content_type.decode_as::<const_oid::ObjectIdentifier>() != Ok(oid::DATA) {
            return Err(Reason::Malformed);
        }
        let digest = value(oid::MESSAGE_DIGEST)?.ok_or(Reason::Malformed)?;
        let digest: OctetString = digest.decode_as().map_err(|_| Reason::Malformed)?;
        let signing_time = value(oid::SIGNING_TIME)?
            .map(|time| time.decode_as::<Time>().map(|time| Moment::of(&time)))
            .transpose()
            .map_err(|_| Reason::Malformed)?;
        Ok(SignedAttributes {
            der: attributes.to_der().map_err(|_| Reason::Malformed)?,
            message_digest: digest.as_bytes().to_vec(),
            signing_time,
        })
    }
}

fn only_signer(data: &SignedData) -> Result<SignerInfo, Reason> {
    match data.signers.as_slice() {
        [] => Err(Reason::NoSigner),
        [signer] if signer.version == CmsVersion::V1 => Ok(signer.clone()),
        [_] => Err(Reason::Malformed),
        _ => Err(Reason::SeveralSigners),
    }
}

fn octets(content: &Any) -> Result<Vec<u8>, Reason> {
    let octets: &OctetStringRef = content.decode_as().map_err(|_| Reason::Malformed)?;
    Ok(octets.as_bytes().to_vec())
}
