//! Appending a revision to a file: objects, streams, a hole for a signature, the table of all of them, the trailer.
//!
//! Not one byte before it changes, and the same input gives the same bytes: judging relies on that. Read next:
//! `increment.rs`, `kept.rs` and `document_stamp.rs` for what is appended.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::file::{FileFault, PdfFile};
use super::syntax::Span;

/// A file that is complete but for what comes into its hole.
#[derive(Clone)]
pub(super) struct Prepared {
    pub(super) bytes: Vec<u8>,
    /// The hexadecimal string with its angle brackets.
    pub(super) hole: Span,
}

impl Prepared {
    /// SHA-256 of everything but the hole.
    pub(super) fn digest(&self) -> [u8; 32] {
        digest_around(&self.bytes, self.hole)
    }

    /// How many bytes have room in the hole.
    pub(super) fn room(&self) -> usize {
        (self.hole.end - self.hole.start) / 2 - 1
    }

    /// The file with these bytes in its hole, as digits; the rest of the hole stays zeros. They have room.
    pub(super) fn filled(&self, contents: &[u8]) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let digits = hexadecimal(contents);
        let inside = bytes.iter_mut().skip(self.hole.start + 1);
        inside.zip(digits.bytes()).for_each(|(target, digit)| *target = digit);
        bytes
    }
}

/// SHA-256 of everything but the hole.
pub(super) fn digest_around(bytes: &[u8], hole: Span) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(bytes.get(..hole.start).unwrap_or_default());
    hash.update(bytes.get(hole.end..).unwrap_or_default());
    hash.finalize().into()
}

/// Width kept for the byte range: `0` and three offsets of at most ten digits.
const RANGE_WIDTH: usize = 34;

/// The file while it grows.
pub(super) struct Revision<'a> {
    before: &'a PdfFile<'a>,
    bytes: Vec<u8>,
    /// Number and offset of each object written.
    objects: Vec<(u32, usize)>,
    /// The next number nobody has.
    free: u32,
    /// Where the byte range stands, and what it leaves out.
    hole: Option<(usize, Span)>,
}

impl<'a> Revision<'a> {
    /// Behind everything a file has.
    pub(super) fn after(before: &'a PdfFile<'a>) -> Result<Self, FileFault> {
        let size = before.trailer()?.number("Size").ok_or(FileFault::Structure)?;
        let free = u32::try_from(size).map_err(|_| FileFault::Structure)?;
        let mut bytes = before.bytes().to_vec();
        if !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        Ok(Self { before, bytes, objects: Vec::new(), free, hole: None })
    }

    /// A number for a new object.
    pub(super) fn number(&mut self) -> Result<u32, FileFault> {
        let number = self.free;
        self.free = number.checked_add(1).ok_or(FileFault::Structure)?;
        Ok(number)
    }

    pub(super) fn object(&mut self, number: u32, body: &[u8]) {
        self.begin(number);
        self.bytes.extend_from_slice(body);
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    pub(super) fn stream(&mut self, number: u32, data: &[u8]) {
        self.begin(number);
        self.bytes.extend_from_slice(format!("<</Length {}>>stream\n", data.len()).as_bytes());
        self.bytes.extend_from_slice(data);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }

    /// A signature dictionary: its entries, the range of bytes it covers, and a hole for so many bytes.
    pub(super) fn signature(&mut self, number: u32, entries: &str, room: usize) {
        self.begin(number);
        self.bytes.extend_from_slice(format!("<<{entries}/ByteRange[").as_bytes());
        let range_at = self.bytes.len();
        self.bytes.extend_from_slice(&[b' '; RANGE_WIDTH]);
        self.bytes.extend_from_slice(b"]/Contents<");
        let start = self.bytes.len() - 1;
        self.bytes.resize(self.bytes.len() + 2 * room, b'0');
        self.bytes.push(b'>');
        self.hole = Some((range_at, Span { start, end: self.bytes.len() }));
        self.bytes.extend_from_slice(b">>\nendobj\n");
    }

    fn begin(&mut self, number: u32) {
        self.objects.push((number, self.bytes.len()));
        self.bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
    }

    /// Writes table and trailer. The second identifier of the file follows from what was there and from `seed`.
    pub(super) fn finish(mut self, seed: &str) -> Result<(Vec<u8>, Option<Span>), FileFault> {
        let trailer = self.trailer(seed)?;
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
        if let Some((range_at, hole)) = self.hole {
            self.write_range(range_at, hole);
        }
        Ok((self.bytes, self.hole.map(|(_, hole)| hole)))
    }

    /// The same for a revision with a signature.
    pub(super) fn finish_with_hole(self, seed: &str) -> Result<Prepared, FileFault> {
        let (bytes, hole) = self.finish(seed)?;
        Ok(Prepared { bytes, hole: hole.ok_or(FileFault::Structure)? })
    }

    /// The old trailer's entries with the new size and the new second identifier.
    fn trailer(&self, seed: &str) -> Result<String, FileFault> {
        let file = self.before;
        let newest = file.revisions.first().ok_or(FileFault::Structure)?;
        let mut text = format!("<</Size {}/Prev {}", self.free, newest.table_at);
        for key in ["Root", "Info"] {
            if let Some((number, generation)) = newest.trailer.reference(key) {
                let _ = write!(text, "/{key} {number} {generation} R");
            }
        }
        if let Some([first, _]) = newest.trailer.array("ID") {
            let first =
                std::str::from_utf8(file.slice(first.span)?).map_err(|_| FileFault::Structure)?;
            let mut hash = Sha256::new();
            hash.update(file.bytes());
            hash.update(seed);
            let digest = hash.finalize();
            let second = hexadecimal(digest.get(..16).unwrap_or_default());
            let _ = write!(text, "/ID[{first}<{second}>]");
        }
        text.push_str(">>");
        Ok(text)
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

/// A text string in UTF-16BE, as hexadecimal digits.
pub(super) fn text_string(text: &str) -> String {
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    format!("<feff{}>", hexadecimal(&bytes))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
