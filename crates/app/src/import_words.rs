//! What an import does, or why nothing is taken in, in words of three languages: for the command line and officers' pages
//! alike. Names fields and departments, and nobody.
//!
//! What is wrong with a file itself is told by whoever reads files. Read next: `import.rs`.

use std::sync::LazyLock;

use domain::Language;
use fluent_bundle::FluentArgs;
use unic_langid::langid;

use crate::import::{ImportPreview, ImportSummary, PersonChange, RowChange, RowEffect, RowField};
use crate::texts::Texts;

static KK: LazyLock<Texts> =
    LazyLock::new(|| Texts::load(langid!("kk"), include_str!("../texts/import.kk.ftl")));
static RU: LazyLock<Texts> =
    LazyLock::new(|| Texts::load(langid!("ru"), include_str!("../texts/import.ru.ftl")));
static EN: LazyLock<Texts> =
    LazyLock::new(|| Texts::load(langid!("en"), include_str!("../texts/import.en.ftl")));

/// The words of one language.
#[derive(Clone, Copy)]
pub struct ImportWords(&'static Texts);

impl ImportWords {
    /// In a language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        Self(match language {
            Language::Kk => &KK,
            Language::Ru => &RU,
            Language::En => &EN,
        })
    }

    /// Name of a field.
    #[must_use]
    pub fn field(self, field: RowField) -> String {
        self.0.text(&format!("field-{}", field.code()), &FluentArgs::new())
    }

    /// What a row changes, without its line: new, or the names of what differs.
    #[must_use]
    pub fn change(self, change: &RowChange) -> String {
        let what = match &change.effect {
            RowEffect::New => self.0.text("line-new", &FluentArgs::new()),
            RowEffect::Changed { fields, ends } => {
                let fields: Vec<String> = fields.iter().map(|field| self.field(*field)).collect();
                let key = if *ends { "line-ended" } else { "line-changed" };
                self.filled(key, &[("fields", &fields.join(", "))])
            }
        };
        let what = change.people.iter().fold(what, |what, one| self.person(&what, one));
        let what =
            if change.repeats { self.filled("line-repeats", &[("what", &what)]) } else { what };
        match &change.kept_by {
            Some(keeper) => {
                self.filled("line-kept-by", &[("what", &what), ("keeper", keeper.as_str())])
            }
            None => what,
        }
    }

    fn person(self, what: &str, change: &PersonChange) -> String {
        let fields: Vec<String> = change.fields.iter().map(|field| self.field(*field)).collect();
        let fields = fields.join(", ");
        let key = if change.is_ward { "line-ward" } else { "line-person" };
        match &change.known_by {
            Some(keeper) => {
                let values = [("what", what), ("fields", &fields), ("keeper", keeper.as_str())];
                self.filled(&format!("{key}-of"), &values)
            }
            None => self.filled(key, &[("what", what), ("fields", &fields)]),
        }
    }

    /// The same with the line, as the spreadsheet numbers them.
    #[must_use]
    pub fn line(self, line: u32, change: &RowChange) -> String {
        self.filled("line", &[("line", &line.to_string()), ("what", &self.change(change))])
    }

    /// Every change of a preview, with the lines of its rows.
    #[must_use]
    pub fn lines(self, preview: &ImportPreview, lines: &[u32]) -> Vec<String> {
        let line = |change: &RowChange| lines.get(change.place).copied().unwrap_or_default();
        preview.changes.iter().map(|change| self.line(line(change), change)).collect()
    }

    /// How many rows of which kind were taken in.
    #[must_use]
    pub fn taken_in(self, summary: &ImportSummary) -> String {
        self.counted("summary", summary)
    }

    /// How many rows of which kind would be taken in.
    #[must_use]
    pub fn previewed(self, summary: &ImportSummary) -> String {
        self.counted("summary-preview", summary)
    }

    /// Why nothing is taken in: other departments keep the records of these lines.
    #[must_use]
    pub fn others_records(self, lines: &[u32]) -> String {
        self.filled("refused-others-records", &[("lines", &spans(lines))])
    }

    /// Why nothing is taken in: the registry has changed since the preview.
    #[must_use]
    pub fn another_than_previewed(self) -> String {
        self.0.text("refused-another-than-previewed", &FluentArgs::new())
    }

    /// Why nothing is taken in: records are ended or corrected, and nobody says why.
    #[must_use]
    pub fn no_reason(self) -> String {
        self.0.text("refused-no-reason", &FluentArgs::new())
    }

    fn counted(self, key: &str, summary: &ImportSummary) -> String {
        let ImportSummary { new, changed, ended, unchanged } = summary;
        let counts =
            [("new", new), ("changed", changed), ("ended", ended), ("unchanged", unchanged)];
        let texts = counts.map(|(name, count)| (name, count.to_string()));
        self.filled(key, &texts.each_ref().map(|(name, count)| (*name, count.as_str())))
    }

    fn filled(self, key: &str, values: &[(&str, &str)]) -> String {
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set((*name).to_owned(), (*value).to_owned());
        }
        self.0.text(key, &arguments)
    }
}

