//! Judging signatures and sealed documents with our own verification, over trust kept in folders.
//!
//! Read next: `trust_folder.rs` for whom we trust, `citizen.rs` for requests, `responders/mod.rs` for asking about
//! revocation, `list_hosts/mod.rs` for fetching lists of it, `ncanode/mod.rs` for another judge, `document.rs` for
//! sealed PDFs.

mod anchors;
mod citizen;
#[cfg(test)]
mod contract;
mod document;
mod evidence;
mod list_hosts;
mod ncanode;
mod responders;
mod synthetic;
#[cfg(test)]
mod tests;
mod trust_folder;
#[cfg(test)]
mod xml_tests;

pub use anchors::{Anchor, AnchorFault};
pub use document::{FactsSignature, JudgedDocument, OwnDocumentVerifier, Sealers};
pub use trust_folder::{TrustFolder, TrustFolderError, TrustFolders};

pub use citizen::OwnVerifier;
pub use list_hosts::{ListFetcher, ListFetcherSettings, ListFetcherSetupError, ListSource};
pub use ncanode::{BothVerifiers, NcaNodeSettings, NcaNodeSetupError, NcaNodeVerifier};
pub use responders::{ResponderSettings, Responders, RespondersSetupError};
pub use synthetic::{SyntheticPersonFault, WithSyntheticPerson};

use jiff::Timestamp;
use signature::Moment;

pub(crate) fn moment(at: Timestamp) -> Moment {
    Moment(at.as_second())
}
