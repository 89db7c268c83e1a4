//! Sealing and judging whole files, with a certification authority of `openssl` and judges that are not ours.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test program: it may fail, and says loudly what it skips"
)]
#![allow(missing_docs, dead_code, reason = "the fixtures are shared with other tests")]

mod answers;
mod attacks;
#[path = "../verification/authorities.rs"]
mod authorities;
mod fixture;
mod judging;
mod levels;
mod long_term;
#[path = "../verification/other_keys.rs"]
mod other_keys;
mod sealing;
mod world;
