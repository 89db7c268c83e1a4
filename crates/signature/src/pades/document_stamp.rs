//! A time stamp over a whole sealed file with all it keeps (baseline B-LTA), appended as a revision of its own.
//!
//! Its field has a widget without extent, as some readers want one, and stands on no page: there is nothing to be seen or
//! heard. Judged as `kept.rs` is: written again from its parts and compared.

use super::file::{Edit, FileFault, PdfFile};
use super::inspect::only_der;
use super::revision::{Revision, text_string};
use super::seal::{SealFault, Unstamped};
use super::syntax::{Dictionary, Placed, Value};

/// Name of the field for people.
const FIELD_TITLE: &str = "Уақыт белгісі / Метка времени";
const ENTRIES: &str = "/Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161";

/// Appends a revision that waits for a stamp of at most `stamp_room` bytes, behind whatever a sealed file has.
///
/// # Errors
/// [`SealFault`].
pub fn stamp_document(sealed: &[u8], stamp_room: usize) -> Result<Unstamped, SealFault> {
    let file = PdfFile::open(sealed)?;
    let catalog = file.catalog()?;
    let form = catalog.dictionary.dictionary("AcroForm").ok_or(SealFault::NotSealed)?;
    let fields = form.get("Fields").ok_or(SealFault::NotSealed)?;
    let Value::Array(known) = &fields.value else { return Err(SealFault::NotSealed) };
    let place = known.len();
    let mut revision = Revision::after(&file)?;
    let (field, signature) = (revision.number()?, revision.number()?);
    let entry = Edit::append(fields.span, format!(" {field} 0 R"));
    revision.object(catalog.number, &file.edited(&catalog, vec![entry])?);
    let title = text_string(FIELD_TITLE);
    let body = format!(
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Stamp{place})/TU{title}/F 132/Rect[0 0 0 0]/V {signature} 0 R>>"
    );
    revision.object(field, body.as_bytes());
    revision.signature(signature, ENTRIES, stamp_room);
    Ok(Unstamped::document(revision.finish_with_hole("")?))
}

/// A token and what it stamps, unjudged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped {
    /// DER.
    pub token: Vec<u8>,
    /// SHA-256 of what should be stamped.
    pub digest: [u8; 32],
}

/// The stamp that makes `now` out of `before`, if that is what makes it.
pub(super) fn stamp_between(before: &[u8], now: &PdfFile<'_>) -> Option<Stamped> {
    let signature = newest_signature(now).ok()??;
    let Value::Hexadecimal(digits) = &signature.get("Contents")?.value else { return None };
    let token = only_der(digits)?;
    let unstamped = stamp_document(before, digits.len() / 2).ok()?;
    let again = unstamped.stamped(&token).ok()?;
    (again == now.bytes()).then(|| Stamped { token, digest: unstamped.digest() })
}

/// What the last field of the form holds.
fn newest_signature(file: &PdfFile<'_>) -> Result<Option<Dictionary>, FileFault> {
    let catalog = file.catalog()?;
    let fields = catalog.dictionary.dictionary("AcroForm").and_then(|form| form.array("Fields"));
    let last = fields.and_then(<[Placed]>::last).map(|placed| &placed.value);
    let Some(Value::Reference(number, generation)) = last else { return Ok(None) };
    let field = file.object((*number, *generation))?.dictionary;
    let Some(value) = field.reference("V") else { return Ok(None) };
    Ok(Some(file.object(value)?.dictionary))
}
