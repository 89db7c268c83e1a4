//! Names as they come from certificates, registries and spreadsheets, made safe to print.
//!
//! Control and format characters are stripped: U+202E would draw a name reversed on a certificate and pass every
//! other check. What is left is in NFC, with single spaces.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Longest part of a name accepted, in characters.
const PART_CHARACTERS_MAX: usize = 100;

/// A surname, a given name or a patronymic.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NamePart(String);

/// Why a text is no part of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing printable is left.
    #[error("the name is empty")]
    Empty,
    /// Longer than any name on record.
    #[error("the name is longer than {PART_CHARACTERS_MAX} characters")]
    TooLong,
    /// A digit, a symbol, an emoji: something no name contains.
    #[error("the name contains a character that no name has")]
    UnexpectedCharacter,
}

impl NamePart {
    /// Reads a part of a name.
    ///
    /// # Errors
    /// [`NameError`] says what is wrong; the text itself is not repeated.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let clean = clean_text(text);
        if !clean.chars().any(char::is_alphabetic) {
            return Err(if clean.is_empty() {
                NameError::Empty
            } else {
                NameError::UnexpectedCharacter
            });
        }
        if clean.chars().count() > PART_CHARACTERS_MAX {
            return Err(NameError::TooLong);
        }
        if clean.chars().any(|character| !belongs_to_names(character)) {
            return Err(NameError::UnexpectedCharacter);
        }
        Ok(Self(clean))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for NamePart {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("NamePart(•••)")
    }
}

impl TryFrom<String> for NamePart {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<NamePart> for String {
    fn from(value: NamePart) -> Self {
        value.0
    }
}

/// A full name: surname, given name, patronymic (if any).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonName {
    /// Тегі, фамилия.
    pub surname: NamePart,
    /// Аты, имя.
    pub given: NamePart,
    /// Әкесінің аты (бар болған жағдайда), отчество (при его наличии).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patronymic: Option<NamePart>,
}

impl PersonName {
    /// Reads the three parts; an empty patronymic means there is none.
    ///
    /// # Errors
    /// The first part that is no name.
    pub fn parse(surname: &str, given: &str, patronymic: &str) -> Result<Self, NameError> {
        let patronymic = match clean_text(patronymic).as_str() {
            "" => None,
            text => Some(NamePart::parse(text)?),
        };
        Ok(Self { surname: NamePart::parse(surname)?, given: NamePart::parse(given)?, patronymic })
    }

    /// As printed on a document: surname, given name, patronymic.
    #[must_use]
    pub fn full(&self) -> String {
        let patronymic = self.patronymic.as_ref().map(NamePart::as_str);
        [Some(self.surname.as_str()), Some(self.given.as_str()), patronymic]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// `Ә••• А••••`: confirms a name to somebody who knows it, tells nothing to somebody who does not.
    #[must_use]
    pub fn masked(&self) -> String {
        [&self.surname, &self.given].map(|part| mask(part.as_str())).join(" ")
    }
}

fn mask(text: &str) -> String {
    let mut masked: String = text.chars().take(1).collect();
    masked.push_str("•••");
    masked
}

/// NFC, without control and format characters, inner white space folded to one space, ends trimmed.
#[must_use]
pub fn clean_text(text: &str) -> String {
    // Most texts are composed already, which is told far faster than it is done.
    let composed = match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    };
    let visible: String = composed
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_format_character(*c))
        .collect();
    visible.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Unicode general category Cf, as far as such characters have ever been assigned, and the private-use areas.
fn is_format_character(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}' | '\u{180e}' | '\u{feff}'
        | '\u{600}'..='\u{605}' | '\u{890}'..='\u{891}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}'
        | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'..='\u{e007f}'
        | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Latin and Cyrillic letters with their marks, and the signs that names are joined with.
fn belongs_to_names(character: char) -> bool {
    let letter = character.is_alphabetic()
        && matches!(character, 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}' | 'ə' | '\u{400}'..='\u{52f}' | '\u{1e00}'..='\u{1eff}');
    let mark = matches!(character, '\u{300}'..='\u{36f}');
    letter
        || mark
        || matches!(character, ' ' | '-' | '‑' | '–' | '\'' | '’' | 'ʼ' | 'ʻ' | '.' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kazakh_double_and_foreign_names_are_names() {
        for (surname, given, patronymic, full) in [
            ("Әлімқұлов", "Үсен", "Һәкімұлы", "Әлімқұлов Үсен Һәкімұлы"),
            ("Қожа‑Ахмет", "Іңкәр", "", "Қожа‑Ахмет Іңкәр"),
            ("О’Коннор", "Şule Müller", " ", "О’Коннор Şule Müller"),
            ("Əliyeva", "Günəş", "", "Əliyeva Günəş"),
        ] {
            assert_eq!(PersonName::parse(surname, given, patronymic).unwrap().full(), full);
        }
    }

    #[test]
    fn invisible_and_reversing_characters_are_stripped() {
        let name =
            PersonName::parse("\u{202e}Әлім\u{200d}\u{feff}құлов\n", " Ү\tсен ", "").unwrap();
        assert_eq!(name.full(), "Әлімқұлов Ү сен");
        let composed = NamePart::parse("И\u{306}ван").unwrap();
        assert_eq!(composed.as_str(), "Йван");
    }

    #[test]
    fn what_is_no_name_is_refused_without_repeating_it() {
        assert_eq!(NamePart::parse("\u{200b} "), Err(NameError::Empty));
        assert_eq!(NamePart::parse("Әлім🙂"), Err(NameError::UnexpectedCharacter));
        assert_eq!(NamePart::parse("محمد"), Err(NameError::UnexpectedCharacter));
        assert_eq!(NamePart::parse("123"), Err(NameError::UnexpectedCharacter));
        assert_eq!(NamePart::parse(&"ә".repeat(101)), Err(NameError::TooLong));
    }

    #[test]
    fn a_masked_name_keeps_two_initials() {
        let name = PersonName::parse("Әлімқұлов", "Үсен", "Һәкімұлы").unwrap();
        assert_eq!(name.masked(), "Ә••• Ү•••");
        assert!(!format!("{name:?}").contains("Үсен"));
    }
}
