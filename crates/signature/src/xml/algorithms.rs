//! The names of algorithms in XML signatures, and what they stand for: an allow-list. Read next: `signature.rs`.

use roxmltree::Node;

use super::NAMESPACE;
use super::canonical::{Canonicalization, Comments, Form};
use super::document::{is_element, plain_attribute};
use crate::verdict::Reason;
use crate::x509::{DigestAlgorithm, KeyKind, PublicKey};

const GOST_2015: &str =
    "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34102015-gostr34112015-512";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
const STREEBOG_512: &str = "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34112015-512";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const GOST_2004: &str = "http://www.w3.org/2001/04/xmldsig-more#gost34310-gost34311";
const GOST_95_DIGEST: &str = "http://www.w3.org/2001/04/xmldsig-more#gost34311";

pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const INCLUSIVE_WITH_COMMENTS: &str =
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const EXCLUSIVE_WITH_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
/// In `PrefixList`, the default namespace.
pub(crate) const DEFAULT_PREFIX: &str = "#default";

/// Prefixes one list may name; each namespace of each element is looked for among them.
const PREFIXES_MAX: usize = 64;

/// A way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Gost2015,
    RsaSha256,
    EcdsaSha256,
}

impl Method {
    pub(super) fn read(uri: &str) -> Result<Self, Reason> {
        match uri {
            GOST_2015 => Ok(Self::Gost2015),
            RSA_SHA256 => Ok(Self::RsaSha256),
            ECDSA_SHA256 => Ok(Self::EcdsaSha256),
            GOST_2004 => Err(Reason::OldGost2004),
            _ => Err(Reason::UnsupportedAlgorithm),
        }
    }

    /// Its name.
    pub(super) fn uri(self) -> &'static str {
        match self {
            Self::Gost2015 => GOST_2015,
            Self::RsaSha256 => RSA_SHA256,
            Self::EcdsaSha256 => ECDSA_SHA256,
        }
    }

    /// The name of its digest.
    pub(super) fn digest_uri(self) -> &'static str {
        match self {
            Self::Gost2015 => STREEBOG_512,
            Self::RsaSha256 | Self::EcdsaSha256 => SHA256,
        }
    }

    pub(crate) fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Gost2015 => DigestAlgorithm::Streebog512,
            Self::RsaSha256 | Self::EcdsaSha256 => DigestAlgorithm::Sha256,
        }
    }

    /// Whether `signature` is the key's over a message. The key must be of the method's own kind.
    pub(super) fn verifies(
        self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Reason> {
        let kind = match self {
            Self::Gost2015 => KeyKind::Gost2015,
            Self::RsaSha256 => KeyKind::Rsa,
            Self::EcdsaSha256 => KeyKind::P256,
        };
        match key.kind() {
            KeyKind::OldGost2004 => return Err(Reason::OldGost2004),
            other if other != kind => return Err(Reason::UnsupportedAlgorithm),
            _ => {}
        }
        let digest = self.digest().of(message);
        if self != Self::EcdsaSha256 {
            return key.verifies(self.digest(), &digest, signature);
        }
        // XML signatures write r‖s; certificates and CMS write a SEQUENCE of both.
        match p256::ecdsa::Signature::from_slice(signature) {
            Ok(signature) => key.verifies(self.digest(), &digest, signature.to_der().as_bytes()),
            Err(_) => Ok(false),
        }
    }
}

/// The digest of a reference.
pub(super) fn digest(uri: &str) -> Result<DigestAlgorithm, Reason> {
    match uri {
        STREEBOG_512 => Ok(DigestAlgorithm::Streebog512),
        SHA256 => Ok(DigestAlgorithm::Sha256),
        GOST_95_DIGEST => Err(Reason::OldGost2004),
        _ => Err(Reason::UnsupportedAlgorithm),
    }
}

impl Canonicalization {
    /// Reads a CanonicalizationMethod, or a Transform that is one.
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Reason> {
        let uri = plain_attribute(node, "Algorithm").ok_or(Reason::XmlSignatureForm)?;
        let (form, comments) = match uri {
            INCLUSIVE => (Form::Inclusive, Comments::Left),
            INCLUSIVE_WITH_COMMENTS => (Form::Inclusive, Comments::Kept),
            EXCLUSIVE => (Form::Exclusive(Vec::new()), Comments::Left),
            EXCLUSIVE_WITH_COMMENTS => (Form::Exclusive(Vec::new()), Comments::Kept),
            _ => return Err(Reason::XmlUnsupportedTransform),
        };
        let mut children = node.children().filter(|child| !is_blank(*child));
        let (child, more) = (children.next(), children.next());
        let form = match (form, child, more) {
            (form, None, _) => form,
            (Form::Exclusive(_), Some(child), None) => Form::Exclusive(prefixes(child)?),
            _ => return Err(Reason::XmlUnsupportedTransform),
        };
        Ok(Self { form, comments })
    }

    /// Its name.
    pub(crate) fn uri(&self) -> &'static str {
        match (&self.form, self.comments) {
            (Form::Inclusive, Comments::Left) => INCLUSIVE,
            (Form::Inclusive, Comments::Kept) => INCLUSIVE_WITH_COMMENTS,
            (Form::Exclusive(_), Comments::Left) => EXCLUSIVE,
            (Form::Exclusive(_), Comments::Kept) => EXCLUSIVE_WITH_COMMENTS,
        }
    }

    /// What stands in the element that names it.
    pub(crate) fn parameters(&self) -> String {
        let Form::Exclusive(prefixes) = &self.form else { return String::new() };
        if prefixes.is_empty() {
            return String::new();
        }
        let names = prefixes.iter().map(|one| if one.is_empty() { DEFAULT_PREFIX } else { one });
        let list = names.collect::<Vec<_>>().join(" ");
        format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"{list}\"/>")
    }
}

/// The prefixes of an `InclusiveNamespaces`.
fn prefixes(node: Node<'_, '_>) -> Result<Vec<String>, Reason> {
    let list = plain_attribute(node, "PrefixList");
    if !is_element(node, EXCLUSIVE, "InclusiveNamespaces") || node.has_children() {
        return Err(Reason::XmlUnsupportedTransform);
    }
    let names = list.ok_or(Reason::XmlUnsupportedTransform)?.split_ascii_whitespace();
    let named = |one: &str| if one == DEFAULT_PREFIX { "" } else { one }.to_owned();
    let prefixes: Vec<_> = names.take(PREFIXES_MAX + 1).map(named).collect();
    if prefixes.len() > PREFIXES_MAX { Err(Reason::XmlUnsupportedTransform) } else { Ok(prefixes) }
}

/// White space between elements.
pub(crate) fn is_blank(node: Node<'_, '_>) -> bool {
    node.is_text() && node.text().is_some_and(|text| text.trim_ascii().is_empty())
}

/// Whether it is the enveloped-signature transform, which has no parameters.
pub(super) fn is_enveloped(node: Node<'_, '_>) -> bool {
    is_element(node, NAMESPACE, "Transform")
        && plain_attribute(node, "Algorithm") == Some(ENVELOPED)
        && node.children().all(is_blank)
}
