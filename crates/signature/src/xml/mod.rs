//! XML signatures (XMLDSig), enveloped, as eGov Mobile and NCALayer make them: canonical form, and judging in a fixed
//! order.
//!
//! Only what is needed and tested is understood; everything else is refused by name. Read next: `verify.rs` for the
//! order of checks, `text.rs` and `document.rs` for what counts as a document, `canonical.rs` for the canonical form,
//! `signature.rs` for the shape of a signature.

pub(crate) mod algorithms;
mod canonical;
mod document;
mod limits;
mod reading;
mod references;
mod signature;
mod text;
mod verify;
mod writing;

pub use canonical::{Canonicalization, Comments, Form, Part, canonical_form};
pub(crate) use canonical::{Subset, written};
pub(crate) use document::{element_name, is_element, parse, plain_attribute};
pub use reading::text_of_only;
pub(crate) use references::{SECURITY_UTILITY, element_by_id, may_be_id};
#[cfg(any(test, feature = "signing"))]
pub(crate) use signature::only_signature;
pub(crate) use signature::{Parts, Transforms, base64_of, elements, is_named};
pub(crate) use text::{text_of, text_within};
pub use verify::{Content, examine, verify};
#[cfg(any(test, feature = "signing"))]
pub(crate) use writing::element;
pub(crate) use writing::{SignatureText, info_and_value, with_last_child};

/// Namespace of XML signatures.
pub(crate) const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Whether what was sent means to be XML: no CMS, in whatever wrapping, begins so.
#[must_use]
pub fn is_xml(input: &[u8]) -> bool {
    text::without_mark(input).trim_ascii_start().starts_with(b"<")
}
