//! Counterparts for the demo and the tests: synthetic people and their data bank, a certification authority, a local
//! signer that speaks NCALayer's protocol, a telephone with eGov Mobile, telephones that receive messages and what leads
//! to them, a mail server, a time-stamping authority, a responder about revocation, a host of lists, another judge of signatures, an
//! identity provider, the gateway SHEP with a data bank behind it, and the portal of the e-government.
//!
//! Production never enables any of it. Knows the domain and signatures, and nothing of the service it is the
//! counterpart of. Read next: `people/demo.rs`, `data_bank_file/mod.rs`, `authority/mod.rs`, `ncalayer/mod.rs`,
//! `egov_mobile/mod.rs`, `sms/mod.rs`, `mail/mod.rs`, `tsa/mod.rs`, `ocsp/mod.rs`, `crl_host/mod.rs`, `ncanode/mod.rs`,
//! `identity_provider/mod.rs`, `shep/mod.rs`, `egov_portal/mod.rs`.

pub mod authority;
mod connections;
pub mod crl_host;
pub mod data_bank_file;
pub mod egov_mobile;
pub mod egov_portal;
pub mod identity_provider;
pub mod mail;
pub mod ncalayer;
pub mod ncanode;
pub mod ocsp;
pub mod people;
pub mod shep;
pub mod sms;
pub mod tsa;
