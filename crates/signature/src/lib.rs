//! Kazakhstan's signatures: X.509, CMS, XML signatures, SOAP messages, GOST 34.10-2015, RSA and ECDSA verification, OCSP,
//! CRL, PAdES, time stamps. Bytes in, verdict out.
//!
//! Knows no network, file, clock or database, and nothing of the service around it. Read next: `cms/verify.rs` for the
//! order of checks, `trust.rs` for whom we trust, `gost/mod.rs` for the national algorithm, `pades/mod.rs` for PDFs,
//! `tsp/mod.rs` for time stamps, `ocsp/mod.rs` for asking responders, `xml/mod.rs` for XML,
//! `wss/mod.rs` for SOAP messages.

pub mod cms;
pub mod gost;
mod moment;
pub mod ocsp;
pub mod pades;
#[cfg(any(test, feature = "signing"))]
pub mod signing;
pub mod trust;
pub mod tsp;
mod verdict;
pub mod wss;
pub mod x509;
pub mod xml;

pub use moment::Moment;
pub use verdict::{Doubt, Objection, Reason, Verdict};
