//! Finding the one seal of a file and what it covers, and what follows it, before any cryptography.
//!
//! The seal is reached as a viewer reaches it: newest catalog, form, field, signature dictionary, in the file as it was
//! when it had been sealed. Everything of that must lie inside the seal's byte range but the one hexadecimal string that
//! holds it. After it may come what is kept, and after that time stamps over the whole, each written byte for byte as we
//! write it. Read next: `verify.rs`.

use der::{DateTime, Decode, Encode, Header, SliceReader};

use super::document_stamp::{Stamped, stamp_between};
use super::file::{FileFault, PdfFile};
use super::increment::pdf_date;
use super::kept::{Kept, kept_between};
use super::revision::{byte_range, digest_around, hexadecimal};
use super::syntax::{Dictionary, Placed, Span, Value};

/// Why a PDF is not a document with one seal over all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InspectFault {
    /// No PDF that can be read.
    #[error(transparent)]
    File(#[from] FileFault),
    /// Nobody sealed it.
    #[error("the document has no seal")]
    NoSeal,
    /// More than one field or signature.
    #[error("the document has more than one signature")]
    ManySeals,
    /// A signature of another kind than PAdES.
    #[error("the signature is not of the kind ETSI.CAdES.detached")]
    OtherKind,
    /// Something was added after sealing, or was never covered.
    #[error("the seal does not cover the whole document")]
    NotWhole,
    /// The hole holds something besides one CMS in plain digits.
    #[error("the seal is not written as it is made")]
    Contents,
}

/// A file's only seal, and what follows it.
pub(super) struct Inspected {
    pub(super) cms: Vec<u8>,
    /// SHA-256 of all that the seal covers.
    pub(super) digest: [u8; 32],
    pub(super) sealed_at: Option<DateTime>,
    pub(super) kept: Kept,
    /// Stamps over the whole file, the earliest first.
    pub(super) stamps: Vec<Stamped>,
    /// Whether everything that follows the seal is of these. A changed byte under the seal shows here too, so the seal
    /// is to be judged first.
    pub(super) followed: Result<(), InspectFault>,
}

pub(super) fn inspect(bytes: &[u8]) -> Result<Inspected, InspectFault> {
    let ends = PdfFile::open(bytes)?.ends();
    // One revision written, one sealed: what the seal has to cover ends with the second.
    let sealed_end = ends.get(1).copied().flatten().unwrap_or(bytes.len());
    let sealed = bytes.get(..sealed_end).ok_or(InspectFault::NotWhole)?;
    let mut inspected = inspect_seal(sealed)?;
    inspected.followed = inspected.follow_all(bytes, sealed, ends.get(2..).unwrap_or_default());
    Ok(inspected)
}

impl Inspected {
    /// Takes in every revision after the seal's; nothing may stand behind the last.
    fn follow_all(
        &mut self,
        bytes: &[u8],
        sealed: &[u8],
        ends: &[Option<usize>],
    ) -> Result<(), InspectFault> {
        let mut before = sealed;
        for end in ends {
            let now = end.and_then(|end| bytes.get(..end)).ok_or(InspectFault::NotWhole)?;
            self.follow(before, now)?;
            before = now;
        }
        if before.len() == bytes.len() { Ok(()) } else { Err(InspectFault::NotWhole) }
    }

    /// Takes in the revision that makes `now` out of `before`.
    fn follow(&mut self, before: &[u8], now: &[u8]) -> Result<(), InspectFault> {
        let file = PdfFile::open(now)?;
        if self.kept.is_empty()
            && self.stamps.is_empty()
            && let Some(kept) = kept_between(before, &file)
        {
            self.kept = kept;
            return Ok(());
        }
        self.stamps.push(stamp_between(before, &file).ok_or(InspectFault::NotWhole)?);
        Ok(())
    }
}

