//! The facts of a document for machines: `facts.json`, attached to the PDF, and its published schema.
//!
//! They are the same values the page is made from, so paper and machine cannot differ.

use domain::DocumentContent;
use serde::Serialize;

use crate::read::PdfFile;

/// Name of the attachment.
pub const FACTS_NAME: &str = "facts.json";

/// JSON Schema (2020-12) of the attachment.
pub const FACTS_SCHEMA: &str = include_str!("../schemas/facts.v1.json");

/// Longest attachment that is looked at, in bytes.
const FACTS_BYTES_MAX: usize = 64 * 1024;

const FACTS_VERSION: u32 = 1;

#[derive(Serialize)]
struct Facts<'a> {
    facts_version: u32,
    #[serde(flatten)]
    content: &'a DocumentContent,
}

/// Why no facts were found in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtractFault {
    /// Not a PDF that can be read.
    #[error("the file is not a readable PDF")]
    NotPdf,
    /// No attachment of that name, as in every PDF that is not ours.
    #[error("the PDF has no attached facts")]
    NoFacts,
    /// More than any document of ours carries, or packed as ours never are.
    #[error("the attached facts are not as this service attaches them")]
    Strange,
}

/// The facts of a document as they are attached to it, in UTF-8 JSON.
#[must_use]
pub fn facts_json(content: &DocumentContent) -> Vec<u8> {
    // Strings, numbers and lists only: there is nothing in them that JSON could not carry.
    serde_json::to_vec(&Facts { facts_version: FACTS_VERSION, content }).unwrap_or_default()
}

/// Takes the facts out of a PDF, sealed or not. The seal is for others to check; the file may be hostile, and its
/// size is the caller's to bound.
///
/// # Errors
/// [`ExtractFault`] tells a foreign file from a damaged one.
pub fn extract_facts(pdf: &[u8]) -> Result<Vec<u8>, ExtractFault> {
    let file = PdfFile::open(pdf).ok_or(ExtractFault::NotPdf)?;
    file.attachment(FACTS_NAME, FACTS_BYTES_MAX)
}
