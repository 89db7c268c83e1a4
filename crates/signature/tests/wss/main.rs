//! Signed SOAP messages: signing, judging, published attacks by wrapping, and exchange with xmlsec1.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may fail"
)]
#![allow(missing_docs, dead_code, reason = "fixtures are shared with other tests")]

mod accepted;
#[path = "../verification/authorities.rs"]
mod authorities;
mod catalogue;
mod faults;
mod fixture;
mod keys;
mod naive;
#[path = "../verification/other_keys.rs"]
mod other_keys;
mod robustness;
mod shapes;
mod signing;
#[path = "../xml/tools.rs"]
mod tools;
mod wrapping;
mod xmlsec;
