//! The two consents, never merged.
//!
//! * Access to restricted-access personal data: Law No. 94-V «On personal data and their protection», Article 8.
//!   Its absence is ground 2 (item 9.2 of the list).
//! * Use of data that are a legally protected secret: a sentence of the application form. The list knows no refusal
//!   for its absence, so refusing it never refuses the service; sources that hold such secrets are then not asked.

use serde::{Deserialize, Serialize};

use crate::{ConsentConfirmation, ConsentItems, Language};

/// Which of the two consents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentKind {
    /// Article 8 of Law No. 94-V.
    RestrictedData,
    /// The application form's sentence on protected secrets.
    ProtectedSecret,
}

/// What the person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentDecision {
    /// Gave it.
    Given,
    /// Refused it.
    Refused,
}

impl ConsentDecision {
    /// From a form's or an API's answer.
    #[must_use]
    pub fn from_answer(given: bool) -> Self {
        if given { Self::Given } else { Self::Refused }
    }

    /// Whether it was given.
    #[must_use]
    pub fn is_given(self) -> bool {
        self == Self::Given
    }
}

/// Both answers of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consents {
    /// Article 8.
    pub restricted_data: ConsentDecision,
    /// Protected secrets.
    pub protected_secret: ConsentDecision,
}

/// A consent as it is kept: what was asked in which words, and the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRecord {
    /// Which consent.
    pub kind: ConsentKind,
    /// The answer.
    pub decision: ConsentDecision,
    /// Version of the text shown.
    pub text_version: String,
    /// Language of the text shown.
    pub language: Language,
    /// The text shown, whole: for Article 8 its eight items.
    pub text: String,
    /// The same eight items as data; `None` for the other consent, and in records from before there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<ConsentItems>,
    /// By what the state's control of access confirmed it; `None` where the signature alone does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<ConsentConfirmation>,
}
