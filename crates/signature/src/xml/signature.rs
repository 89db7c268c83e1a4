//! The element Signature taken apart. Strict on purpose: exactly the parts that are looked at, in their one order, so
//! that nothing rides along. Read next: `verify.rs`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node};

use super::NAMESPACE;
use super::algorithms::{self, Method, is_blank, is_enveloped};
use super::canonical::{Canonicalization, Subset, written};
use super::document::{is_element, plain_attribute};
use crate::verdict::Reason;
use crate::x509::{Certificate, DigestAlgorithm, PublicKey};

/// Certificates looked at beside a signature; more is no honest client.
const CERTIFICATES_MAX: usize = 20;

/// The one Signature of a document, a child of the document element: anywhere else it is about something else.
pub(crate) fn only_signature<'a, 'input>(
    document: &'a Document<'input>,
) -> Result<Node<'a, 'input>, Reason> {
    let mut all = document.descendants().filter(|node| is_named(*node, "Signature"));
    match (all.next(), all.next()) {
        (_, Some(_)) => Err(Reason::XmlSeveralSignatures),
        (Some(only), None) if only.parent() == Some(document.root_element()) => Ok(only),
        (_, None) => Err(Reason::XmlSignatureMissing),
    }
}

/// A Signature.
pub(crate) struct Parts<'a, 'input> {
    /// What the signature itself is over.
    pub(crate) signed_info: Node<'a, 'input>,
    /// How that is brought into canonical form.
    pub(crate) canonicalization: Canonicalization,
    pub(crate) method: Method,
    pub(crate) reference: Reference<'a>,
    value: Vec<u8>,
    pub(crate) key_info: Node<'a, 'input>,
}

/// What was signed, by its digest.
pub(crate) struct Reference<'a> {
    pub(crate) uri: &'a str,
    pub(crate) transforms: Transforms,
    digest_algorithm: DigestAlgorithm,
    digest: Vec<u8>,
}

/// What is done with it before the digest is taken.
pub(crate) enum Transforms {
    /// The signature is taken out, and the rest brought into canonical form.
    Enveloped(Canonicalization),
    /// It is brought into canonical form.
    Plain(Canonicalization),
}

impl<'a, 'input> Parts<'a, 'input> {
    pub(crate) fn read(signature: Node<'a, 'input>) -> Result<Self, Reason> {
        let [signed_info, value, key_info] =
            parts(signature, ["SignedInfo", "SignatureValue", "KeyInfo"])?;
        let references = signed_info.children().filter(|node| is_named(*node, "Reference"));
        if references.count() > 1 {
            return Err(Reason::XmlWrongReference);
        }
        let [canonicalization, method, reference] =
            parts(signed_info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
        Ok(Self {
            signed_info,
            method: Method::read(algorithm(method)?)?,
            canonicalization: Canonicalization::read(canonicalization)?,
            reference: Reference::read(reference)?,
            value: base64_of(value)?,
            key_info,
        })
    }

    /// Proves that these bytes are what was signed, and with this key.
    pub(crate) fn prove(&self, signed: &[u8], key: &PublicKey) -> Result<(), Reason> {
        let Reference { digest_algorithm, digest, .. } = &self.reference;
        if *digest_algorithm != self.method.digest() {
            return Err(Reason::UnsupportedAlgorithm);
        }
        if digest_algorithm.of(signed) != *digest {
            return Err(Reason::DigestMismatch);
        }
        let signed_info = written(Subset::element(self.signed_info), &self.canonicalization)?;
        if self.method.verifies(key, &signed_info, &self.value)? {
            Ok(())
        } else {
            Err(Reason::SignatureMismatch)
        }
    }

    /// The signer's certificate: the only one beside the signature that is no authority's. The others decide nothing and
    /// need not even be readable.
    pub(super) fn signer_certificate(&self) -> Result<Certificate, Reason> {
        let only = |node: Node<'a, 'input>, name| {
            let mut all = node.children().filter(move |child| is_named(*child, name));
            all.next().filter(|_| all.next().is_none())
        };
        let data = only(self.key_info, "X509Data").ok_or(Reason::SignerCertificateMissing)?;
        let all = data.children().filter(|node| is_named(*node, "X509Certificate"));
        if all.clone().count() > CERTIFICATES_MAX {
            return Err(Reason::XmlSignatureForm);
        }
        let mut signers = all
            .filter_map(|node| Certificate::from_der(&base64_of(node).ok()?).ok())
            .filter(|certificate| !certificate.may_issue());
        match (signers.next(), signers.next()) {
            (None, _) => Err(Reason::SignerCertificateMissing),
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(Reason::SeveralSigners),
        }
    }
}

impl<'a> Reference<'a> {
    fn read(node: Node<'a, '_>) -> Result<Self, Reason> {
        let uri = plain_attribute(node, "URI").ok_or(Reason::XmlWrongReference)?;
        let [transforms, method, digest] =
            parts(node, ["Transforms", "DigestMethod", "DigestValue"])?;
        Ok(Self {
            uri,
            transforms: Transforms::read(transforms)?,
            digest_algorithm: algorithms::digest(algorithm(method)?)?,
            digest: base64_of(digest)?,
        })
    }
}

impl Transforms {
    fn read(node: Node<'_, '_>) -> Result<Self, Reason> {
        let all = elements(node)?;
        if !all.iter().all(|one| is_named(*one, "Transform")) {
            return Err(Reason::XmlSignatureForm);
        }
        match all.as_slice() {
            [enveloped, form] if is_enveloped(*enveloped) => {
                Canonicalization::read(*form).map(Self::Enveloped)
            }
            [form] => Canonicalization::read(*form).map(Self::Plain),
            _ => Err(Reason::XmlUnsupportedTransform),
        }
    }
}

pub(crate) fn is_named(node: Node<'_, '_>, name: &str) -> bool {
    is_element(node, NAMESPACE, name)
}

/// The elements inside; nothing else may stand there but white space.
pub(crate) fn elements<'a, 'input>(
    node: Node<'a, 'input>,
) -> Result<Vec<Node<'a, 'input>>, Reason> {
    let inside: Vec<_> = node.children().filter(|child| !is_blank(*child)).collect();
    let is_sound = inside.iter().all(Node::is_element);
    if is_sound { Ok(inside) } else { Err(Reason::XmlSignatureForm) }
}

/// Exactly these elements of XML signatures, in this order.
fn parts<'a, 'input, const COUNT: usize>(
    node: Node<'a, 'input>,
    names: [&str; COUNT],
) -> Result<[Node<'a, 'input>; COUNT], Reason> {
    let inside: [Node<'a, 'input>; COUNT] =
        elements(node)?.try_into().map_err(|_| Reason::XmlSignatureForm)?;
    let is_sound = inside.iter().zip(names).all(|(one, name)| is_named(*one, name));
    if is_sound { Ok(inside) } else { Err(Reason::XmlSignatureForm) }
}

/// The name of an algorithm without parameters.
fn algorithm<'a>(node: Node<'a, '_>) -> Result<&'a str, Reason> {
    if !elements(node)?.is_empty() {
        return Err(Reason::UnsupportedAlgorithm);
    }
    plain_attribute(node, "Algorithm").ok_or(Reason::XmlSignatureForm)
}

/// Base64 with white space anywhere; nothing but text may stand there.
pub(crate) fn base64_of(node: Node<'_, '_>) -> Result<Vec<u8>, Reason> {
    if !node.children().all(|child| child.is_text()) {
        return Err(Reason::XmlSignatureForm);
    }
    let text = node.text().unwrap_or_default();
    let plain: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(plain).map_err(|_| Reason::XmlSignatureForm)
}
