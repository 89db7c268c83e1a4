//! Making an enveloped XML signature as NCALayer does: compact, one reference, the certificate inside.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{SigningAlgorithm, SigningError, SigningKey};
use crate::verdict::Reason;
use crate::x509::Certificate;
use crate::xml::algorithms::{
    ECDSA_SHA256, ENVELOPED, GOST_2015, Method, RSA_SHA256, SHA256, STREEBOG_512,
};
use crate::xml::{
    Canonicalization, Comments, NAMESPACE, Part, Subset, element_by_id, element_name,
    only_signature, parse, text_of, written,
};

const VALUE: &str = "<ds:SignatureValue>";

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
    let unsigned = with_signature(&text, &signature)?;
    let value = value(method, &key.sign(&signed_info(&unsigned, order)?)?)?;
    let place = unsigned.rfind(VALUE).map(|place| place + VALUE.len());
    let (before, after) =
        place.and_then(|place| unsigned.split_at_checked(place)).ok_or(Reason::XmlMalformed)?;
    Ok([before, &STANDARD.encode(value), after].concat().into_bytes())
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
    let (uri, enveloped) = match order.part {
        Part::Whole => (String::new(), empty("Transform", ENVELOPED)),
        Part::Element(id) => (format!("#{id}"), String::new()),
    };
    let transforms = [enveloped, form("Transform", &order.content)].concat();
    let reference = [
        element("Transforms", &transforms),
        empty("DigestMethod", digest_uri(method)),
        element("DigestValue", &STANDARD.encode(digest)),
    ];
    let signed_info = [
        form("CanonicalizationMethod", &order.signed_info),
        empty("SignatureMethod", method_uri(method)),
        format!("<ds:Reference URI=\"{uri}\">{}</ds:Reference>", reference.concat()),
    ];
    let certificate = element("X509Certificate", &STANDARD.encode(certificate.der()));
    let parts = [
        element("SignedInfo", &signed_info.concat()),
        element("SignatureValue", ""),
        element("KeyInfo", &element("X509Data", &certificate)),
    ];
    format!("<ds:Signature xmlns:ds=\"{NAMESPACE}\">{}</ds:Signature>", parts.concat())
}

fn element(name: &str, inside: &str) -> String {
    format!("<ds:{name}>{inside}</ds:{name}>")
}

fn empty(name: &str, algorithm: &str) -> String {
    format!("<ds:{name} Algorithm=\"{algorithm}\"/>")
}

fn form(name: &str, form: &Canonicalization) -> String {
    let (uri, parameters) = (form.uri(), form.parameters());
    format!("<ds:{name} Algorithm=\"{uri}\">{parameters}</ds:{name}>")
}

fn method_uri(method: Method) -> &'static str {
    match method {
        Method::Gost2015 => GOST_2015,
        Method::RsaSha256 => RSA_SHA256,
        Method::EcdsaSha256 => ECDSA_SHA256,
    }
}

fn digest_uri(method: Method) -> &'static str {
    match method {
        Method::Gost2015 => STREEBOG_512,
        Method::RsaSha256 | Method::EcdsaSha256 => SHA256,
    }
}

/// The document with one more child at the end of its document element.
fn with_signature(text: &str, signature: &str) -> Result<String, Reason> {
    let document = parse(text)?;
    let root = document.root_element();
    let (until_end, after) = text.split_at_checked(root.range().end).ok_or(Reason::XmlMalformed)?;
    if let Some(start) = until_end.strip_suffix("/>") {
        return Ok(format!("{start}>{signature}</{}>{after}", element_name(root)));
    }
    let (before, end) = until_end.rsplit_once("</").ok_or(Reason::XmlMalformed)?;
    Ok(format!("{before}{signature}</{end}{after}"))
}

/// The bytes the signature itself is over.
fn signed_info(unsigned: &str, order: &XmlOrder<'_>) -> Result<Vec<u8>, Reason> {
    let document = parse(unsigned)?;
    let signature = only_signature(&document)?;
    let info = signature.first_element_child().ok_or(Reason::XmlSignatureForm)?;
    written(Subset::element(info), &order.signed_info)
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
