//! The last look at the exact bytes before they are sealed. A fault here stops the document; nothing is repaired.

use domain::DocumentContent;

use crate::facts::{ExtractFault, FACTS_NAME, facts_json, facts_signature};
use crate::read::PdfFile;

/// No document is shorter, in bytes.
const BYTES_MIN: usize = 8 * 1024;
/// No document is longer, in bytes.
const BYTES_MAX: usize = 512 * 1024;
/// Longest names, addresses and lists of wards together need no more pages.
const PAGES_MAX: usize = 6;

/// What is wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LintFault {
    /// Too short or too long.
    #[error("the file has {0} bytes, outside the bounds of a document")]
    Size(usize),
    /// Does not begin as a PDF 1.7 with a binary mark.
    #[error("the file does not begin as PDF 1.7")]
    Header,
    /// No end mark, or no plain cross-reference table where the end points to.
    #[error("the file does not end with a plain cross-reference table")]
    Trailer,
    /// Encrypted, or with packed objects, on which no signature can be appended simply.
    #[error("the file is encrypted or packs its objects")]
    NotPlain,
    /// The reader cannot open it.
    #[error("the file cannot be read back")]
    Unreadable,
    /// No page, or too many.
    #[error("the file has {0} pages")]
    Pages(usize),
    /// The metadata do not say PDF/A-3, conformance A or B.
    #[error("the metadata do not identify the file as PDF/A-3")]
    Identification,
    /// Facts are missing or strange.
    #[error("facts: {0}")]
    Facts(#[from] ExtractFault),
    /// The attached facts are not those of this document.
    #[error("the attached facts are not those of this document")]
    OtherFacts,
    /// The attached facts signature is not the one that was to be attached, or there is one where none was to be.
    #[error("the attached facts signature is not the one given")]
    OtherFactsSignature,
    /// A page shows a hole instead of a letter.
    #[error("a page shows a missing glyph")]
    MissingGlyph,
}

