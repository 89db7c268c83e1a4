//! A signature that counts under one certificate known byte for byte: no authority vouches for it and none can revoke it.
//! Whoever knows it takes it off his list instead.
//!
//! Everything else is judged as in `verify.rs`, in the same order.

use super::input::der_of;
use super::parts::Parts;
use super::verify::{Content, Policy, check_named, check_uses, expected};
use crate::moment::Moment;
use crate::verdict::Reason;
use crate::x509::{Certificate, oid};

/// Judges a signature at a moment.
///
/// # Errors
/// [`Reason`], [`Reason::UnknownIssuer`] where another certificate's key signed.
pub fn verify_pinned(
    input: &[u8],
    content: Content<'_>,
    policy: Policy,
    pinned: &Certificate,
    at: Moment,
) -> Result<(), Reason> {
    let parts = Parts::read(&der_of(input)?, oid::DATA)?;
    let content = expected(&parts, content)?;
    let certificate = parts.signer_certificate()?;
    parts.check_signature(content, &certificate)?;
    if certificate.der() != pinned.der() {
        return Err(Reason::UnknownIssuer);
    }
    if at < pinned.not_before() {
        return Err(Reason::NotYetValid);
    }
    if pinned.not_after() < at {
        return Err(Reason::Expired);
    }
    check_uses(pinned, policy)?;
    check_named(pinned, policy)
}
