//! Judging signatures and sealed documents with our own verification, over trust kept in folders.
//!
//! Read next: `trust_folder.rs` for whom we trust, `citizen.rs` for requests, `responders/mod.rs` for asking about
//! revocation, `document.rs` for sealed PDFs.

mod citizen;
mod document;
mod evidence;
mod responders;
#[cfg(test)]
mod tests;
mod trust_folder;
#[cfg(test)]
mod xml_tests;

pub use document::{JudgedDocument, OwnDocumentVerifier, Sealers};
pub use trust_folder::{TrustFolder, TrustFolderError, TrustFolders};

pub use citizen::OwnVerifier;
pub use responders::{ResponderSettings, Responders, RespondersSetupError};

use jiff::Timestamp;
use signature::Moment;

pub(crate) fn moment(at: Timestamp) -> Moment {
    Moment(at.as_second())
}
