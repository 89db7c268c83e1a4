//! A PDF file as revisions of objects: where each object stands, and what the trailer says.
//!
//! Only classic cross-reference tables, as our writer makes them: cross-reference streams, hybrids, encryption and
//! compressed objects are declined. Read next: `increment.rs` (writing) and `inspect.rs` (judging).

use std::collections::BTreeMap;

use super::syntax::{Dictionary, Placed, Scanner, Span, Value};

/// More revisions than our documents ever have.
const REVISIONS_MAX: usize = 8;
/// More objects than our documents ever have.
const OBJECTS_MAX: usize = 100_000;

/// Why bytes are no PDF of the kind we can work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// The first bytes are not `%PDF-`, or the last not `%%EOF`.
    #[error("this is no PDF file")]
    NotPdf,
    /// The cross-reference table cannot be followed, or is of a kind our documents do not have.
    #[error("the cross-reference table cannot be read")]
    Structure,
    /// A needed object is not where the table says.
    #[error("an object is missing or broken")]
    Object,
    /// Protected by a password.
    #[error("the file is encrypted")]
    Encrypted,
}

impl FileFault {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotPdf => "not_pdf",
            Self::Structure => "pdf_structure",
            Self::Object => "pdf_object",
            Self::Encrypted => "pdf_encrypted",
        }
    }
}

/// One cross-reference section with its trailer.
pub(super) struct Revision {
    /// Where `xref` stands.
    pub(super) table_at: usize,
    pub(super) trailer: Dictionary,
    /// The byte after its `%%EOF` and line end, where it ends as our writer ends it.
    end: Option<usize>,
}

/// A place in an object and what is to stand there.
pub(super) struct Edit {
    place: Span,
    text: String,
}

impl Edit {
    pub(super) fn replace(place: Span, text: String) -> Self {
        Self { place, text }
    }

    /// Before the closing bracket of an array.
    pub(super) fn append(array: Span, text: String) -> Self {
        let end = array.end.saturating_sub(1);
        Self { place: Span { start: end, end }, text }
    }

    /// Before the closing brackets of a dictionary.
    pub(super) fn enter(dictionary: Span, text: String) -> Self {
        let end = dictionary.end.saturating_sub(2);
        Self { place: Span { start: end, end }, text }
    }
}

/// An indirect object with a dictionary.
pub(super) struct Object {
    pub(super) number: u32,
    pub(super) dictionary: Dictionary,
    pub(super) span: Span,
}

/// An opened file.
pub(super) struct PdfFile<'a> {
    bytes: &'a [u8],
    /// Newest first.
    pub(super) revisions: Vec<Revision>,
    /// `None` where the newest word about an object is that it is deleted.
    offsets: BTreeMap<u32, Option<usize>>,
}

