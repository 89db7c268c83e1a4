//! A SOAP message taken apart. Strict on purpose: every part once and in its one place, so that no reader, however
//! careless, finds another Body or another signature than we do. Knows no key. Read next: `verify.rs`.

use roxmltree::{Document, Node};

use super::{Reason, SECURITY_EXTENSION};
use crate::verdict::Reason as Fault;
use crate::xml::{elements, is_element, is_named};

/// The version of SOAP that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Soap {
    /// SOAP 1.1.
    V1_1,
    /// SOAP 1.2.
    V1_2,
}

impl Soap {
    const BOTH: [Self; 2] = [Self::V1_1, Self::V1_2];

    /// Its namespace.
    #[must_use]
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V1_1 => "http://schemas.xmlsoap.org/soap/envelope/",
            Self::V1_2 => "http://www.w3.org/2003/05/soap-envelope",
        }
    }

    /// The version an envelope is of.
    pub(super) fn of(document: &Document<'_>) -> Result<Self, Reason> {
        let root = document.root_element();
        let mut both = Self::BOTH.into_iter();
        both.find(|soap| soap.names(root, "Envelope")).ok_or(Reason::NotAnEnvelope)
    }

    fn names(self, node: Node<'_, '_>, name: &str) -> bool {
        is_element(node, self.namespace(), name)
    }
}

/// A message.
pub(super) struct Envelope<'a, 'input> {
    pub(super) header: Option<Node<'a, 'input>>,
    pub(super) body: Node<'a, 'input>,
}

impl<'a, 'input> Envelope<'a, 'input> {
    pub(super) fn read(document: &'a Document<'input>, soap: Soap) -> Result<Self, Reason> {
        let root = document.root_element();
        if !soap.names(root, "Envelope") {
            return Err(Reason::NotAnEnvelope);
        }
        // SOAP 1.1, 3 and SOAP 1.2, 5 forbid them; readers differ about the text around one.
        if document.descendants().any(|node| node.is_pi()) {
            return Err(Reason::ProcessingInstruction);
        }
        // Without comments in the digest `12<!-- -->34` and `1234` are one, but not to every reader.
        if root.descendants().any(|node| node.is_comment()) {
            return Err(Fault::XmlComment.into());
        }
        let inside = elements(root).map_err(|_| Reason::EnvelopeForm)?;
        let envelope = match inside.as_slice() {
            [body] if soap.names(*body, "Body") => Self { header: None, body: *body },
            [header, body] if soap.names(*header, "Header") && soap.names(*body, "Body") => {
                Self { header: Some(*header), body: *body }
            }
            _ => return Err(Reason::EnvelopeForm),
        };
        let parts = document.descendants().filter(|node| is_part(*node)).count();
        if parts == 1 + inside.len() { Ok(envelope) } else { Err(Reason::PartElsewhere) }
    }

    /// The one Signature, in the one Security.
    pub(super) fn signature(&self) -> Result<Node<'a, 'input>, Reason> {
        let root = self.body.document().root_element();
        let mut all = root.descendants().filter(|node| is_security(*node));
        let security = match (all.next(), all.next()) {
            (None, _) => return Err(Reason::SecurityMissing),
            (Some(only), None) => only,
            (Some(_), Some(_)) => return Err(Reason::SeveralSecurityHeaders),
        };
        if self.header.is_none() || security.parent() != self.header {
            return Err(Reason::SecurityElsewhere);
        }
        if security.attributes().any(|one| ["actor", "role"].contains(&one.name())) {
            return Err(Reason::OtherActor);
        }
        let mut signatures = root.descendants().filter(|node| is_named(*node, "Signature"));
        match (signatures.next(), signatures.next()) {
            (_, Some(_)) => return Err(Fault::XmlSeveralSignatures.into()),
            (Some(only), None) if only.parent() == Some(security) => {}
            (_, None) => return Err(Fault::XmlSignatureMissing.into()),
        }
        match elements(security).map_err(|_| Reason::SecurityForm)?.as_slice() {
            [signature] => Ok(*signature),
            _ => Err(Reason::SecurityForm),
        }
    }

    /// Whether anybody has signed it, or seems to have.
    pub(super) fn is_signed(&self) -> bool {
        let root = self.body.document().root_element();
        root.descendants().any(|node| is_security(node) || is_named(node, "Signature"))
    }
}

/// Whether it is a part of an envelope, of whatever version.
fn is_part(node: Node<'_, '_>) -> bool {
    let names = ["Envelope", "Header", "Body"];
    Soap::BOTH.into_iter().any(|soap| names.into_iter().any(|name| soap.names(node, name)))
}

fn is_security(node: Node<'_, '_>) -> bool {
    is_element(node, SECURITY_EXTENSION, "Security")
}
