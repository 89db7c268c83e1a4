//! Asking an authority's responder about a certificate (RFC 6960): the question with a nonce, and the judgement of what
//! comes back. Bytes only: who carries them, and when it is now, is told by the caller.
//!
//! An answer either says something about the certificate, or it says nothing: then it is a [`Doubt`](crate::Doubt) and
//! never a verdict. Read next: `request.rs`, `judge.rs` for the order of checks, `crate::trust` for what follows of it.

mod judge;
mod request;
pub(crate) mod syntax;

pub use judge::{
    Answer, CACHE_SECONDS_MAX, FRESH_SECONDS, RESPONSE_BYTES_MAX, Status, judge_answer, judge_kept,
};
pub use request::{CertificateId, Request};
