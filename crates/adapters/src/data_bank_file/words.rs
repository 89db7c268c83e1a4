//! The words that some columns allow: stable codes, and what officers write in Kazakh and Russian.
//!
//! Read next: `cells.rs`, which looks cells up here.

use domain::{AccountingStatus, ActKind, FormOfPlacement, FullCapacityReason, clean_text};

use super::columns::Column;

/// A value with its code and the other ways to write it. The first Kazakh label comes first.
struct Word<T> {
    value: T,
    code: &'static str,
    labels: &'static [&'static str],
}

const fn word<T>(value: T, code: &'static str, labels: &'static [&'static str]) -> Word<T> {
    Word { value, code, labels }
}

const ACCOUNTING: [Word<AccountingStatus>; 3] = [
    word(AccountingStatus::Active, "active", &["есепте тұр", "состоит на учете"]),
    word(AccountingStatus::Ended, "ended", &["есептен шығарылды", "снят с учета"]),
    word(AccountingStatus::None, "none", &["есепте тұрмаған", "не состоял на учете"]),
];

const CAPACITY: [Word<FullCapacityReason>; 2] = [
    word(FullCapacityReason::Emancipation, "emancipation", &["эмансипация"]),
    word(
        FullCapacityReason::Marriage,
        "marriage",
        &["некеге тұру", "неке", "вступление в брак", "брак"],
    ),
];

const FORMS: [Word<FormOfPlacement>; 6] = [
    word(
        FormOfPlacement::Guardianship,
        "guardianship",
        &[
            "қорғаншылық",
            "қамқоршылық",
            "қорғаншылық немесе қамқоршылық",
            "опека",
            "попечительство",
            "опека или попечительство",
        ],
    ),
    word(
        FormOfPlacement::Patronage,
        "patronage",
        &["патронаттық тәрбие", "патронат", "патронатное воспитание"],
    ),
    word(FormOfPlacement::FosterFamily, "foster_family", &["қабылдаушы отбасы", "приемная семья"]),
    word(
        FormOfPlacement::ProfessionalFosterFamily,
        "professional_foster_family",
        &["кәсіби қабылдаушы отбасы", "профессиональная приемная семья"],
    ),
    word(FormOfPlacement::GuestFamily, "guest_family", &["қонақ отбасы", "гостевая семья"]),
    word(
        FormOfPlacement::Adoption,
        "adoption",
        &["асырап алу", "бала асырап алу", "усыновление", "удочерение"],
    ),
];

const ACTS: [Word<ActKind>; 3] = [
    word(ActKind::Order, "order", &["бұйрық", "приказ"]),
    word(ActKind::Decision, "decision", &["шешім", "решение"]),
    word(ActKind::Resolution, "resolution", &["қаулы", "постановление"]),
];

fn find<T: Copy>(words: &[Word<T>], text: &str) -> Option<T> {
    let text = clean_text(text).to_lowercase().replace('ё', "е");
    words
        .iter()
        .find(|word| word.code == text || word.labels.contains(&text.as_str()))
        .map(|word| word.value)
}

pub(super) fn accounting(text: &str) -> Option<AccountingStatus> {
    find(&ACCOUNTING, text)
}

pub(super) fn capacity(text: &str) -> Option<FullCapacityReason> {
    find(&CAPACITY, text)
}

pub(super) fn form(text: &str) -> Option<FormOfPlacement> {
    find(&FORMS, text)
}

pub(super) fn act(text: &str) -> Option<ActKind> {
    find(&ACTS, text)
}

fn code_of<T: PartialEq>(words: &[Word<T>], value: T) -> &'static str {
    // Each value has its word; a test proves it.
    words.iter().find(|word| word.value == value).map_or("", |word| word.code)
}

pub(super) fn accounting_code(value: AccountingStatus) -> &'static str {
    code_of(&ACCOUNTING, value)
}

pub(super) fn capacity_code(value: FullCapacityReason) -> &'static str {
    code_of(&CAPACITY, value)
}

pub(super) fn form_code(value: FormOfPlacement) -> &'static str {
    code_of(&FORMS, value)
}

pub(super) fn act_code(value: ActKind) -> &'static str {
    code_of(&ACTS, value)
}

/// The codes a column allows, for messages and drop-downs; none for columns of free text.
pub(super) fn codes(column: Column) -> Vec<&'static str> {
    match column {
        Column::AccountingStatus => ACCOUNTING.iter().map(|word| word.code).collect(),
        Column::WardFullCapacityReason => CAPACITY.iter().map(|word| word.code).collect(),
        Column::Form => FORMS.iter().map(|word| word.code).collect(),
        Column::ActKind => ACTS.iter().map(|word| word.code).collect(),
        _ => Vec::new(),
    }
}

/// Code and labels of everything a column allows, for the template's instructions.
pub(super) fn explained(column: Column) -> Vec<(&'static str, String)> {
    fn all<T>(words: &[Word<T>]) -> Vec<(&'static str, String)> {
        words.iter().map(|word| (word.code, word.labels.join(", "))).collect()
    }
    match column {
        Column::AccountingStatus => all(&ACCOUNTING),
        Column::WardFullCapacityReason => all(&CAPACITY),
        Column::Form => all(&FORMS),
        Column::ActKind => all(&ACTS),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_labels_in_both_languages_mean_the_same() {
        for text in ["guardianship", "Қорғаншылық", " попечительство ", "ҚАМҚОРШЫЛЫҚ"]
        {
            assert_eq!(form(text), Some(FormOfPlacement::Guardianship), "{text}");
        }
        assert_eq!(form("приёмная семья"), Some(FormOfPlacement::FosterFamily));
        assert_eq!(act("Бұйрық"), Some(ActKind::Order));
        assert_eq!(act("постановление"), Some(ActKind::Resolution));
        assert_eq!(capacity("неке"), Some(FullCapacityReason::Marriage));
        assert_eq!(accounting("снят с учёта"), Some(AccountingStatus::Ended));
        assert_eq!(form("опекунство"), None);
    }

    #[test]
    fn codes_are_the_words_the_domain_serialises() {
        for word in &FORMS {
            assert_eq!(serde_json::to_value(word.value).unwrap(), word.code);
        }
        for word in &ACTS {
            assert_eq!(serde_json::to_value(word.value).unwrap(), word.code);
        }
        for word in &ACCOUNTING {
            assert_eq!(serde_json::to_value(word.value).unwrap(), word.code);
        }
        for word in &CAPACITY {
            assert_eq!(serde_json::to_value(word.value).unwrap(), word.code);
        }
        assert_eq!(FORMS.len(), FormOfPlacement::ALL.len());
    }
}
