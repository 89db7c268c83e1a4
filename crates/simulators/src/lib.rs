//! Counterparts for the demo and the tests: synthetic people and their data bank, a certification authority, a local
//! signer that speaks NCALayer's protocol, a time-stamping authority, a responder about revocation, and telephones with
//! what leads to them.
//!
//! Production never enables any of it. Knows the domain and signatures, and nothing of the service it is the
//! counterpart of. Read next: `people/demo.rs`, `data_bank_file/mod.rs`, `authority/mod.rs`, `ncalayer/mod.rs`,
//! `tsa/mod.rs`, `ocsp/mod.rs`, `sms/mod.rs`.

pub mod authority;
mod connections;
pub mod data_bank_file;
pub mod ncalayer;
pub mod ocsp;
pub mod people;
pub mod sms;
pub mod tsa;
