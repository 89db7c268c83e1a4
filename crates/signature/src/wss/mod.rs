//! WS-Security as the e-government gateway (SHEP) uses it: one XML signature in the header of a SOAP message, over the Body.
//!
//! Signing, and judging without mercy: the signature must be over THE Body, by a pinned certificate, and whoever reads on
//! reads the canonical Body of the verdict, never the message that came. The signature covers nothing else: no header,
//! no time. So neither freshness nor replay is judged here: the Body's own date and number are, by whoever reads them.
//!
//! Read next: `verify.rs` for the order of checks, `envelope.rs` for what a message may hold, `sign.rs`,
//! `docs/adr/0023-ws-security.md` for why.

mod envelope;
mod key_info;
mod pinned;
mod reason;
mod sign;
mod verify;

pub use envelope::Soap;
pub use pinned::{PinFault, Pinned};
pub use reason::Reason;
pub use sign::{SignError, SignFault, Signing, sign_body};
pub use verify::{SignedBody, verify, verify_within};

use crate::x509::{Certificate, KeyKind};
use crate::xml::algorithms::Method;
use crate::xml::{Canonicalization, Comments, Form};

/// Namespace of the header Security.
const SECURITY_EXTENSION: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

/// Exclusive, without comments: the one canonical form, but for the prefixes it may name.
const EXCLUSIVE: Canonicalization =
    Canonicalization { form: Form::Exclusive(Vec::new()), comments: Comments::Left };

/// How a certificate's key signs messages; `None` where it may not.
fn method_of(certificate: &Certificate) -> Option<Method> {
    match certificate.key().kind() {
        KeyKind::Gost2015 => Some(Method::Gost2015),
        KeyKind::Rsa => Some(Method::RsaSha256),
        KeyKind::ShortGost2015 | KeyKind::P256 | KeyKind::OldGost2004 | KeyKind::Other => None,
    }
}
