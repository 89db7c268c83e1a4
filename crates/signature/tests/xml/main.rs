//! XML signatures: canonical form against lxml, shapes of attack, and exchange with xmlsec1.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may fail"
)]
#![allow(missing_docs, dead_code, reason = "fixtures are shared with other tests")]

#[path = "../verification/authorities.rs"]
mod authorities;
mod canonical;
mod faults;
mod generate;
#[path = "../verification/other_keys.rs"]
mod other_keys;
mod robustness;
mod shapes;
mod tools;
mod valid;
mod xmlsec;
