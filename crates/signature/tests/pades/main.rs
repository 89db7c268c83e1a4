//! Sealing and judging whole files, with a certification authority of `openssl` and judges that are not ours.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test program: it may fail, and says loudly what it skips"
)]

mod fixture;
mod judging;
mod sealing;
