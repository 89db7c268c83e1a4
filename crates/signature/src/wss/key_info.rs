//! How a message carries its signer's certificate: whole, in a KeyIdentifier. It is never believed, only compared with
//! the pinned ones. Knows no key. Read next: `verify.rs`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Node;

use super::{Reason, SECURITY_EXTENSION};
use crate::xml::{base64_of, elements, is_element, plain_attribute};

const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
const BASE64_BINARY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";
/// Longest certificate, as text.
const TEXT_BYTES_MAX: usize = 128 * 1024;

/// The certificate in a KeyInfo, its bytes; whether they are one is seen where they are compared.
pub(super) fn certificate(key_info: Node<'_, '_>) -> Result<Vec<u8>, Reason> {
    let identifier = only(only(key_info, "SecurityTokenReference")?, "KeyIdentifier")?;
    let encoding = plain_attribute(identifier, "EncodingType");
    let is_fit = plain_attribute(identifier, "ValueType") == Some(X509_V3)
        && encoding == Some(BASE64_BINARY)
        && identifier.range().len() <= TEXT_BYTES_MAX;
    if is_fit {
        base64_of(identifier).map_err(|_| Reason::KeyInfoForm)
    } else {
        Err(Reason::KeyInfoForm)
    }
}

/// The only element inside, by its name.
fn only<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Result<Node<'a, 'input>, Reason> {
    let inside = elements(node).map_err(|_| Reason::KeyInfoForm)?;
    match inside.as_slice() {
        [only] if is_element(*only, SECURITY_EXTENSION, name) => Ok(*only),
        _ => Err(Reason::KeyInfoForm),
    }
}

/// What stands in a KeyInfo, whole in itself.
pub(super) fn written(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let types = format!("EncodingType=\"{BASE64_BINARY}\" ValueType=\"{X509_V3}\"");
    format!(
        "<wsse:SecurityTokenReference xmlns:wsse=\"{SECURITY_EXTENSION}\">\
        <wsse:KeyIdentifier {types}>{text}</wsse:KeyIdentifier></wsse:SecurityTokenReference>"
    )
}
