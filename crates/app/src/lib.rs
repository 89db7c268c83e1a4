//! What the service does, as use cases over ports: sign in, prepare and submit a request, advance it to its lawful
//! answer, read the cabinet, check a certificate, import the data bank.
//!
//! Knows no SQL, HTTP, PDF or cryptographic library: those stand behind the traits of `ports`.
//! Read next: `ports/store.rs` for what is kept, then `submit.rs` and `advance.rs` for the way of one request.

mod audit;
mod import;
mod ports;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use audit::{Actor, AuditAction, AuditEvent, AuditFault, AuditRow, chain_hash, verify_chain};
pub use import::{ImportBatch, ImportSummary, RegistryRow};
pub use ports::*;
