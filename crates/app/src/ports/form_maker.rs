//! What is known of forms: which texts they have, whether other words make good documents, and documents to be looked at.
//!
//! Knows no versions: these are kept by `form_versions.rs`.

use domain::{Bilingual, FormVersion, FormWording};

use super::documents::RenderError;

/// What is wrong with proposed words, by a stable code: in a text, or in a document they make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordingFault {
    /// The key of the text with `.kk` or `.ru`, the key alone where the whole text is missing or unknown, or the word of the
    /// document tried, which has no point in it.
    pub key: String,
    /// Why.
    pub code: &'static str,
}

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

/// A document about nobody, to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Specimen {
    /// A guardian's certificate.
    Guardian,
    /// A custodian's, with an inventory.
    Custodian,
    /// A refusal for want of a record.
    NoGuardianRecord,
    /// A refusal for want of consent.
    NoConsent,
    /// The answer to a human review.
    Answer,
}

impl Specimen {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Guardian, Self::Custodian, Self::NoGuardianRecord, Self::NoConsent, Self::Answer];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Guardian => "guardian",
            Self::Custodian => "custodian",
            Self::NoGuardianRecord => "no_guardian_record",
            Self::NoConsent => "no_consent",
            Self::Answer => "answer",
        }
    }

    /// The specimen of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|specimen| specimen.code() == code)
    }
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
