//! What is known of forms: which texts they have, whether other words make good documents, and documents to be looked at.
//!
//! Knows no versions: these are kept by `form_versions.rs`.

use domain::{Bilingual, FormVersion, FormWording, Specimen, WordingFault};

use super::documents::RenderError;

/// A text that reads otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormChange {
    /// Its key.
    pub key: String,
    /// Whether the law prescribes it.
    pub is_fixed_by_law: bool,
    /// What it was.
    pub old: Bilingual,
    /// What it is to be.
    pub new: Bilingual,
}

/// Knows the forms: which texts they have, and whether other words make good documents.
pub trait FormMaker: Send + Sync {
    /// Which forms are built into the program.
    fn built_in(&self) -> FormVersion;

    /// Their words.
    ///
    /// # Errors
    /// [`RenderError::Failed`]: the program is damaged.
    fn built_in_wording(&self) -> Result<FormWording, RenderError>;

    /// Whether the law or the Rules prescribe a text.
    fn is_fixed_by_law(&self, key: &str) -> bool;

    /// Everything wrong with words, in the documents they make too. Takes processor time.
    ///
    /// # Errors
    /// [`RenderError::Failed`]: the program is damaged.
    fn wording_faults(&self, wording: &FormWording) -> Result<Vec<WordingFault>, RenderError>;

    /// A document about nobody by these words, which says across its pages that it is a specimen. Takes processor time.
    ///
    /// # Errors
    /// [`RenderError`].
    fn specimen(&self, wording: &FormWording, specimen: Specimen) -> Result<Vec<u8>, RenderError>;
}