/// Lines in a row as one span: a whole file of another department's would be a message nobody reads.
fn spans(lines: &[u32]) -> String {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for &line in lines {
        match spans.last_mut() {
            Some((_, last)) if line == last.saturating_add(1) => *last = line,
            _ => spans.push((line, line)),
        }
    }
    let told = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}–{last}") }
    };
    spans.iter().map(told).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use domain::Kato;

    use super::*;

    fn changes() -> [RowChange; 7] {
        let keeper = Kato::parse("101010000").unwrap();
        let fields = RowField::ALL.to_vec();
        let new = RowChange {
            place: 0,
            effect: RowEffect::New,
            kept_by: None,
            people: vec![],
            repeats: false,
        };
        let person = |known_by| PersonChange {
            fields: vec![RowField::GuardianAddress],
            is_ward: false,
            known_by,
            record: String::new(),
            version: 1,
        };
        let ended = RowChange {
            place: 1,
            effect: RowEffect::Changed { fields, ends: true },
            kept_by: Some(keeper.clone()),
            people: vec![],
            repeats: false,
        };
        let known = RowChange { people: vec![person(None)], ..new.clone() };
        let of_others = RowChange { people: vec![person(Some(keeper.clone()))], ..new.clone() };
        let ward = |known_by| PersonChange { is_ward: true, ..person(known_by) };
        let own_ward = RowChange { people: vec![ward(None)], ..new.clone() };
        let ward_of_others = RowChange { people: vec![ward(Some(keeper))], ..new.clone() };
        let repeated = RowChange { repeats: true, ..new.clone() };
        [new, ended, known, of_others, own_ward, ward_of_others, repeated]
    }

    #[test]
    fn every_text_is_there_in_every_language() {
        let summary = ImportSummary { new: 4, changed: 3, ended: 2, unchanged: 1 };
        for language in Language::ALL {
            let words = ImportWords::of(language);
            let [new, ended, known, of_others, own_ward, ward_of_others, repeated] = changes();
            let mut said = vec![
                words.line(2, &new),
                words.line(3, &ended),
                words.taken_in(&summary),
                words.previewed(&summary),
                words.others_records(&[2, 5]),
                words.another_than_previewed(),
                words.line(2, &known),
                words.line(2, &of_others),
                words.line(2, &own_ward),
                words.line(2, &ward_of_others),
                words.line(2, &repeated),
                words.no_reason(),
            ];
            said.extend(RowField::ALL.map(|field| words.field(field)));
            let differ: std::collections::BTreeSet<&String> = said.iter().collect();
            assert_eq!(differ.len(), said.len(), "{}", language.code());
            for text in &said {
                assert!(!text.is_empty() && !text.contains('{'), "{text}");
            }
            assert!(
                said[1].contains("101010000") && said[1].contains(&words.field(RowField::Form))
            );
            assert!(said[4].contains("2, 5"));
            assert!(words.others_records(&[2, 3, 4, 7, 8]).contains("2–4, 7–8"));
            assert!(said[6].contains(&words.field(RowField::GuardianAddress)));
            assert!(said[7].contains("101010000"));
        }
        assert_eq!(
            ImportWords::of(Language::Ru).lines(
                &ImportPreview { summary, changes: changes()[..1].to_vec(), digest: String::new() },
                &[7]
            ),
            ["строка 7: новая запись"]
        );
    }
}
