//! Judging signatures, certificates and lists that the tests themselves make.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail"
)]
#![allow(missing_docs, dead_code, reason = "the fixture is shared with a bench")]

mod authorities;
mod chains;
mod detached;
mod engine;
mod gost;
mod lists;
mod naive;
mod online;
mod other_keys;
mod reasons;
mod robustness;
mod tampering;
#[path = "../xml/faults.rs"]
mod xml_faults;
