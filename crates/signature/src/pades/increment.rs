//! The revision that is appended to a PDF so that it can carry a seal: catalog, page, field, signature dictionary, and
//! the field's place in the structure of a tagged document.
//!
//! Read next: `revision.rs` for the writing, `tags.rs`, and `seal.rs`, which fills the hole this leaves.

use der::DateTime;

use super::file::{Edit, FileFault, Object, PdfFile};
use super::revision::{Prepared, Revision, text_string};
use super::seal::SealFault;
use super::syntax::Value;
use super::tags::form_tag;

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

/// Name of the field for people who hear the page: PDF/UA wants one.
const FIELD_TITLE: &str = "Электрондық цифрлық қолтаңба / Электронная цифровая подпись";

/// Appends the revision, with a hole for a CMS of so many bytes.
pub(super) fn prepare(
    unsealed: &[u8],
    notes: &SealNotes,
    room: usize,
) -> Result<Prepared, SealFault> {
    let file = PdfFile::open(unsealed)?;
    let (catalog, page) = (file.catalog()?, file.first_page()?);
    let [_] = file.revisions.as_slice() else { return Err(SealFault::ManyRevisions) };
    if catalog.dictionary.has("AcroForm") {
        return Err(SealFault::HasForm);
    }
    let mut revision = Revision::after(&file)?;
    let (field, signature) = (revision.number()?, revision.number()?);
    revision.object(page.number, &page_with_field(&file, &page, field)?);
    let form = format!("/AcroForm<</Fields[{field} 0 R]/SigFlags 3>>");
    let catalog_with_form = file.edited(&catalog, vec![Edit::enter(catalog.span, form)])?;
    revision.object(catalog.number, &catalog_with_form);
    let place = form_tag(&file, &catalog, page.number, field, &mut revision)?;
    revision.object(field, field_object(page.number, signature, &place).as_bytes());
    revision.signature(signature, &entries(notes), room);
    Ok(revision.finish_with_hole(&pdf_date(&notes.sealed_at))?)
}

fn page_with_field(file: &PdfFile<'_>, page: &Object, field: u32) -> Result<Vec<u8>, SealFault> {
    let tabs = if page.dictionary.has("Tabs") { "" } else { "/Tabs/S" };
    if !page.dictionary.has("Annots") {
        let entries = format!("/Annots[{field} 0 R]{tabs}");
        return Ok(file.edited(page, vec![Edit::enter(page.span, entries)])?);
    }
    // Annotations that stand in the page itself are kept; elsewhere they would need another rewritten object.
    let annotations = page.dictionary.get("Annots").ok_or(FileFault::Object)?;
    let Value::Array(_) = annotations.value else { return Err(SealFault::IndirectAnnotations) };
    let annotation = Edit::append(annotations.span, format!(" {field} 0 R"));
    Ok(file.edited(page, vec![annotation, Edit::enter(page.span, tabs.to_owned())])?)
}

fn field_object(page: u32, signature: u32, place: &str) -> String {
    let title = text_string(FIELD_TITLE);
    format!(
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/TU{title}/F 132/Rect[0 0 0 0]/P {page} 0 R/V {signature} 0 R{place}>>"
    )
}

fn entries(notes: &SealNotes) -> String {
    format!(
        "/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M({})/Name{}/Reason{}",
        pdf_date(&notes.sealed_at),
        text_string(&notes.name),
        text_string(&notes.reason),
    )
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
