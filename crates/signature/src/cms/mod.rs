//! CMS signatures as NCALayer and other clients make them: read in any usual wrapping, judged in a fixed order.
//!
//! Read next: `input.rs` for the wrappings, `verify.rs` for the order of checks.

mod ber;
mod claim;
mod input;
mod parts;
mod signing_certificate;
mod verify;

pub use claim::Claim;
pub use input::INPUT_BYTES_MAX;
pub(crate) use parts::Parts;
pub(crate) use signing_certificate::{SigningCertificateV2, names_signer};
pub use verify::{
    Content, Examined, Policy, Purpose, SignatureStamp, Signed, Signer, attached_content, examine,
    verify,
};
pub(crate) use verify::{Proven, examine_signer};
