//! The revision that is appended to a PDF so that it can carry a seal: catalog, page, field, signature dictionary.
//!
//! Not one byte before it changes. Read next: `seal.rs`, which fills the hole this leaves.

use std::fmt::Write;

use der::DateTime;
use sha2::{Digest, Sha256};

use super::file::{FileFault, Object, PdfFile};
use super::seal::SealFault;
use super::syntax::{Span, Value};

/// What a viewer shows about the seal without judging it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealNotes {
    /// Claimed time of sealing, UTC.
    pub sealed_at: DateTime,
    /// Who seals.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A file that is complete but for the signature.
pub(super) struct Prepared {
    pub(super) bytes: Vec<u8>,
    /// The hexadecimal string with its angle brackets.
    pub(super) hole: Span,
}

/// Name of the field for people who hear the page: PDF/UA wants one.
const FIELD_TITLE: &str = "Электрондық цифрлық қолтаңба / Электронная цифровая подпись";

/// Width kept for the byte range: `0` and three offsets of at most ten digits.
const RANGE_WIDTH: usize = 34;

/// Appends the revision, with `2 × contents_length` zeros where the signature will stand.
pub(super) fn prepare(
    unsealed: &[u8],
    notes: &SealNotes,
    contents_length: usize,
) -> Result<Prepared, SealFault> {
    let file = PdfFile::open(unsealed)?;
    let (catalog, page) = (file.catalog()?, file.first_page()?);
    let [only] = file.revisions.as_slice() else { return Err(SealFault::ManyRevisions) };
    if catalog.dictionary.has("AcroForm") {
        return Err(SealFault::HasForm);
    }
    let size = only.trailer.number("Size").ok_or(FileFault::Structure)?;
    let field = u32::try_from(size).map_err(|_| FileFault::Structure)?;
    let signature = field.checked_add(1).ok_or(FileFault::Structure)?;
    let mut revision = Revision { bytes: unsealed.to_vec(), objects: Vec::new() };
    revision.bytes.push(b'\n');
    revision.object(page.number, &page_with_field(&file, &page, field)?);
    let form = format!("/AcroForm<</Fields[{field} 0 R]/SigFlags 3>>");
    revision.object(catalog.number, &with_entries(file.slice(catalog.span)?, &form)?);
    revision.object(field, field_object(page.number, signature).as_bytes());
    let (range_at, hole) = revision.signature(signature, notes, contents_length);
    let trailer = trailer(&file, unsealed, notes, signature)?;
    revision.finish(&trailer);
    revision.write_range(range_at, hole);
    Ok(Prepared { bytes: revision.bytes, hole })
}

/// The dictionary with more entries at its end.
fn with_entries(dictionary: &[u8], entries: &str) -> Result<Vec<u8>, FileFault> {
    let body = dictionary.strip_suffix(b">>").ok_or(FileFault::Object)?;
    Ok([body, entries.as_bytes(), b">>"].concat())
}

fn page_with_field(file: &PdfFile<'_>, page: &Object, field: u32) -> Result<Vec<u8>, SealFault> {
    let tabs = if page.dictionary.has("Tabs") { "" } else { "/Tabs/S" };
    let bytes = file.slice(page.span)?;
    if !page.dictionary.has("Annots") {
        return Ok(with_entries(bytes, &format!("/Annots[{field} 0 R]{tabs}"))?);
    }
    // Annotations that stand in the page itself are kept; elsewhere they would need another rewritten object.
    let annotations = page.dictionary.get("Annots").ok_or(FileFault::Object)?;
    let Value::Array(_) = annotations.value else { return Err(SealFault::IndirectAnnotations) };
    let end = annotations.span.end - page.span.start;
    let (before, after) = bytes.split_at_checked(end - 1).ok_or(FileFault::Object)?;
    let spliced = [before, format!(" {field} 0 R").as_bytes(), after].concat();
    Ok(with_entries(&spliced, tabs)?)
}

fn field_object(page: u32, signature: u32) -> String {
    let title = text_string(FIELD_TITLE);
    format!(
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/TU{title}/F 132/Rect[0 0 0 0]/P {page} 0 R/V {signature} 0 R>>"
    )
}

