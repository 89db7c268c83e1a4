//! Which form a document is written by, and the wording of a form as data.
//!
//! Knows no file of forms and no page: what the words are for, the crate `certificate` knows.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Bilingual;

/// The version of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FormVersion {
    /// Part of the program, by its number.
    BuiltIn(u32),
    /// Released by two people, by its number.
    Released(u32),
}

/// A word that names no version of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the version of a form")]
pub struct FormVersionError;

const BUILT_IN: &str = "built-in-";
const RELEASED: &str = "released-";

impl FormVersion {
    /// By which documents were written before forms had versions.
    pub const FIRST: Self = Self::BuiltIn(1);

    /// Stable word.
    #[must_use]
    pub fn code(self) -> String {
        match self {
            Self::BuiltIn(number) => format!("{BUILT_IN}{number}"),
            Self::Released(number) => format!("{RELEASED}{number}"),
        }
    }

    /// The version of a word.
    ///
    /// # Errors
    /// [`FormVersionError`].
    pub fn parse(code: &str) -> Result<Self, FormVersionError> {
        let number = |digits: &str| {
            let plain =
                digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
            digits.parse::<u32>().ok().filter(|_| plain).ok_or(FormVersionError)
        };
        match (code.strip_prefix(BUILT_IN), code.strip_prefix(RELEASED)) {
            (Some(digits), _) => number(digits).map(Self::BuiltIn),
            (_, Some(digits)) => number(digits).map(Self::Released),
            (None, None) => Err(FormVersionError),
        }
    }
}

/// As it stands at the foot of a page, in no language: «1» is part of the program, «№ 1» was released.
impl fmt::Display for FormVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(number) => write!(formatter, "{number}"),
            Self::Released(number) => write!(formatter, "№ {number}"),
        }
    }
}

impl TryFrom<String> for FormVersion {
    type Error = FormVersionError;

    fn try_from(code: String) -> Result<Self, FormVersionError> {
        Self::parse(&code)
    }
}

impl From<FormVersion> for String {
    fn from(version: FormVersion) -> Self {
        version.code()
    }
}

/// The words of all forms in both languages, by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FormWording(pub BTreeMap<String, Bilingual>);

/// What is wrong with proposed words, by a stable code: in a text, or in a document they make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordingFault {
    /// The key of the text with `.kk` or `.ru`, the key alone where the whole text is missing or unknown, or the word of the
    /// document tried, which has no point in it.
    pub key: String,
    /// Why.
    pub code: &'static str,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_to_their_versions_and_nothing_else_does() {
        for version in [FormVersion::FIRST, FormVersion::BuiltIn(12), FormVersion::Released(3)] {
            assert_eq!(FormVersion::parse(&version.code()), Ok(version));
            let json = serde_json::to_string(&version).unwrap();
            assert_eq!(json, format!("\"{}\"", version.code()));
            assert_eq!(serde_json::from_str::<FormVersion>(&json).unwrap(), version);
        }
        for other in
            ["", "1", "built-in-", "built-in-0", "released-01", "released-+1", "released-x"]
        {
            assert_eq!(FormVersion::parse(other), Err(FormVersionError), "{other}");
        }
    }

    #[test]
    fn on_paper_a_released_form_is_told_apart_from_one_of_the_program() {
        assert_eq!(FormVersion::BuiltIn(1).to_string(), "1");
        assert_eq!(FormVersion::Released(1).to_string(), "№ 1");
    }
}
