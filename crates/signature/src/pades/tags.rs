//! The field of the seal in the structure of a tagged document: a `Form` element under the document's own, so that
//! whoever hears the page hears of the seal too (PDF/UA, 7.18.4).
//!
//! It knows the structure our writer makes, with everything in plain places, and declines another.

use super::file::{Edit, FileFault, Object, PdfFile};
use super::revision::Revision;
use super::seal::SealFault;
use super::syntax::{Placed, Value};

/// Writes the element and its two relatives anew; answers the field's entry that leads there. A document without
/// structure gets none.
pub(super) fn form_tag(
    file: &PdfFile<'_>,
    catalog: &Object,
    page: u32,
    field: u32,
    revision: &mut Revision<'_>,
) -> Result<String, SealFault> {
    if !catalog.dictionary.has("StructTreeRoot") {
        return Ok(String::new());
    }
    let root = catalog.dictionary.reference("StructTreeRoot").ok_or(SealFault::Tags)?;
    let root = file.object(root)?;
    let document = only_kid(&root).ok_or(SealFault::Tags)?;
    let document = file.object(document)?;
    let element = revision.number()?;
    let tree = root.dictionary.dictionary("ParentTree").ok_or(SealFault::Tags)?;
    let (parents, kids) = (array(tree.get("Nums"))?, array(document.dictionary.get("K"))?);
    let next = root.dictionary.get("ParentTreeNextKey").ok_or(SealFault::Tags)?;
    let Value::Number(key) = next.value else { return Err(SealFault::Tags) };
    let root_edits = vec![
        Edit::append(parents.span, format!(" {key} {element} 0 R")),
        Edit::replace(next.span, key.checked_add(1).ok_or(FileFault::Structure)?.to_string()),
    ];
    revision.object(root.number, &file.edited(&root, root_edits)?);
    let kid = Edit::append(kids.span, format!(" {element} 0 R"));
    revision.object(document.number, &file.edited(&document, vec![kid])?);
    let (parent, form) = (document.number, format!("<</Type/OBJR/Obj {field} 0 R>>"));
    let form = format!("<</Type/StructElem/S/Form/P {parent} 0 R/Pg {page} 0 R/K[{form}]>>");
    revision.object(element, form.as_bytes());
    Ok(format!("/StructParent {key}"))
}

/// The element of the whole document: the only one directly under the root.
fn only_kid(root: &Object) -> Option<(u32, u32)> {
    match root.dictionary.array("K")? {
        [Placed { value: Value::Reference(number, generation), .. }] => {
            Some((*number, *generation))
        }
        _ => None,
    }
}

fn array(placed: Option<&Placed>) -> Result<&Placed, SealFault> {
    placed.filter(|placed| matches!(placed.value, Value::Array(_))).ok_or(SealFault::Tags)
}
