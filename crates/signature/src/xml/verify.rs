//! Judging an XML signature, in the order of `cms/verify.rs`: size and form, one signature, one signer, what it is over,
//! the digest, the signature; and then, in the very same code, the certificate. The first fault is the answer.

use roxmltree::{Document, Node};

use super::canonical::{Canonicalization, Comments, Subset, written};
use super::document::{is_element, parse};
use super::references::element_by_id;
use super::signature::{Parts, Transforms, only_signature};
use super::text::text_of;
use crate::cms::{Examined, Policy, Proven, examine_signer};
use crate::moment::Moment;
use crate::trust::{Online, TrustStore, TrustUse};
use crate::verdict::{Objection, Reason, Verdict};
use crate::x509::Certificate;

/// What must have been signed.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// This document: the same in canonical form, however it is written.
    Document(&'a [u8]),
    /// Whatever the whole document is.
    AnyDocument,
    /// The only child of the document element with this name, by its Id.
    Child {
        /// Its namespace; empty for none.
        namespace: &'a str,
        /// Its local name.
        name: &'a str,
    },
}

/// Judges the enveloped signature of a document at a moment, revocation by the lists at hand. The signed bytes of the
/// verdict are the canonical form the digest was taken over: whoever reads on reads those, since nothing else was signed.
#[must_use]
pub fn verify(
    input: &[u8],
    content: Content<'_>,
    policy: Policy,
    trust: &TrustStore,
    at: Moment,
) -> Verdict {
    match examine(input, content, policy, trust, at) {
        Ok(examined) => examined.conclude(Online::NotAsked),
        Err(objection) => objection.into(),
    }
}

/// Judges everything about it but its certificate's revocation.
///
/// # Errors
/// [`Objection`]: what is wrong, or what cannot be told.
pub fn examine<'a>(
    input: &[u8],
    content: Content<'_>,
    policy: Policy,
    trust: &'a TrustStore,
    at: Moment,
) -> Result<Examined<'a>, Objection> {
    let text = text_of(input)?;
    let (content, certificate) = prove(&parse(&text)?, content)?;
    let path = trust.path_for(TrustUse::Signatures, &certificate, at)?;
    let proven = Proven { content, certificate, signing_time: None, stamp: None, path };
    examine_signer(proven, policy, at)
}

/// What the document itself proves: these bytes were signed with this certificate's key.
fn prove(document: &Document<'_>, content: Content<'_>) -> Result<(Vec<u8>, Certificate), Reason> {
    let signature = only_signature(document)?;
    // No comment is signed (XMLDSig 4.4.3.3), and readers differ about the text around one.
    if document.root_element().descendants().any(|node| node.is_comment()) {
        return Err(Reason::XmlComment);
    }
    let parts = Parts::read(signature)?;
    let certificate = parts.signer_certificate()?;
    let signed = signed_bytes(document, signature, &parts, content)?;
    parts.prove(&signed, certificate.key())?;
    Ok((signed, certificate))
}

/// The bytes the reference is about, if it is about what the caller demands.
fn signed_bytes(
    document: &Document<'_>,
    signature: Node<'_, '_>,
    parts: &Parts<'_, '_>,
    content: Content<'_>,
) -> Result<Vec<u8>, Reason> {
    let reference = &parts.reference;
    if let Content::Child { namespace, name } = content {
        let element = only_child(document, namespace, name)?;
        let id = reference.uri.strip_prefix('#').ok_or(Reason::XmlWrongReference)?;
        if element_by_id(document, id)? != element {
            return Err(Reason::XmlWrongReference);
        }
        let Transforms::Plain(form) = &reference.transforms else {
            return Err(Reason::XmlUnsupportedTransform);
        };
        return written(Subset::element(element), form);
    }
    if !reference.uri.is_empty() {
        return Err(Reason::XmlWrongReference);
    }
    let Transforms::Enveloped(form) = &reference.transforms else {
        return Err(Reason::XmlUnsupportedTransform);
    };
    let form = without_comments(form);
    let signed = written(Subset::whole(document).without(signature), &form)?;
    match content {
        Content::Document(expected) if !is_same(expected, &signed, &form) => {
            Err(Reason::WrongContent)
        }
        Content::Document(_) | Content::AnyDocument | Content::Child { .. } => Ok(signed),
    }
}

/// A reference to the whole document leaves comments out, whatever its canonical form says (XMLDSig 4.4.3.3).
fn without_comments(form: &Canonicalization) -> Canonicalization {
    Canonicalization { comments: Comments::Left, ..form.clone() }
}

fn only_child<'a, 'input>(
    document: &'a Document<'input>,
    namespace: &str,
    name: &str,
) -> Result<Node<'a, 'input>, Reason> {
    let children = document.root_element().children();
    let mut named = children.filter(|child| is_element(*child, namespace, name));
    named.next().filter(|_| named.next().is_none()).ok_or(Reason::XmlWrongReference)
}

fn is_same(expected: &[u8], signed: &[u8], form: &Canonicalization) -> bool {
    let written = text_of(expected).and_then(|text| {
        let document = parse(&text)?;
        written(Subset::whole(&document), form)
    });
    written.is_ok_and(|expected| expected == signed)
}