/// Checks the bytes of a rendered document that is about to be sealed, with the facts signature that was to be attached.
///
/// # Errors
/// Every fault found.
pub fn lint(
    bytes: &[u8],
    content: &DocumentContent,
    facts_signature: Option<&[u8]>,
) -> Result<(), Vec<LintFault>> {
    let mut faults = frame_faults(bytes);
    match PdfFile::open(bytes) {
        Some(file) => faults.extend(inner_faults(&file, content, facts_signature)),
        None => faults.push(LintFault::Unreadable),
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn frame_faults(bytes: &[u8]) -> Vec<LintFault> {
    let mut faults = Vec::new();
    if !(BYTES_MIN..=BYTES_MAX).contains(&bytes.len()) {
        faults.push(LintFault::Size(bytes.len()));
    }
    if !has_header(bytes) {
        faults.push(LintFault::Header);
    }
    let table = cross_reference_table(bytes);
    if table.is_none() || count(bytes, b"%%EOF") != 1 {
        faults.push(LintFault::Trailer);
    }
    let trailer = table.unwrap_or_default();
    if count(trailer, b"/Encrypt") > 0 || count(bytes, b"/ObjStm") > 0 {
        faults.push(LintFault::NotPlain);
    }
    faults
}

/// `%PDF-1.7`, then a comment of bytes over 127.
fn has_header(bytes: &[u8]) -> bool {
    let Some(mark) = bytes.strip_prefix(b"%PDF-1.7\n%") else { return false };
    mark.get(..4).is_some_and(|mark| mark.iter().all(|byte| *byte > 127))
}

/// The table and trailer that `startxref` points to.
fn cross_reference_table(bytes: &[u8]) -> Option<&[u8]> {
    let body = bytes.trim_ascii_end().strip_suffix(b"%%EOF")?.trim_ascii_end();
    let digits = body.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, offset) = body.split_at_checked(body.len().checked_sub(digits)?)?;
    before.trim_ascii_end().strip_suffix(b"startxref")?;
    let offset: usize = std::str::from_utf8(offset).ok()?.parse().ok()?;
    bytes.get(offset..).filter(|table| table.starts_with(b"xref"))
}

fn inner_faults(
    file: &PdfFile,
    content: &DocumentContent,
    wanted: Option<&[u8]>,
) -> Vec<LintFault> {
    let mut faults = Vec::new();
    let pages = file.page_count();
    if !(1..=PAGES_MAX).contains(&pages) {
        faults.push(LintFault::Pages(pages));
    }
    if !file.metadata().is_some_and(|packet| identifies_pdfa3(&packet)) {
        faults.push(LintFault::Identification);
    }
    match file.attachment(FACTS_NAME, BYTES_MAX) {
        Ok(facts) if facts == facts_json(content) => {}
        Ok(_) => faults.push(LintFault::OtherFacts),
        Err(fault) => faults.push(fault.into()),
    }
    match facts_signature(file) {
        Ok(found) if found.as_deref() == wanted => {}
        Ok(_) => faults.push(LintFault::OtherFactsSignature),
        Err(fault) => faults.push(fault.into()),
    }
    if file.shows_missing_glyph() {
        faults.push(LintFault::MissingGlyph);
    }
    faults
}

fn identifies_pdfa3(packet: &[u8]) -> bool {
    let has = |needle: &[u8]| count(packet, needle) > 0;
    has(b"<pdfaid:part>3</pdfaid:part>")
        && (has(b"<pdfaid:conformance>A</pdfaid:conformance>")
            || has(b"<pdfaid:conformance>B</pdfaid:conformance>"))
}

/// How often a word stands in the bytes. Looking for its first byte first passes over nearly all of a packed stream.
fn count(bytes: &[u8], needle: &[u8]) -> usize {
    let Some(first) = needle.first() else { return 0 };
    let mut found = 0;
    let mut left = bytes;
    while let Some(place) = left.iter().position(|byte| byte == first) {
        let from_there = left.get(place..).unwrap_or_default();
        found += usize::from(from_there.starts_with(needle));
        left = from_there.get(1..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Renderer, samples};

    fn document() -> (Vec<u8>, DocumentContent) {
        let content = DocumentContent::Certificate(samples::certificate());
        (Renderer::new().unwrap().render(&content, None).unwrap(), content)
    }

    fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
        assert_eq!(from.len(), to.len());
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        let mut changed = bytes.to_vec();
        changed[at..at + to.len()].copy_from_slice(to);
        changed
    }

    #[test]
    fn every_rendered_document_passes() {
        let renderer = Renderer::new().unwrap();
        for (name, content) in samples::all() {
            assert_eq!(
                lint(&renderer.render(&content, None).unwrap(), &content, None),
                Ok(()),
                "{name}"
            );
        }
    }

    #[test]
    fn the_facts_signature_must_be_the_one_given() {
        let (bare, content) = document();
        let signature = b"a signature \x00\xff of somebody";
        let signed = Renderer::new().unwrap().render(&content, Some(signature)).unwrap();
        assert_eq!(lint(&signed, &content, Some(signature)), Ok(()));
        let other = Err(vec![LintFault::OtherFactsSignature]);
        assert_eq!(lint(&signed, &content, None), other);
        assert_eq!(lint(&signed, &content, Some(b"another")), other);
        assert_eq!(lint(&bare, &content, Some(signature)), other);
    }

    #[test]
    fn facts_of_another_person_are_noticed() {
        let (bytes, content) = document();
        let changed = replaced(&bytes, b"\"000229500008\"", b"\"000229500909\"");
        assert_eq!(lint(&changed, &content, None), Err(vec![LintFault::OtherFacts]));
        let other = DocumentContent::Certificate(samples::custodian());
        assert_eq!(lint(&bytes, &other, None), Err(vec![LintFault::OtherFacts]));
    }

    #[test]
    fn a_file_that_does_not_say_pdfa_is_noticed() {
        let (bytes, content) = document();
        let changed =
            replaced(&bytes, b"<pdfaid:part>3</pdfaid:part>", b"<pdfaid:part>4</pdfaid:part>");
        assert_eq!(lint(&changed, &content, None), Err(vec![LintFault::Identification]));
    }

    #[test]
    fn a_cut_or_prolonged_file_is_noticed() {
        let (bytes, content) = document();
        for length in [0, 1, 100, bytes.len() / 2, bytes.len() - 6] {
            assert!(lint(&bytes[..length], &content, None).is_err(), "{length}");
        }
        let prolonged = [bytes.as_slice(), b"\n%%EOF"].concat();
        assert_eq!(lint(&prolonged, &content, None), Err(vec![LintFault::Trailer]));
    }

    #[test]
    fn another_version_or_a_missing_binary_mark_is_noticed() {
        let (bytes, content) = document();
        let older = replaced(&bytes, b"%PDF-1.7", b"%PDF-1.4");
        assert!(lint(&older, &content, None).unwrap_err().contains(&LintFault::Header));
    }

    #[test]
    fn packed_objects_and_encryption_are_noticed() {
        let (bytes, content) = document();
        let packed = replaced(&bytes, b"/Catalog", b"/ObjStm ");
        assert!(lint(&packed, &content, None).unwrap_err().contains(&LintFault::NotPlain));
        let end = bytes.len() - 200;
        let at = bytes[end..].windows(5).position(|window| window == b"/Info").unwrap() + end;
        let mut encrypted = bytes.clone();
        encrypted.splice(at..at, *b"/Encrypt 1 0 R");
        assert!(lint(&encrypted, &content, None).unwrap_err().contains(&LintFault::NotPlain));
    }

    #[test]
    fn a_text_drawn_with_glyph_zero_is_noticed() {
        let page = |shown: &str| {
            format!(
                "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj \
                 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj \
                 4 0 obj<</Length {}>>stream\n{shown}\nendstream endobj\ntrailer<</Root 1 0 R/Size 5>>\n%%EOF",
                shown.len()
            )
        };
        for (shown, missing) in [
            ("BT <00050000> Tj ET", true),
            ("BT [<0005> -20 <0000>] TJ ET", true),
            ("BT <0100000500010002> Tj ET", false),
            ("BT [<01000005> -20 <0007>] TJ ET", false),
        ] {
            let file = PdfFile::open(page(shown).as_bytes()).unwrap();
            assert_eq!(file.shows_missing_glyph(), missing, "{shown}");
        }
    }
}
