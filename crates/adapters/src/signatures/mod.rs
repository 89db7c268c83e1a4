//! Judging signatures and sealed documents with our own verification, over trust kept in folders.
//!
//! Read next: `trust_folder.rs` for whom we trust, `citizen.rs` for requests, `document.rs` for sealed PDFs.

mod citizen;
mod document;
#[cfg(test)]
mod tests;
mod trust_folder;

pub use document::{JudgedDocument, OwnDocumentVerifier, Sealers};
pub use trust_folder::{TrustFolder, TrustFolderError, TrustFolders};

pub use citizen::OwnVerifier;

use jiff::Timestamp;
use signature::Moment;

pub(crate) fn moment(at: Timestamp) -> Moment {
    Moment(at.as_second())
}