/// The old trailer's entries with a new second identifier, which follows from what is sealed and when.
fn trailer(
    file: &PdfFile<'_>,
    unsealed: &[u8],
    notes: &SealNotes,
    last: u32,
) -> Result<String, SealFault> {
    let [only] = file.revisions.as_slice() else { return Err(SealFault::ManyRevisions) };
    let mut text = format!("<</Size {}/Prev {}", u64::from(last) + 1, only.table_at);
    for key in ["Root", "Info"] {
        if let Some((number, generation)) = only.trailer.reference(key) {
            let _ = write!(text, "/{key} {number} {generation} R");
        }
    }
    if let Some([first, _]) = only.trailer.array("ID") {
        let first =
            std::str::from_utf8(file.slice(first.span)?).map_err(|_| FileFault::Structure)?;
        let mut hash = Sha256::new();
        hash.update(unsealed);
        hash.update(pdf_date(&notes.sealed_at));
        let digest = hash.finalize();
        let _ = write!(text, "/ID[{first}<{}>]", hexadecimal(digest.get(..16).unwrap_or_default()));
    }
    text.push_str(">>");
    Ok(text)
}

/// The file while it grows.
struct Revision {
    bytes: Vec<u8>,
    /// Number and offset of each object written.
    objects: Vec<(u32, usize)>,
}

impl Revision {
    fn object(&mut self, number: u32, body: &[u8]) {
        self.objects.push((number, self.bytes.len()));
        self.bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        self.bytes.extend_from_slice(body);
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    /// Writes the signature dictionary; answers where the byte range begins and where the hole is.
    fn signature(&mut self, number: u32, notes: &SealNotes, length: usize) -> (usize, Span) {
        let start = format!(
            "{number} 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached\
             /M({})/Name{}/Reason{}/ByteRange[",
            pdf_date(&notes.sealed_at),
            text_string(&notes.name),
            text_string(&notes.reason),
        );
        self.objects.push((number, self.bytes.len()));
        self.bytes.extend_from_slice(start.as_bytes());
        let range_at = self.bytes.len();
        self.bytes.extend_from_slice(&[b' '; RANGE_WIDTH]);
        self.bytes.extend_from_slice(b"]/Contents<");
        let hole_start = self.bytes.len() - 1;
        self.bytes.resize(self.bytes.len() + 2 * length, b'0');
        self.bytes.push(b'>');
        let hole = Span { start: hole_start, end: self.bytes.len() };
        self.bytes.extend_from_slice(b">>\nendobj\n");
        (range_at, hole)
    }

    fn finish(&mut self, trailer: &str) {
        let table_at = self.bytes.len();
        self.objects.sort_unstable();
        let mut table = String::from("xref\n");
        for run in self.objects.chunk_by(|(before, _), (after, _)| before + 1 == *after) {
            let first = run.first().map_or(0, |(number, _)| *number);
            let _ = writeln!(table, "{first} {}", run.len());
            for (_, offset) in run {
                let _ = writeln!(table, "{offset:010} 00000 n ");
            }
        }
        let _ = write!(table, "trailer\n{trailer}\nstartxref\n{table_at}\n%%EOF\n");
        self.bytes.extend_from_slice(table.as_bytes());
    }

    fn write_range(&mut self, at: usize, hole: Span) {
        let rest = self.bytes.len() - hole.end;
        let range = format!("{:<RANGE_WIDTH$}", byte_range(hole, rest));
        for (target, byte) in self.bytes.iter_mut().skip(at).zip(range.bytes()) {
            *target = byte;
        }
    }
}

pub(super) fn byte_range(hole: Span, rest: usize) -> String {
    format!("0 {} {} {rest}", hole.start, hole.end)
}

/// `D:20261123072423Z`.
pub(super) fn pdf_date(time: &DateTime) -> String {
    format!(
        "D:{:04}{:02}{:02}{:02}{:02}{:02}Z",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minutes(),
        time.seconds()
    )
}

/// A text string in UTF-16BE, as hexadecimal digits.
fn text_string(text: &str) -> String {
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    format!("<feff{}>", hexadecimal(&bytes))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
