//! An ordinary reader, as they are fooled: it takes the first Signature anywhere, the first element with the Id that its
//! reference names, finds the digest right, and then reads the Body in a way of its own.
//!
//! Knows nothing of `signature::wss`. Read next: `wrapping.rs`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node};
use sha2::{Digest, Sha256};
use signature::xml::{Canonicalization, Comments, Form, Part, canonical_form};

use crate::fixture::between;

/// How the application behind the signature finds what it reads.
#[derive(Clone, Copy, Debug)]
pub enum Reading {
    /// The first Body that is a child of the Envelope.
    Child,
    /// The last.
    LastChild,
    /// The first element of the local name Body that is the Envelope's child, whatever its namespace.
    AnyNamespace,
    /// The first element `sum` anywhere.
    Content,
}

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

fn is_body(node: &Node<'_, '_>) -> bool {
    node.has_tag_name((SOAP, "Body"))
}

/// What the ordinary reader believes to have been signed: the text of `sum`; `None` where it notices something.
pub fn believes(message: &str, genuine: &str, reading: Reading) -> Option<String> {
    if !is_signature_good(message, genuine) || !is_digest_good(message) {
        return None;
    }
    let document = Document::parse(message).unwrap();
    let root = document.root_element();
    let body = match reading {
        Reading::Child => root.children().find(is_body)?,
        Reading::LastChild => root.children().rfind(is_body)?,
        Reading::AnyNamespace => root.children().find(|one| one.tag_name().name() == "Body")?,
        Reading::Content => root,
    };
    let sum = body.descendants().find(|one| one.tag_name().name() == "sum")?;
    Some(sum.text().unwrap_or_default().to_owned())
}

/// The signature's value is good as long as what it is over stands there unchanged: its canonical form depends on nothing
/// around it, since its one namespace is declared on Signature.
fn is_signature_good(message: &str, genuine: &str) -> bool {
    let signed = |text| (between(text, "<ds:SignedInfo>", "</ds:SignedInfo>"), value(text));
    signed(message) == signed(genuine)
}

fn value(text: &str) -> &str {
    between(text, "<ds:SignatureValue>", "</ds:SignatureValue>")
}

/// Whether the first element with the Id has the digest; others that have it are given another, so that the element can be
/// named.
fn is_digest_good(message: &str) -> bool {
    let document = Document::parse(message).unwrap();
    let reference = document.descendants().find(|one| one.tag_name().name() == "Reference");
    let id = reference.unwrap().attribute("URI").unwrap().trim_start_matches('#');
    let mut places: Vec<_> = document
        .descendants()
        .flat_map(|node| node.attributes())
        .filter(|one| one.name().eq_ignore_ascii_case("id") && one.value() == id)
        .map(|one| one.range_value())
        .collect();
    if places.is_empty() {
        return false;
    }
    places.remove(0);
    let mut alone = message.to_owned();
    for place in places.into_iter().rev() {
        alone.replace_range(place, "another");
    }
    let how = Canonicalization { form: Form::Exclusive(Vec::new()), comments: Comments::Left };
    let Ok(form) = canonical_form(alone.as_bytes(), Part::Element(id), &how) else { return false };
    let digest = between(message, "<ds:DigestValue>", "</ds:DigestValue>");
    digest.contains(&STANDARD.encode(Sha256::digest(form)))
}
