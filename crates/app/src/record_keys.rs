//! Keys by which records are found: names and numbers folded, so that what is typed on a Russian keyboard, with or without
//! hyphens and signs, finds what is written in Kazakh.
//!
//! Pure; the same text gives the same key for ever. Where a rule here changes, a migration marks every record as to be keyed
//! anew (adr 26). Read next: `ports/record_desk.rs`.

use domain::{Act, PersonName, WardId};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::import::RegistryRow;

/// Between the parts of a key; no folded text holds it.
const BETWEEN: char = '|';

/// So many first letters of a name are sought by: fewer would open whole departments.
pub const NAME_LETTERS: usize = 3;

/// Keys of one record.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct RecordKeys {
    /// Territory of the department that keeps the record.
    pub provider: String,
    /// IIN of the ward, if he has one.
    pub ward_iin: Option<String>,
    /// The ward's key.
    pub ward: String,
    /// The guardian's name.
    pub guardian_name: String,
    /// The ward's name.
    pub ward_name: String,
    /// Name and birth date of the ward: one child under two keys has one of these.
    pub ward_person: String,
    /// Number, kind, year and issuer of the act.
    pub act: String,
}

impl RecordKeys {
    /// Of a row.
    #[must_use]
    pub fn of(row: &RegistryRow) -> Self {
        let (ward, act) = (&row.ward.ward, &row.ward.placement.act);
        let WardId(id) = &ward.id;
        let ward_name = name_key(&ward.name);
        let kind = format!("{:?}", act.kind).to_lowercase();
        let parts =
            [act_number_key(&act.number), kind, act.date.year().to_string(), text_key(&act.issuer)];
        Self {
            provider: row.ward.placement.provider.as_str().to_owned(),
            ward_iin: ward.iin.map(|iin| iin.digits()),
            ward: id.clone(),
            guardian_name: name_key(&row.guardian.name),
            ward_person: format!("{ward_name}{BETWEEN}{}", ward.birth_date),
            ward_name,
            act: parts.join(&BETWEEN.to_string()),
        }
    }
}

impl RecordKeys {
    /// Whether guardian or ward has a name that begins so ([`name_prefix`]).
    #[must_use]
    pub fn has_name(&self, prefix: &str) -> bool {
        self.guardian_name.starts_with(prefix) || self.ward_name.starts_with(prefix)
    }
}

/// Every key begins like this for one number of an act.
#[must_use]
pub fn act_prefix(number: &str) -> Option<String> {
    let key = act_number_key(number);
    (!key.is_empty()).then(|| format!("{key}{BETWEEN}"))
}

/// Every key of a name begins like this: a surname or its beginning; with a given name the surname is whole, and so is one of fewer
/// letters than a beginning needs (Ли, Ән). `None` where no letter was typed.
#[must_use]
pub fn name_prefix(surname: &str, given: &str) -> Option<String> {
    let (surname, given) = (text_key(surname), text_key(given));
    match (surname.is_empty(), given.is_empty()) {
        (true, _) => None,
        (false, true) if surname.chars().count() < NAME_LETTERS => Some(format!("{surname} ")),
        (false, true) => Some(surname),
        (false, false) => Some(format!("{surname} {given}")),
    }
}

/// The last text that begins with a prefix, in the order of bytes.
#[must_use]
pub fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// Surname, given name and patronymic, each folded.
#[must_use]
pub fn name_key(name: &PersonName) -> String {
    let patronymic = name.patronymic.as_ref().map(domain::NamePart::as_str).unwrap_or_default();
    let parts = [name.surname.as_str(), name.given.as_str(), patronymic].map(text_key);
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ")
}

/// A number of an act: letters folded, without its sign, spaces and dashes.
fn act_number_key(number: &str) -> String {
    // № in compatibility form is “No”, which a number may have as letters of its own.
    text_key(&number.replace('№', ""))
}

/// Whether both are one act: of one kind and day, and of one number, however it is written.
pub(crate) fn is_same_act(one: &Act, other: &Act) -> bool {
    (one.kind, one.date) == (other.kind, other.date)
        && act_number_key(&one.number) == act_number_key(&other.number)
}

/// Letters and digits alone, folded: compatibility form, lower case, without marks (ё is е, й is и), Kazakh letters as
/// they are typed on a Russian keyboard, and Latin letters within Cyrillic words as what they were taken for.
#[must_use]
pub fn text_key(text: &str) -> String {
    text.split_whitespace().map(word_key).collect()
}

