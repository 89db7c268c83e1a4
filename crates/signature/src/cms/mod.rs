//! CMS signatures as NCALayer and other clients make them: read in any usual wrapping, judged in a fixed order.
//!
//! Read next: `input.rs` for the wrappings, `verify.rs` for the order of checks; `detached.rs` for those we make.

mod ber;
mod claim;
mod detached;
mod input;
mod parts;
mod pinned;
mod signing_certificate;
mod verify;

pub use claim::Claim;
pub use detached::{
    DetachedError, DetachedSignature, DetachedSigner, read_detached, sign_detached,
};
pub use input::INPUT_BYTES_MAX;
pub(crate) use parts::Parts;
pub use pinned::verify_pinned;
pub(crate) use signing_certificate::{SigningCertificateV2, names_signer};
pub use verify::{
    Content, Examined, Policy, Purpose, SignatureStamp, Signed, Signer, attached_content, examine,
    verify,
};
pub(crate) use verify::{Proven, examine_signer};
