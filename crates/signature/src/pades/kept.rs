//! What a sealed file keeps so that it can be judged years later with no network (baseline B-LT): certificates, lists
//! and OCSP answers in a document security store, appended as one revision.
//!
//! Written from its parts, and judged by writing it again from the parts that are read. Certificates and lists are as
//! they are elsewhere; whether they say anything is not looked at here. Read next: `sealer.rs`, which makes use of them.

use std::fmt::Write;

use super::file::{Edit, FileFault, PdfFile};
use super::revision::Revision;
use super::seal::SealFault;
use super::syntax::Value;

/// DER each, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Certificates of the chains of seal and stamps.
    pub certificates: Vec<Vec<u8>>,
    /// Their revocation lists.
    pub lists: Vec<Vec<u8>>,
    /// OCSP answers about them.
    pub answers: Vec<Vec<u8>>,
}

impl Kept {
    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.lists.is_empty() && self.answers.is_empty()
    }

    fn parts(&self) -> [(&'static str, &Vec<Vec<u8>>); 3] {
        [("Certs", &self.certificates), ("CRLs", &self.lists), ("OCSPs", &self.answers)]
    }
}

/// Appends the store to a file that has a seal and nothing after it.
///
/// # Errors
/// [`SealFault`].
pub fn keep(sealed: &[u8], kept: &Kept) -> Result<Vec<u8>, SealFault> {
    let file = PdfFile::open(sealed)?;
    let catalog = file.catalog()?;
    let [_, _] = file.revisions.as_slice() else { return Err(SealFault::NotSealed) };
    if !catalog.dictionary.has("AcroForm") || catalog.dictionary.has("DSS") {
        return Err(SealFault::NotSealed);
    }
    if kept.is_empty() {
        return Err(SealFault::NothingKept);
    }
    let mut revision = Revision::after(&file)?;
    let store = revision.number()?;
    let entry = Edit::enter(catalog.span, format!("/DSS {store} 0 R"));
    revision.object(catalog.number, &file.edited(&catalog, vec![entry])?);
    let mut dictionary = String::from("<</Type/DSS");
    for (name, values) in kept.parts().into_iter().filter(|(_, values)| !values.is_empty()) {
        let _ = write!(dictionary, "/{name}[");
        for (value, space) in values.iter().zip(std::iter::once("").chain(std::iter::repeat(" "))) {
            let number = revision.number()?;
            revision.stream(number, value);
            let _ = write!(dictionary, "{space}{number} 0 R");
        }
        dictionary.push(']');
    }
    dictionary.push_str(">>");
    revision.object(store, dictionary.as_bytes());
    Ok(revision.finish("")?.0)
}

/// What is kept in the revision that makes `now` out of `before`, if that is what makes it.
pub(super) fn kept_between(before: &[u8], now: &PdfFile<'_>) -> Option<Kept> {
    let kept = kept(now).ok()?;
    let again = keep(before, &kept).ok()?;
    (again == now.bytes()).then_some(kept)
}

/// What the newest catalog's store holds; empty where there is none, or none of our kind.
fn kept(file: &PdfFile<'_>) -> Result<Kept, FileFault> {
    let catalog = file.catalog()?;
    let Some(store) = catalog.dictionary.reference("DSS") else { return Ok(Kept::default()) };
    let store = file.object(store)?.dictionary;
    let read = |name: &str| -> Vec<Vec<u8>> {
        let references = store.array(name).unwrap_or_default().iter();
        let streams = references.filter_map(|placed| match placed.value {
            Value::Reference(number, generation) => file.stream((number, generation)),
            _ => None,
        });
        streams.map(<[u8]>::to_vec).collect()
    };
    Ok(Kept { certificates: read("Certs"), lists: read("CRLs"), answers: read("OCSPs") })
}
