//! Responders' answers: of our own maker with keys of every kind, of `openssl ocsp`, changed in every byte, and what they
//! do to the judgement of a signature.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test program: it may fail, and says loudly what it skips"
)]
#![allow(missing_docs, dead_code, reason = "fixtures are shared with other tests")]

#[path = "../verification/authorities.rs"]
mod authorities;
mod changes;
mod fixture;
mod judging;
mod openssl;
#[path = "../verification/other_keys.rs"]
mod other_keys;
mod revocation;
mod stamped;
#[path = "../time_stamps/fixture.rs"]
mod world;
