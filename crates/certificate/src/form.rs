//! The wording of all documents as data: `forms/*.toml`, read once and checked when the service starts.
//!
//! A template has named placeholders in braces. A name nobody fills is a fault of the form, found at the start and
//! not on somebody's certificate. Next: `certificate_form`, `refusal_form` and `answer_form`, which fill them.

use std::collections::BTreeMap;

use domain::{Bilingual, FormWording, Language};
use serde::Deserialize;

use crate::wording::put_in;

/// Number of the forms built into this program. It grows with each change of their words.
pub(crate) const BUILT_IN: u32 = 1;

/// A form file.
pub(crate) struct Source {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    placeholders: &'static [&'static str],
}

const COMMON: Source = Source {
    name: "common",
    text: include_str!("../forms/common.toml"),
    placeholders: &[
        "year",
        "day",
        "month",
        "month_of",
        "date",
        "time",
        "number",
        "domain",
        "form_version",
        "rule_version",
        "page",
        "pages",
    ],
};
const CERTIFICATE: Source = Source {
    name: "certificate",
    text: include_str!("../forms/certificate.toml"),
    placeholders: &[
        "act_date",
        "act_date_of",
        "act_number",
        "act_kind",
        "act_kind_dative",
        "role",
        "role_title",
        "role_dative",
        "role_instrumental",
        "role_accusative",
        "ward_title",
        "inventory_file",
        "inventory_sheets",
        "inventory_sheets_prepositional",
        "moment",
        "count",
        "domain",
        "request_number",
    ],
};
const REFUSAL: Source = Source {
    name: "refusal",
    text: include_str!("../forms/refusal.toml"),
    placeholders: &[
        "subitem",
        "ground",
        "checked_at",
        "key_factor",
        "provider",
        "provider_address",
        "provider_phone",
        "domain",
        "moment",
        "request_number",
    ],
};

const ANSWER: Source = Source {
    name: "answer",
    text: include_str!("../forms/answer.toml"),
    placeholders: &["outcome", "moment", "domain"],
};

/// All form files.
pub(crate) const SOURCES: [Source; 4] = [COMMON, CERTIFICATE, REFUSAL, ANSWER];

/// Why the forms or fonts built into the program cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FormFault {
    /// Not the TOML it should be.
    #[error("form {name}: {reason}")]
    Unreadable {
        /// Form file.
        name: &'static str,
        /// What the reader says.
        reason: Box<toml::de::Error>,
    },
    /// A placeholder that nothing fills.
    #[error("form {name}: nothing fills the placeholder {{{placeholder}}}")]
    UnknownPlaceholder {
        /// Form file.
        name: &'static str,
        /// The placeholder.
        placeholder: String,
    },
    /// A font file is damaged.
    #[error("an embedded font cannot be read")]
    Font,
}

/// A placeholder stands where this document has no such value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the document has no value for the placeholder {{{0}}}")]
pub struct MissingValue(pub String);

/// What fills placeholders, in both languages.
#[derive(Default)]
pub(crate) struct Values(BTreeMap<&'static str, Bilingual>);

impl Values {
    pub(crate) fn put(&mut self, name: &'static str, value: Bilingual) {
        self.0.insert(name, value);
    }

    /// The same text in both languages: names, numbers.
    pub(crate) fn put_same(&mut self, name: &'static str, value: &str) {
        self.put(name, Bilingual { kk: value.to_owned(), ru: value.to_owned() });
    }

    /// Fills both texts of a pair.
    pub(crate) fn fill(&self, template: &Bilingual) -> Result<Bilingual, MissingValue> {
        Ok(Bilingual {
            kk: self.fill_one(&template.kk, Language::Kk)?,
            ru: self.fill_one(&template.ru, Language::Ru)?,
        })
    }

    /// Fills a text of one language.
    pub(crate) fn fill_one(&self, text: &str, language: Language) -> Result<String, MissingValue> {
        let mut filled = String::with_capacity(text.len() + 64);
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Placeholder(name) => {
                    let value = self.0.get(name).ok_or_else(|| MissingValue(name.to_owned()))?;
                    filled.push_str(value.on_screen(language));
                }
            }
        }
        Ok(filled)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        pieces.push(Piece::Text(before));
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        pieces.push(Piece::Placeholder(name));
        rest = tail;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// With a capital letter, for a name at the head of a line.
pub(crate) fn capitalised(text: &Bilingual) -> Bilingual {
    let one = |text: &str| {
        let mut characters = text.chars();
        let first = characters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(characters).collect()
    };
    Bilingual { kk: one(&text.kk), ru: one(&text.ru) }
}

/// Whether a text is the same in every document.
pub(crate) fn is_fixed(template: &str) -> bool {
    !template.contains('{')
}

/// Month names and formulas of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calendar {
    pub(crate) months: [String; 12],
    pub(crate) months_of: Option<[String; 12]>,
    pub(crate) date: String,
    pub(crate) date_of: Option<String>,
    pub(crate) instant: String,
    pub(crate) moment: String,
}