fn word_key(word: &str) -> String {
    let decomposed =
        || word.nfkd().flat_map(char::to_lowercase).filter(|one| !is_combining_mark(*one));
    let is_cyrillic = decomposed().any(|one| matches!(one, '\u{400}'..='\u{52f}'));
    let letters = decomposed().filter(|one| one.is_alphanumeric());
    letters.map(|one| if is_cyrillic { cyrillic(one) } else { latin(one) }).collect()
}

fn cyrillic(letter: char) -> char {
    match letter {
        'ә' | 'a' => 'а',
        'ғ' => 'г',
        'қ' | 'k' => 'к',
        'ң' => 'н',
        'ө' | 'o' => 'о',
        'ұ' | 'ү' | 'y' => 'у',
        'һ' | 'x' | 'h' => 'х',
        'і' | 'i' | 'ı' => 'и',
        'e' => 'е',
        'p' => 'р',
        'c' => 'с',
        'm' => 'м',
        't' => 'т',
        'b' => 'в',
        other => other,
    }
}

fn latin(letter: char) -> char {
    match letter {
        'ə' => 'a',
        'ı' => 'i',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::{iin, registry_row};

    #[test]
    fn what_is_typed_on_a_russian_keyboard_finds_what_is_written_in_kazakh() {
        for (written, typed) in [
            ("Әлімқұлов", "Алимкулов"),
            ("Ғаббасов", "ГАББАСОВ"),
            ("Үсенов", "усенов"),
            ("Һәкімұлы", "Хакимулы"),
            ("Өмірзақ", "омирзак"),
            ("Іңкәр", "Инкар"),
            ("Королёв", "королев"),
            ("Короле\u{308}в", "Королев"),
            ("Қожа‑Ахмет", "Кожа Ахмет"),
            ("Қожа-Ахмет", "кожаахмет"),
            ("О’Коннор", "оконнор"),
            ("О'Коннор", "О Коннор"),
            ("Əliyeva", "aliyeva"),
            ("Şule", "sule"),
            ("Iрина", "ирина"),
            ("Ｉvanov", "ivanov"),
        ] {
            assert_eq!(text_key(written), text_key(typed), "{written}");
        }
        assert_ne!(text_key("Ким"), text_key("Kim"), "two alphabets are two names");
    }

    #[test]
    fn a_prefix_is_a_surnames_beginning_or_a_surname_with_a_given_names_beginning() {
        let name = PersonName::parse("Әлімқұлов", "Үсен", "Һәкімұлы").unwrap();
        let key = name_key(&name);
        assert_eq!(key, "алимкулов усен хакимулы");
        for (surname, given, finds) in [
            ("Алим", "", true),
            ("әлімқұлов", "Ү", true),
            ("Алимкулов", "усен хакимулы", false),
            ("Алим", "Усен", false),
            ("Лимкулов", "", false),
        ] {
            let prefix = name_prefix(surname, given).unwrap();
            assert_eq!(key.starts_with(&prefix), finds, "{surname} {given}");
            let within = key >= prefix && key < prefix_end(&prefix);
            assert_eq!(within, finds, "as the stores compare");
        }
        assert_eq!(name_prefix(" - ", "Үсен"), None);
        let short = name_key(&PersonName::parse("Ән", "Үсен", "").unwrap());
        for (surname, finds) in [("ән", true), ("Ан", true), ("а", false), ("Ануар", false)]
        {
            let prefix = name_prefix(surname, "").unwrap();
            assert_eq!(short.starts_with(&prefix), finds, "{surname}");
        }
        let longer = name_key(&PersonName::parse("Ануаров", "Үсен", "").unwrap());
        assert!(
            !longer.starts_with(&name_prefix("Ан", "").unwrap()),
            "two letters are a whole surname"
        );
    }

    #[test]
    fn an_act_is_found_by_its_number_whatever_its_signs() {
        for (written, typed) in
            [("17-Ө", "17 ө"), ("№ 17‑Ө", "17-О"), ("А-123/4", "а 1234"), ("№12", "12")]
        {
            assert_eq!(act_prefix(written), act_prefix(typed), "{written}");
        }
        assert_eq!(act_prefix("№ -"), None);
        assert_ne!(act_prefix("1"), act_prefix("12"));
        let keys = RecordKeys::of(&registry_row(iin(1), "ward-a"));
        assert!(keys.act.starts_with(&act_prefix("17-ө").unwrap()), "{}", keys.act);
        assert!(keys.act.contains("|order|2020|семеикала"), "{}", keys.act);
    }
}
