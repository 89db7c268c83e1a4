//! A CMS taken apart: one signer, what he signed, and the certificates beside it.
//!
//! Strict on purpose: what is not looked at later must have its one usual value here, so that no byte can be changed
//! without notice.

use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier, SignerInfo};
use const_oid::ObjectIdentifier;
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
pub(crate) struct Parts {
    /// Kind of what is signed.
    content_type: ObjectIdentifier,
    /// The signed text, where it is inside.
    pub(crate) content: Option<Vec<u8>>,
    /// Certificates beside it, unread.
    certificates: Vec<Any>,
    has_lists: bool,
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
pub(crate) struct SignedAttributes {
    /// DER of the SET that was signed.
    der: Vec<u8>,
    /// Digest of the text.
    message_digest: Vec<u8>,
    /// Moment the signer claims.
    pub(crate) signing_time: Option<Moment>,
}

impl Parts {
    /// Reads DER whose content is of this type.
    pub(crate) fn read(der: &[u8], content_type: ObjectIdentifier) -> Result<Self, Reason> {
        let outer = ContentInfo::from_der(der).map_err(|_| Reason::Malformed)?;
        if outer.content_type != oid::SIGNED_DATA {
            return Err(Reason::NotSignedData);
        }
        let data: SignedData = outer.content.decode_as().map_err(|_| Reason::Malformed)?;
        let signer = only_signer(&data)?;
        let declared = data.digest_algorithms.iter().map(|one| one.oid).collect::<Vec<_>>();
        let plain = data.digest_algorithms.iter().all(has_no_parameters);
        // Version 3 is for content other than data (RFC 5652, 5.1); some clients write it always.
        let usual_version = data.version == CmsVersion::V3
            || (data.version == CmsVersion::V1 && content_type == oid::DATA);
        if !declared.contains(&signer.digest_alg.oid) || !plain || !usual_version {
            return Err(Reason::Malformed);
        }
        if data.content.econtent_type != content_type {
            return Err(Reason::Malformed);
        }
        let content = data.content.econtent.as_ref().map(octets).transpose()?;
        let certificates = data.certificates.map(SetOfVec::into_vec).unwrap_or_default();
        if certificates.len() > CERTIFICATES_MAX {
            return Err(Reason::Malformed);
        }
        let has_lists = data.lists.is_some();
        Ok(Self { content_type, content, certificates, has_lists, signer })
    }

    /// The signer's own certificate among those inside; the others decide nothing and need not even be readable.
    pub(crate) fn signer_certificate(&self) -> Result<Certificate, Reason> {
        let SignerIdentifier::IssuerAndSerialNumber(id) = &self.signer.sid else {
            return Err(Reason::SignerCertificateMissing);
        };
        self.certificates
            .iter()
            .filter_map(|one| Certificate::from_der(&one.to_der().ok()?).ok())
            .find(|one| *one.issuer() == id.issuer && one.serial() == id.serial_number.as_bytes())
            .ok_or(Reason::SignerCertificateMissing)
    }

    /// Every certificate inside, DER, the signer's own among them.
    pub(crate) fn certificates(&self) -> impl Iterator<Item = Vec<u8>> {
        self.certificates.iter().map(|one| one.to_der().unwrap_or_default())
    }

    /// Whether it carries what no signature here protects and nobody here reads: lists, or unsigned attributes.
    pub(crate) fn has_loose_parts(&self) -> bool {
        self.has_lists || self.signer.unsigned_attrs.is_some()
    }

    /// The signature itself, over which a time stamp may be made.
    pub(crate) fn signature(&self) -> &[u8] {
        self.signer.signature.as_bytes()
    }

    /// The time stamp beside the signature, DER: the only value of an attribute that stands once.
    pub(crate) fn time_stamp(&self) -> Option<Vec<u8>> {
        let attributes = self.signer.unsigned_attrs.iter().flat_map(|set| set.iter());
        let mut found = attributes.filter(|one| one.oid == oid::SIGNATURE_TIME_STAMP);
        let (Some(attribute), None) = (found.next(), found.next()) else { return None };
        let [token] = attribute.values.as_slice() else { return None };
        token.to_der().ok()
    }

    /// Holds the content to its digest and the attributes to the signature of the certificate's key.
    pub(crate) fn check_signature(
        &self,
        content: &[u8],
        certificate: &Certificate,
    ) -> Result<SignedAttributes, Reason> {
        let attributes = self.signed_attributes()?;
        let algorithm = self.signature_digest()?;
        if algorithm.of(content) != attributes.message_digest {
            return Err(Reason::DigestMismatch);
        }
        let digest = algorithm.of(&attributes.der);
        let signature = self.signer.signature.as_bytes();
        if !certificate.key().verifies(algorithm, &digest, signature)? {
            return Err(Reason::SignatureMismatch);
        }
        Ok(attributes)
    }

    fn digest_algorithm(&self) -> Result<DigestAlgorithm, Reason> {
        if !has_no_parameters(&self.signer.digest_alg) {
            return Err(Reason::Malformed);
        }
        DigestAlgorithm::read(&self.signer.digest_alg.oid)
    }

    /// The digest that goes with the signature algorithm; it must be the declared one.
    fn signature_digest(&self) -> Result<DigestAlgorithm, Reason> {
        let algorithm = &self.signer.signature_algorithm;
        // GOST keys may repeat their curve in the parameters; anything else is absent or NULL.
        let is_gost =
            [oid::GOST_2015_512_SIGNATURE, oid::GOST_2015_256_SIGNATURE].contains(&algorithm.oid);
        if !is_gost && !has_no_parameters(algorithm) {
            return Err(Reason::Malformed);
        }
        signature_digest(&algorithm.oid, Some(self.digest_algorithm()?))
    }

    /// The value of a signed attribute; each stands once with one value.
    pub(crate) fn attribute(&self, wanted: ObjectIdentifier) -> Result<Option<&Any>, Reason> {
        let attributes = self.signer.signed_attrs.as_ref().ok_or(Reason::Malformed)?;
        let mut found = attributes.iter().filter(|one| one.oid == wanted);
        let (first, second) = (found.next(), found.next());
        match (first.map(|one| one.values.as_slice()), second) {
            (None, _) => Ok(None),
            (Some([only]), None) => Ok(Some(only)),
            _ => Err(Reason::Malformed),
        }
    }

    /// Content type and digest are demanded.
    fn signed_attributes(&self) -> Result<SignedAttributes, Reason> {
        let attributes = self.signer.signed_attrs.as_ref().ok_or(Reason::Malformed)?;
        let content_type = self.attribute(oid::CONTENT_TYPE)?.ok_or(Reason::Malformed)?;
        if content_type.decode_as::<ObjectIdentifier>() != Ok(self.content_type) {
            return Err(Reason::Malformed);
        }
        let digest = self.attribute(oid::MESSAGE_DIGEST)?.ok_or(Reason::Malformed)?;
        let digest: OctetString = digest.decode_as().map_err(|_| Reason::Malformed)?;
        let signing_time = self
            .attribute(oid::SIGNING_TIME)?
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
