//! The facts of a document for machines: `facts.json`, attached to the PDF, and its published schema; and the facts
//! signature beside it, whose bytes come from outside and are nobody's concern here.
//!
//! They are the same values the page is made from, so paper and machine cannot differ.

use domain::DocumentContent;
use serde::Serialize;

use crate::read::PdfFile;

/// Name of the attachment.
pub const FACTS_NAME: &str = "facts.json";

/// Name of the attachment with the facts signature.
pub const FACTS_SIGNATURE_NAME: &str = "facts.json.p7s";

/// JSON Schema (2020-12) of the attachment.
pub const FACTS_SCHEMA: &str = include_str!("../schemas/facts.v1.json");

/// Longest attachment that is looked at, in bytes.
const FACTS_BYTES_MAX: usize = 64 * 1024;

/// Longest facts signature that is looked at, in bytes.
const FACTS_SIGNATURE_BYTES_MAX: usize = 16 * 1024;

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

/// Takes the facts signature out of a PDF, sealed or not; `None` where there is none.
///
/// # Errors
/// [`ExtractFault`]: no PDF, or an attachment of that name that is not as this service attaches it.
pub fn extract_facts_signature(pdf: &[u8]) -> Result<Option<Vec<u8>>, ExtractFault> {
    let file = PdfFile::open(pdf).ok_or(ExtractFault::NotPdf)?;
    facts_signature(&file)
}

pub(crate) fn facts_signature(file: &PdfFile) -> Result<Option<Vec<u8>>, ExtractFault> {
    match file.attachment(FACTS_SIGNATURE_NAME, FACTS_SIGNATURE_BYTES_MAX) {
        Ok(signature) => Ok(Some(signature)),
        Err(ExtractFault::NoFacts) => Ok(None),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use domain::DocumentContent;
    use proptest::prelude::*;

    use super::*;
    use crate::{Renderer, samples};

    #[test]
    fn facts_come_out_of_the_pdf_as_they_went_in() {
        let renderer = Renderer::new().unwrap();
        for (name, content) in samples::all() {
            let pdf = renderer.render(&content, None).unwrap();
            assert_eq!(extract_facts(&pdf).unwrap(), facts_json(&content), "{name}");
        }
    }

    #[test]
    fn a_facts_signature_comes_out_as_it_went_in_beside_the_same_facts() {
        let renderer = Renderer::new().unwrap();
        for (name, content) in samples::all() {
            let signature = [0x30, 0x82, 0, 0xff, 0x0a];
            let pdf = renderer.render(&content, Some(&signature)).unwrap();
            assert!(pdf == renderer.render(&content, Some(&signature)).unwrap(), "{name}");
            assert_eq!(extract_facts_signature(&pdf), Ok(Some(signature.to_vec())), "{name}");
            assert_eq!(extract_facts(&pdf).unwrap(), facts_json(&content), "{name}");
            let bare = renderer.render(&content, None).unwrap();
            assert_eq!(extract_facts_signature(&bare), Ok(None), "{name}");
        }
        assert_eq!(extract_facts_signature(b"text"), Err(ExtractFault::NotPdf));
    }

    #[test]
    fn facts_come_out_after_bytes_were_appended_as_a_signature_does() {
        let content = DocumentContent::Certificate(samples::certificate());
        let mut pdf = Renderer::new().unwrap().render(&content, None).unwrap();
        let tail = String::from_utf8_lossy(&pdf[pdf.len() - 400..]).into_owned();
        let root = tail.split("/Root ").nth(1).unwrap().split(" R").next().unwrap().to_owned();
        let start = tail.split("startxref\n").nth(1).unwrap().lines().next().unwrap().to_owned();
        let offset = pdf.len();
        pdf.extend_from_slice(
            format!("\nxref\n0 0\ntrailer\n<</Size 500/Root {root} R/Prev {start}>>\nstartxref\n{}\n%%EOF", offset + 1)
                .as_bytes(),
        );
        assert_eq!(extract_facts(&pdf).unwrap(), facts_json(&content));
    }

    #[test]
    fn facts_can_be_read_back_as_the_content_they_were_made_from() {
        for (name, content) in samples::all() {
            let mut value: serde_json::Value =
                serde_json::from_slice(&facts_json(&content)).unwrap();
            assert_eq!(value.as_object_mut().unwrap().remove("facts_version").unwrap(), 1);
            assert_eq!(
                serde_json::from_value::<DocumentContent>(value).unwrap(),
                content,
                "{name}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_hostile_file_gives_facts_or_a_fault_and_never_a_panic(
            places in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..40),
            length in any::<proptest::sample::Index>(), cut in any::<bool>(),
        ) {
            let content = DocumentContent::Refusal(samples::refusal_named());
            let mut pdf = Renderer::new().unwrap().render(&content, None).unwrap();
            for (place, byte) in places {
                let at = place.index(pdf.len());
                pdf[at] = byte;
            }
            if cut {
                pdf.truncate(length.index(pdf.len()));
            }
            let _ = extract_facts(&pdf);
            let _ = extract_facts_signature(&pdf);
            let _ = crate::lint(&pdf, &content, None);
        }
    }

    #[test]
    fn a_foreign_file_is_told_from_one_without_facts() {
        assert_eq!(extract_facts(b"not a pdf at all"), Err(ExtractFault::NotPdf));
        let bare = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj \
                     3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n%%EOF";
        assert_eq!(extract_facts(bare), Err(ExtractFault::NoFacts));
    }
}