/// `forms/common.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommonForm {
    pub(crate) kk: Calendar,
    pub(crate) ru: Calendar,
    pub(crate) number_line: Bilingual,
    pub(crate) qr: QrForm,
    pub(crate) facts: FactsForm,
    pub(crate) footer: FooterForm,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QrForm {
    pub(crate) alt: Bilingual,
    pub(crate) caption: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactsForm {
    pub(crate) description: Bilingual,
    pub(crate) signature_description: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FooterForm {
    pub(crate) line: String,
    pub(crate) page: String,
}

/// All forms, read and checked.
#[derive(Debug)]
pub(crate) struct Forms {
    pub(crate) common: CommonForm,
    pub(crate) certificate: crate::certificate_form::CertificateForm,
    pub(crate) refusal: crate::refusal_form::RefusalForm,
    pub(crate) answer: crate::answer_form::AnswerForm,
}

impl Forms {
    /// Reads the forms built into the program.
    pub(crate) fn embedded() -> Result<Self, FormFault> {
        Self::worded(&FormWording::default())
    }

    /// The same with other words; where these have none, the built-in ones stand.
    pub(crate) fn worded(wording: &FormWording) -> Result<Self, FormFault> {
        Ok(Self {
            common: read(&COMMON, wording)?,
            certificate: read(&CERTIFICATE, wording)?,
            refusal: read(&REFUSAL, wording)?,
            answer: read(&ANSWER, wording)?,
        })
    }
}

impl Source {
    /// The file as it is written.
    pub(crate) fn value(&self) -> Result<toml::Value, FormFault> {
        toml::from_str(self.text).map_err(|reason| self.unreadable(reason))
    }

    fn unreadable(&self, reason: toml::de::Error) -> FormFault {
        FormFault::Unreadable { name: self.name, reason: Box::new(reason) }
    }
}

fn read<F: serde::de::DeserializeOwned>(
    source: &Source,
    wording: &FormWording,
) -> Result<F, FormFault> {
    let mut value = source.value()?;
    put_in(&mut value, source.name, wording);
    check_placeholders(&value, source)?;
    value.try_into().map_err(|reason| source.unreadable(reason))
}

/// Names of the placeholders in a text, in alphabetical order; a brace that opens or closes nothing is one of a strange
/// name.
pub(crate) fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = pieces(text)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Placeholder(name) => Some(name),
            Piece::Text(text) => text.contains('}').then_some("}"),
        })
        .collect();
    if text.matches('{').count() != text.matches('}').count() {
        names.push("{");
    }
    names.sort_unstable();
    names
}

fn check_placeholders(value: &toml::Value, source: &Source) -> Result<(), FormFault> {
    match value {
        toml::Value::String(text) => pieces(text).into_iter().try_for_each(|piece| match piece {
            Piece::Placeholder(name) if !source.placeholders.contains(&name) => {
                Err(FormFault::UnknownPlaceholder {
                    name: source.name,
                    placeholder: name.to_owned(),
                })
            }
            Piece::Text(_) | Piece::Placeholder(_) => Ok(()),
        }),
        toml::Value::Array(list) => {
            list.iter().try_for_each(|item| check_placeholders(item, source))
        }
        toml::Value::Table(table) => {
            table.values().try_for_each(|item| check_placeholders(item, source))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents name the number of the form they were written by. With other words in the files `BUILT_IN` grows, and only
    /// then this sum becomes another.
    #[test]
    fn the_words_of_a_built_in_form_never_change_under_its_number() {
        let lines = SOURCES.iter().flat_map(|source| source.text.lines());
        let bytes = lines.filter(|line| !line.starts_with('#')).flat_map(str::bytes);
        let sum = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        assert_eq!((BUILT_IN, sum), (1, 0xfe0e_c126_f00a_d937), "{sum:016x}");
    }

    #[test]
    fn the_embedded_forms_are_read() {
        Forms::embedded().unwrap();
    }

    #[test]
    fn a_placeholder_nobody_fills_stops_the_start() {
        let source =
            Source { name: "probe", text: "text = 'a {wards_fate} b'", placeholders: &["role"] };
        let fault = read::<toml::Value>(&source, &FormWording::default()).unwrap_err();
        assert_eq!(fault.to_string(), "form probe: nothing fills the placeholder {wards_fate}");
    }

    #[test]
    fn placeholders_are_told_and_stray_braces_with_them() {
        assert_eq!(placeholders("{b} x {a} {b}"), ["a", "b", "b"]);
        assert_eq!(placeholders("x } y {a"), ["a", "}"]);
        assert_eq!(placeholders("x {a"), ["a", "{"]);
        assert!(placeholders("x").is_empty());
    }

    #[test]
    fn values_go_where_their_placeholders_stand() {
        let mut values = Values::default();
        values.put("role", Bilingual { kk: "қорғаншы".into(), ru: "опекун".into() });
        let template = Bilingual { kk: "{role} болып".into(), ru: "стал {role}".into() };
        let filled = values.fill(&template).unwrap();
        assert_eq!((filled.kk.as_str(), filled.ru.as_str()), ("қорғаншы болып", "стал опекун"));
        let missing = values.fill_one("{act}", Language::Kk);
        assert_eq!(missing, Err(MissingValue("act".into())));
    }

    #[test]
    fn a_value_with_braces_is_printed_as_it_is() {
        let mut values = Values::default();
        values.put_same("act_number", "{role}");
        assert_eq!(values.fill_one("№ {act_number}", Language::Ru).unwrap(), "№ {role}");
    }
}
