//! Time stamps (RFC 3161, RFC 5816): a request for a SHA-256 digest, the answer of an authority, the verdict about its
//! token. Bytes only: who carries them, and when it is now, is told by the caller.
//!
//! Read next: `request.rs`, `response.rs`, and `verify.rs` for the order of checks.

mod request;
mod response;
pub(crate) mod syntax;
mod verify;

#[cfg(any(test, feature = "signing"))]
pub(crate) use request::nonce;
#[cfg(any(test, feature = "signing"))]
pub(crate) use response::TimeStampResponse;

pub use request::{NotAPolicy, PolicyId, Request};
pub use response::{Failure, Refusal, Response, Status, read_response};
pub(crate) use verify::stated;
pub use verify::{Reason, Stamp, TOKEN_BYTES_MAX, Verdict, verify, verify_answer, verify_data};
