//! Judging a signed message, in a fixed order: size and form, the envelope's parts, the one signature, what it is over,
//! whose it is, the digest, the signature, the certificate's time. The first fault is the answer. Everything needed is at
//! hand, so there is no doubt: a message is good or it is not.
//!
//! What is not judged, because the signature does not cover it: headers, and whether the message is fresh or came before.
//! Read next: `envelope.rs`, `key_info.rs`, `pinned.rs`.

use roxmltree::{Document, Node};

use super::envelope::{Envelope, Soap};
use super::pinned::{Pinned, require_in_term};
use super::{Reason, key_info};
use crate::cms::INPUT_BYTES_MAX;
use crate::moment::Moment;
use crate::verdict::Reason as Fault;
use crate::x509::Certificate;
use crate::xml::{
    Canonicalization, Comments, Form, Parts, SECURITY_UTILITY, Subset, Transforms, element_by_id,
    may_be_id, parse, text_within, written,
};

/// What a pinned certificate's key signed.
#[derive(Clone)]
pub struct SignedBody {
    /// The element Body in canonical form, the very bytes the digest was taken over. Whoever reads on reads these:
    /// nothing else of the message was signed. Prefixes that values speak of (`xsi:type="xs:string"`) need not be declared in
    /// it, and what they mean was not signed: such values are texts.
    pub canonical: Vec<u8>,
    /// The certificate it was signed with, one of the pinned.
    pub certificate: Certificate,
}

impl std::fmt::Debug for SignedBody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SignedBody({} bytes, •••)", self.canonical.len())
    }
}

/// Judges a message at a moment.
///
/// # Errors
/// [`Reason`] why nothing of it may be believed.
pub fn verify(
    message: &[u8],
    soap: Soap,
    pinned: &Pinned,
    at: Moment,
) -> Result<SignedBody, Reason> {
    verify_within(message, INPUT_BYTES_MAX, soap, pinned, at)
}

/// The same for a message of another size: of those who are sent documents.
///
/// # Errors
/// [`Reason`] why nothing of it may be believed.
pub fn verify_within(
    message: &[u8],
    bytes_max: usize,
    soap: Soap,
    pinned: &Pinned,
    at: Moment,
) -> Result<SignedBody, Reason> {
    let text = text_within(message, bytes_max)?;
    let signed = prove(&parse(&text)?, soap, pinned.certificates())?;
    require_in_term(&signed.certificate, at)?;
    Ok(signed)
}

/// What the message itself proves, with one of these certificates.
pub(super) fn prove(
    document: &Document<'_>,
    soap: Soap,
    pinned: &[Certificate],
) -> Result<SignedBody, Reason> {
    let envelope = Envelope::read(document, soap)?;
    let parts = Parts::read(envelope.signature()?)?;
    require_exclusive(&parts.canonicalization)?;
    let form = form_of_body(document, envelope.body, &parts)?;
    let carried = key_info::certificate(parts.key_info)?;
    let mut known = pinned.iter();
    let certificate = known.find(|one| one.der() == carried).ok_or(Reason::NotPinned)?;
    // The key is one of the two kinds, and the method must be of the key's kind.
    let canonical = written(Subset::element(envelope.body), form)?;
    parts.prove(&canonical, certificate.key())?;
    Ok(SignedBody { canonical, certificate: certificate.clone() })
}

/// The canonical form of the Body, if the signature's reference is to the Body and nothing but the Body.
fn form_of_body<'a>(
    document: &Document<'_>,
    body: Node<'_, '_>,
    parts: &'a Parts<'_, '_>,
) -> Result<&'a Canonicalization, Fault> {
    let id = parts.reference.uri.strip_prefix('#').ok_or(Fault::XmlWrongReference)?;
    if !is_plain(id) || element_by_id(document, id)? != body {
        return Err(Fault::XmlWrongReference);
    }
    if !has_one_id(body) {
        return Err(Fault::XmlWrongReference);
    }
    let Transforms::Plain(form) = &parts.reference.transforms else {
        return Err(Fault::XmlUnsupportedTransform);
    };
    require_exclusive(form)?;
    Ok(form)
}

/// Whether the Body has one Id and no second that another reader may take for it: `wsu:Id`, or `Id` as some write.
fn has_one_id(body: Node<'_, '_>) -> bool {
    let mut ids = body.attributes().filter(|one| may_be_id(one.name()));
    let only = ids.next().filter(|_| ids.next().is_none());
    only.is_some_and(|one| {
        one.name() == "Id" && one.namespace().is_none_or(|uri| uri == SECURITY_UTILITY)
    })
}

/// Letters that mean themselves in a reference, whoever reads it.
pub(super) fn is_plain(id: &str) -> bool {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    id.starts_with(is_first) && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Prefixes may be named in it: they change nothing of what is in use, and are handled as the rule says.
fn require_exclusive(canonicalization: &Canonicalization) -> Result<(), Fault> {
    match canonicalization {
        Canonicalization { form: Form::Exclusive(_), comments: Comments::Left } => Ok(()),
        _ => Err(Fault::XmlUnsupportedTransform),
    }
}
