//! Making an enveloped XML signature as NCALayer does: compact, one reference, the certificate inside.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{SigningAlgorithm, SigningError, SigningKey};
use crate::verdict::Reason;
use crate::x509::Certificate;
use crate::xml::algorithms::Method;
use crate::xml::{
    Canonicalization, Comments, Part, SignatureText, Subset, element, element_by_id,
    info_and_value, only_signature, parse, text_of, with_last_child, written,
};

/// What is signed, and how it is brought into canonical form.
pub struct XmlOrder<'a> {
    /// The document; the signature becomes the last child of its document element.
    pub document: &'a [u8],
    /// Which part of it.
    pub part: Part<'a>,
    /// The canonical form of that part.
    pub content: Canonicalization,
    /// The canonical form of what the signature itself is over.
    pub signed_info: Canonicalization,
}

/// Signs with a key and its certificate; the signed document.
///
/// # Errors
/// [`SigningError`].
pub fn sign_xml(
    order: &XmlOrder<'_>,
    certificate: &Certificate,
    key: &dyn SigningKey,
) -> Result<Vec<u8>, SigningError> {
    let method = method(key.algorithm())?;
    let text = text_of(order.document)?;
    let digest = method.digest().of(&signed_bytes(&text, order)?);
    let signature = signature(order, method, &digest, certificate);
    let unsigned = with_last_child(parse(&text)?.root_element(), &signature)?;
    let unsigned = parse(&unsigned)?;
    let [info, place] = info_and_value(only_signature(&unsigned)?)?;
    let signed_info = written(Subset::element(info), &order.signed_info)?;
    let value = value(method, &key.sign(&signed_info)?)?;
    Ok(with_last_child(place, &STANDARD.encode(value))?.into_bytes())
}

fn method(algorithm: SigningAlgorithm) -> Result<Method, SigningError> {
    match algorithm {
        SigningAlgorithm::Gost2015 => Ok(Method::Gost2015),
        SigningAlgorithm::RsaSha256 => Ok(Method::RsaSha256),
        SigningAlgorithm::EcdsaSha256 => Ok(Method::EcdsaSha256),
        SigningAlgorithm::RsaSha512 | SigningAlgorithm::ShortGost2015 => {
            Err(Reason::UnsupportedAlgorithm.into())
        }
    }
}

fn signed_bytes(text: &str, order: &XmlOrder<'_>) -> Result<Vec<u8>, Reason> {
    let document = parse(text)?;
    let form = Canonicalization { comments: Comments::Left, ..order.content.clone() };
    let subset = match order.part {
        Part::Whole => Subset::whole(&document),
        Part::Element(id) => Subset::element(element_by_id(&document, id)?),
    };
    written(subset, &form)
}

/// The element Signature without its value.
fn signature(
    order: &XmlOrder<'_>,
    method: Method,
    digest: &[u8],
    certificate: &Certificate,
) -> String {
    let uri = match order.part {
        Part::Whole => String::new(),
        Part::Element(id) => format!("#{id}"),
    };
    let certificate = element("X509Certificate", &STANDARD.encode(certificate.der()));
    let text = SignatureText {
        uri: &uri,
        content: &order.content,
        signed_info: &order.signed_info,
        method,
        digest,
        key_info: &element("X509Data", &certificate),
    };
    text.written()
}

/// XML signatures write r‖s where keys give a SEQUENCE of both.
fn value(method: Method, signature: &[u8]) -> Result<Vec<u8>, SigningError> {
    match method {
        Method::Gost2015 | Method::RsaSha256 => Ok(signature.to_vec()),
        Method::EcdsaSha256 => p256::ecdsa::Signature::from_der(signature)
            .map(|signature| signature.to_bytes().to_vec())
            .map_err(|error| SigningError::Key(error.to_string())),
    }
}
