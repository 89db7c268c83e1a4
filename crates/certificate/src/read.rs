//! Reading back what was written: attachments, metadata and page contents of a PDF. Knows nothing of documents.

use hayro_syntax::Pdf;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::{Array, Dict, Stream};

use crate::facts::ExtractFault;

/// An open file.
pub(crate) struct PdfFile(Pdf);

impl PdfFile {
    pub(crate) fn open(bytes: &[u8]) -> Option<Self> {
        Pdf::new(bytes.to_vec()).ok().map(Self)
    }

    pub(crate) fn page_count(&self) -> usize {
        self.0.pages().len()
    }

    fn catalog(&self) -> Option<Dict<'_>> {
        let xref = self.0.xref();
        xref.get::<Dict<'_>>(xref.root_id())
    }

    /// The XMP packet.
    pub(crate) fn metadata(&self) -> Option<Vec<u8>> {
        let stream = self.catalog()?.get::<Stream<'_>>("Metadata")?;
        stream.decoded().ok().map(std::borrow::Cow::into_owned)
    }

    /// An attachment stored as it is; a packed one is none of ours and is not unpacked.
    pub(crate) fn attachment(&self, name: &str, most: usize) -> Result<Vec<u8>, ExtractFault> {
        let stream = self.attached_stream(name).ok_or(ExtractFault::NoFacts)?;
        let raw = stream.raw_data();
        if !stream.filters().is_empty() || raw.len() > most {
            return Err(ExtractFault::Strange);
        }
        Ok(raw.into_owned())
    }

    fn attached_stream(&self, name: &str) -> Option<Stream<'_>> {
        let files = self.catalog()?.get::<Array<'_>>("AF")?;
        files.iter::<Dict<'_>>().find_map(|file| {
            let named = file.get::<hayro_syntax::object::String<'_>>("F")?;
            if named.as_bytes() == name.as_bytes() {
                file.get::<Dict<'_>>("EF")?.get::<Stream<'_>>("F")
            } else {
                None
            }
        })
    }

    /// Whether a page shows glyph 0, the hole every font draws for a character it has not.
    pub(crate) fn shows_missing_glyph(&self) -> bool {
        self.0.pages().iter().any(|page| {
            let mut operations = page.typed_operations();
            while let Some(operation) = operations.next() {
                if shows_zero(&operation) {
                    return true;
                }
            }
            false
        })
    }
}

/// Glyphs are numbered with two bytes each.
fn shows_zero(operation: &TypedInstruction<'_, '_>) -> bool {
    let has_zero = |bytes: &[u8]| bytes.chunks(2).any(|pair| pair == [0, 0]);
    match operation {
        TypedInstruction::ShowText(text) => has_zero(text.0.as_bytes()),
        TypedInstruction::ShowTexts(texts) => texts
            .0
            .iter::<hayro_syntax::object::Object<'_>>()
            .filter_map(hayro_syntax::object::Object::into_string)
            .any(|text| has_zero(text.as_bytes())),
        _ => false,
    }
}
