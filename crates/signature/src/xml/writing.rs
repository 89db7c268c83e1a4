//! Writing the element Signature, and putting text into a document without touching any other of its bytes. Knows no key
//! and no envelope. Read next: `signature.rs`, which reads what is written here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Node;

use super::NAMESPACE;
use super::algorithms::{ENVELOPED, Method};
use super::canonical::Canonicalization;
use super::document::element_name;
use crate::verdict::Reason;

/// A Signature without its value, compact: white space inside would be signed too.
pub(crate) struct SignatureText<'a> {
    /// What its one reference names; empty for the whole document, without the signature itself.
    pub(crate) uri: &'a str,
    /// The canonical form of what is signed.
    pub(crate) content: &'a Canonicalization,
    /// The canonical form of what the signature itself is over.
    pub(crate) signed_info: &'a Canonicalization,
    pub(crate) method: Method,
    pub(crate) digest: &'a [u8],
    /// What stands in KeyInfo.
    pub(crate) key_info: &'a str,
}

impl SignatureText<'_> {
    pub(crate) fn written(&self) -> String {
        let enveloped =
            if self.uri.is_empty() { empty("Transform", ENVELOPED) } else { String::new() };
        let transforms = [enveloped, form("Transform", self.content)].concat();
        let reference = [
            element("Transforms", &transforms),
            empty("DigestMethod", self.method.digest_uri()),
            element("DigestValue", &STANDARD.encode(self.digest)),
        ];
        let signed_info = [
            form("CanonicalizationMethod", self.signed_info),
            empty("SignatureMethod", self.method.uri()),
            format!("<ds:Reference URI=\"{}\">{}</ds:Reference>", self.uri, reference.concat()),
        ];
        let parts = [
            element("SignedInfo", &signed_info.concat()),
            element("SignatureValue", ""),
            element("KeyInfo", self.key_info),
        ];
        format!("<ds:Signature xmlns:ds=\"{NAMESPACE}\">{}</ds:Signature>", parts.concat())
    }
}

pub(crate) fn element(name: &str, inside: &str) -> String {
    format!("<ds:{name}>{inside}</ds:{name}>")
}

fn empty(name: &str, algorithm: &str) -> String {
    format!("<ds:{name} Algorithm=\"{algorithm}\"/>")
}

fn form(name: &str, form: &Canonicalization) -> String {
    let (uri, parameters) = (form.uri(), form.parameters());
    format!("<ds:{name} Algorithm=\"{uri}\">{parameters}</ds:{name}>")
}

/// The text of the element's document with one thing more at the end of the element.
pub(crate) fn with_last_child(element: Node<'_, '_>, inside: &str) -> Result<String, Reason> {
    let text = element.document().input_text();
    let (until_end, after) =
        text.split_at_checked(element.range().end).ok_or(Reason::XmlMalformed)?;
    if let Some(start) = until_end.strip_suffix("/>") {
        return Ok(format!("{start}>{inside}</{}>{after}", element_name(element)));
    }
    let (before, end) = until_end.rsplit_once("</").ok_or(Reason::XmlMalformed)?;
    Ok(format!("{before}{inside}</{end}{after}"))
}

/// SignedInfo, and SignatureValue, which is still empty, of a Signature written here.
pub(crate) fn info_and_value<'a, 'input>(
    signature: Node<'a, 'input>,
) -> Result<[Node<'a, 'input>; 2], Reason> {
    let mut inside = signature.children();
    let both = inside.next().zip(inside.next());
    both.map(|(info, value)| [info, value]).ok_or(Reason::XmlSignatureForm)
}