impl<'a> PdfFile<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, FileFault> {
        if !bytes.starts_with(b"%PDF-") || !bytes.trim_ascii_end().ends_with(b"%%EOF") {
            return Err(FileFault::NotPdf);
        }
        let mut file = Self { bytes, revisions: Vec::new(), offsets: BTreeMap::new() };
        let mut next = Some(last_table(bytes).ok_or(FileFault::Structure)?);
        while let Some(table_at) = next {
            if file.revisions.len() == REVISIONS_MAX {
                return Err(FileFault::Structure);
            }
            let (trailer, end) = file.read_table(table_at).ok_or(FileFault::Structure)?;
            if trailer.has("Encrypt") {
                return Err(FileFault::Encrypted);
            }
            if trailer.has("XRefStm") {
                return Err(FileFault::Structure);
            }
            next = previous_table(&trailer, table_at)?;
            file.revisions.push(Revision { table_at, trailer, end });
        }
        Ok(file)
    }

    /// The newest trailer.
    pub(super) fn trailer(&self) -> Result<&Dictionary, FileFault> {
        self.revisions.first().map(|revision| &revision.trailer).ok_or(FileFault::Structure)
    }

    /// All bytes.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where each revision ends, the oldest first; `None` where it does not end as ours do.
    pub(super) fn ends(&self) -> Vec<Option<usize>> {
        self.revisions.iter().rev().map(|revision| revision.end).collect()
    }

    fn read_table(&mut self, at: usize) -> Option<(Dictionary, Option<usize>)> {
        let mut scanner = Scanner::new(self.bytes, at);
        scanner.keyword("xref")?;
        while scanner.keyword("trailer").is_none() {
            let (first, count) = (scanner.unsigned()?, scanner.unsigned()?);
            for number in first..first.checked_add(count)? {
                let (offset, generation) = (scanner.unsigned()?, scanner.unsigned()?);
                let in_use = scanner.keyword("n").is_some();
                if !in_use {
                    scanner.keyword("f")?;
                }
                let number = u32::try_from(number).ok()?;
                let place = (in_use && generation == 0).then_some(offset);
                self.offsets.entry(number).or_insert(place);
                if number > u32::try_from(OBJECTS_MAX).ok()? {
                    return None;
                }
            }
        }
        match scanner.value()?.value {
            Value::Dictionary(trailer) => Some((trailer, end_of_revision(self.bytes, scanner, at))),
            _ => None,
        }
    }

    /// The newest version of an object.
    pub(super) fn object(&self, (number, generation): (u32, u32)) -> Result<Object, FileFault> {
        self.find(number, generation).ok_or(FileFault::Object)
    }

    fn find(&self, number: u32, generation: u32) -> Option<Object> {
        let mut scanner = Scanner::new(self.bytes, (*self.offsets.get(&number)?)?);
        let found =
            (u32::try_from(scanner.unsigned()?).ok()?, u32::try_from(scanner.unsigned()?).ok()?);
        if generation != 0 || found != (number, generation) {
            return None;
        }
        scanner.keyword("obj")?;
        let Placed { value: Value::Dictionary(dictionary), span } = scanner.value()? else {
            return None;
        };
        scanner.keyword("endobj")?;
        Some(Object { number, dictionary, span })
    }

    /// The data of a stream as our writer makes it: not packed.
    pub(super) fn stream(&self, (number, _): (u32, u32)) -> Option<&'a [u8]> {
        let mut scanner = Scanner::new(self.bytes, (*self.offsets.get(&number)?)?);
        scanner.unsigned()?;
        scanner.unsigned()?;
        scanner.keyword("obj")?;
        let Value::Dictionary(dictionary) = scanner.value()?.value else { return None };
        let length = dictionary.number("Length")?;
        scanner.keyword("stream")?;
        let start = scanner.at() + 1;
        self.bytes.get(start..start.checked_add(length)?)
    }

    /// The bytes of an object's dictionary with some places written anew.
    pub(super) fn edited(
        &self,
        object: &Object,
        mut edits: Vec<Edit>,
    ) -> Result<Vec<u8>, FileFault> {
        edits.sort_by_key(|edit| edit.place.start);
        let (mut edited, mut from) = (Vec::new(), object.span.start);
        for Edit { place, text } in edits {
            edited.extend_from_slice(self.slice(Span { start: from, end: place.start })?);
            edited.extend_from_slice(text.as_bytes());
            from = place.end;
        }
        edited.extend_from_slice(self.slice(Span { start: from, end: object.span.end })?);
        Ok(edited)
    }

    /// The document's catalog.
    pub(super) fn catalog(&self) -> Result<Object, FileFault> {
        let root = self.trailer()?.reference("Root").ok_or(FileFault::Structure)?;
        let catalog = self.object(root)?;
        if catalog.dictionary.is_name("Type", "Catalog") {
            Ok(catalog)
        } else {
            Err(FileFault::Object)
        }
    }

    /// The first page.
    pub(super) fn first_page(&self) -> Result<Object, FileFault> {
        let mut node = self.catalog()?.dictionary.reference("Pages").ok_or(FileFault::Object)?;
        for _ in 0..REVISIONS_MAX {
            let object = self.object(node)?;
            if object.dictionary.is_name("Type", "Page") {
                return Ok(object);
            }
            let kids = object.dictionary.array("Kids").and_then(<[Placed]>::first);
            match kids.map(|placed| &placed.value) {
                Some(Value::Reference(number, generation)) => node = (*number, *generation),
                _ => break,
            }
        }
        Err(FileFault::Object)
    }

    /// The bytes of a span.
    pub(super) fn slice(&self, span: Span) -> Result<&'a [u8], FileFault> {
        self.bytes.get(span.start..span.end).ok_or(FileFault::Object)
    }
}

/// Where the last `startxref` points; nothing but it and `%%EOF` may follow.
fn last_table(bytes: &[u8]) -> Option<usize> {
    let word = b"startxref";
    let at = bytes.windows(word.len()).rposition(|window| window == word)?;
    let mut scanner = Scanner::new(bytes, at + word.len());
    let table = scanner.unsigned()?;
    let rest = bytes.get(scanner.at()..)?;
    (rest.trim_ascii() == b"%%EOF").then_some(table)
}

/// The byte after a revision whose trailer was just read.
fn end_of_revision(bytes: &[u8], mut scanner: Scanner<'_>, table_at: usize) -> Option<usize> {
    scanner.keyword("startxref")?;
    if scanner.unsigned()? != table_at {
        return None;
    }
    let mark = b"\n%%EOF\n";
    bytes.get(scanner.at()..)?.starts_with(mark).then(|| scanner.at() + mark.len())
}

/// A table may only point backwards: otherwise following it might never end.
fn previous_table(trailer: &Dictionary, table_at: usize) -> Result<Option<usize>, FileFault> {
    if !trailer.has("Prev") {
        return Ok(None);
    }
    match trailer.number("Prev") {
        Some(previous) if previous < table_at => Ok(Some(previous)),
        _ => Err(FileFault::Structure),
    }
}