/// The seal of a file that ends with its revision.
fn inspect_seal(bytes: &[u8]) -> Result<Inspected, InspectFault> {
    let marks = bytes.windows(10).filter(|window| window == b"/ByteRange").count();
    let file = PdfFile::open(bytes)?;
    let signature = match (signature(&file)?, marks) {
        (Some(signature), 1) => signature,
        (None, 0) => return Err(InspectFault::NoSeal),
        (None, _) => return Err(InspectFault::NotWhole),
        (Some(_), _) => return Err(InspectFault::ManySeals),
    };
    if !signature.is_name("Type", "Sig") || !signature.is_name("SubFilter", "ETSI.CAdES.detached") {
        return Err(InspectFault::OtherKind);
    }
    let contents = signature.get("Contents").ok_or(InspectFault::Contents)?;
    let range = signature.array("ByteRange").ok_or(InspectFault::NotWhole)?;
    require_whole(bytes, range, contents.span)?;
    if file.revisions.len() != 2 {
        return Err(InspectFault::NotWhole);
    }
    let Value::Hexadecimal(digits) = &contents.value else { return Err(InspectFault::Contents) };
    Ok(Inspected {
        cms: only_der(digits).ok_or(InspectFault::Contents)?,
        digest: digest_around(bytes, contents.span),
        sealed_at: claimed_time(&signature),
        kept: Kept::default(),
        stamps: Vec::new(),
        followed: Ok(()),
    })
}

/// The signature dictionary that the form's only field holds; `None` where there is no form.
fn signature(file: &PdfFile<'_>) -> Result<Option<Dictionary>, InspectFault> {
    let catalog = file.catalog()?;
    if !catalog.dictionary.has("AcroForm") {
        return Ok(None);
    }
    let form = catalog.dictionary.dictionary("AcroForm").ok_or(FileFault::Object)?;
    let [only] = form.array("Fields").ok_or(FileFault::Object)? else {
        return Err(InspectFault::ManySeals);
    };
    let Value::Reference(number, generation) = only.value else {
        return Err(FileFault::Object.into());
    };
    let field = file.object((number, generation))?.dictionary;
    if !field.is_name("FT", "Sig") || field.has("Kids") {
        return Err(InspectFault::OtherKind);
    }
    let value = field.reference("V").ok_or(InspectFault::NoSeal)?;
    Ok(Some(file.object(value)?.dictionary))
}

fn require_whole(bytes: &[u8], range: &[Placed], hole: Span) -> Result<(), InspectFault> {
    let mut numbers = Vec::new();
    for placed in range {
        let Value::Number(number) = placed.value else { return Err(InspectFault::NotWhole) };
        numbers.push(number.to_string());
    }
    let rest = bytes.len().checked_sub(hole.end).ok_or(InspectFault::NotWhole)?;
    if numbers.join(" ") == byte_range(hole, rest) { Ok(()) } else { Err(InspectFault::NotWhole) }
}

/// What stands in a hole: lower-case digits of one DER value and zeros after it, nothing that could hide a change.
pub(super) fn only_der(digits: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(digits).ok()?;
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    let bytes = (0..text.len()).step_by(2).map(pair).collect::<Option<Vec<u8>>>()?;
    if hexadecimal(&bytes) != text {
        return None;
    }
    let length = der_length(&bytes)?;
    let (value, padding) = bytes.split_at_checked(length)?;
    padding.iter().all(|byte| *byte == 0).then(|| value.to_vec())
}

/// Whole length of the DER value the bytes begin with.
fn der_length(bytes: &[u8]) -> Option<usize> {
    let header = Header::decode(&mut SliceReader::new(bytes).ok()?).ok()?;
    let total = (header.length() + header.encoded_len().ok()?).ok()?;
    usize::try_from(total).ok()
}

fn claimed_time(signature: &Dictionary) -> Option<DateTime> {
    let Value::Literal(text) = &signature.get("M")?.value else { return None };
    let text = std::str::from_utf8(text).ok()?;
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<u8>().ok();
    let year = text.get(2..6)?.parse().ok()?;
    let time =
        DateTime::new(year, part(6..8)?, part(8..10)?, part(10..12)?, part(12..14)?, part(14..16)?)
            .ok()?;
    (pdf_date(&time) == text).then_some(time)
}
