//! The words of the forms as data: which texts may be put otherwise, and whether other words make good documents.
//!
//! Only texts that are there in both languages have keys. Months, cases of words and the line at the foot are grammar and
//! stay with the program. Next: `specimen`, whose documents other words are tried on.

use domain::{Bilingual, FormWording, Language, WordingFault, clean_text};
use toml::Value;

use crate::fonts::printable;
use crate::form::{FormFault, SOURCES, placeholders};
use crate::lint::lint;
use crate::read::PdfFile;
use crate::refusal_form::UNSPEAKABLE;
use crate::render::Renderer;
use crate::specimen::{Trial, trials};

/// Characters of one text.
const TEXT_CHARACTERS_MAX: usize = 2_000;

/// Texts the law or the Rules of the service prescribe, with everything below them.
const FIXED_BY_LAW: [&str; 12] = [
    "certificate.title",
    "certificate.statement",
    "certificate.duties",
    "certificate.custodian_note",
    "certificate.law",
    "refusal.title",
    "refusal.decision.text",
    "refusal.rights.items",
    "refusal.rights.term",
    "refusal.law",
    "refusal.grounds.no_guardian_record.text",
    "refusal.grounds.no_consent.text",
];

fn fault(key: &str, code: &'static str) -> WordingFault {
    WordingFault { key: key.to_owned(), code }
}

/// Whether the law or the Rules prescribe a text.
#[must_use]
pub fn is_fixed_by_law(key: &str) -> bool {
    FIXED_BY_LAW.iter().any(|fixed| {
        key.strip_prefix(fixed).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// The words built into the program.
///
/// # Errors
/// A form built into the program is broken.
pub fn built_in_wording() -> Result<FormWording, FormFault> {
    let mut wording = FormWording::default();
    for source in SOURCES {
        walk(&mut source.value()?, source.name, &mut |key, kk, ru| {
            let text = Bilingual { kk: kk.clone(), ru: ru.clone() };
            wording.0.insert(key.to_owned(), text);
        });
    }
    Ok(wording)
}

/// Puts words into a form where they have the key of a text.
pub(crate) fn put_in(form: &mut Value, name: &str, wording: &FormWording) {
    walk(form, name, &mut |key, kk, ru| {
        if let Some(text) = wording.0.get(key) {
            kk.clone_from(&text.kk);
            ru.clone_from(&text.ru);
        }
    });
}

/// Goes over each text that is there in both languages; its key is the way to it.
fn walk(value: &mut Value, key: &str, visit: &mut dyn FnMut(&str, &mut String, &mut String)) {
    match value {
        Value::Table(table) => {
            if let Some((kk, ru)) = pair_of(table) {
                visit(key, kk, ru);
                return;
            }
            for (name, inner) in table.iter_mut() {
                walk(inner, &format!("{key}.{name}"), visit);
            }
        }
        Value::Array(list) => {
            for (place, inner) in list.iter_mut().enumerate() {
                walk(inner, &format!("{key}.{place}"), visit);
            }
        }
        _ => {}
    }
}

fn pair_of(table: &mut toml::Table) -> Option<(&mut String, &mut String)> {
    if table.len() != 2 {
        return None;
    }
    let (mut kk, mut ru) = (None, None);
    for (name, value) in table.iter_mut() {
        match (name.as_str(), value) {
            ("kk", Value::String(text)) => kk = Some(text),
            ("ru", Value::String(text)) => ru = Some(text),
            _ => return None,
        }
    }
    kk.zip(ru)
}

/// Everything wrong with words: first text by text, then, where each is good, in the documents they make, with the
/// longest names too.
///
/// # Errors
/// A form built into the program is broken.
pub fn wording_faults(wording: &FormWording) -> Result<Vec<WordingFault>, FormFault> {
    let built_in = built_in_wording()?;
    let mut faults = Vec::new();
    for (key, own) in &built_in.0 {
        match wording.0.get(key) {
            None => faults.push(fault(key, "missing")),
            Some(text) => {
                for language in [Language::Kk, Language::Ru] {
                    let (text, own) = (text.on_screen(language), own.on_screen(language));
                    let place = format!("{key}.{}", language.code());
                    let code = text_fault(key, text, own);
                    faults.extend(code.map(|code| fault(&place, code)));
                }
            }
        }
    }
    let strange = wording.0.keys().filter(|key| !built_in.0.contains_key(*key));
    faults.extend(strange.map(|key| fault(key, "unknown")));
    if faults.is_empty() {
        let renderer = Renderer::worded(wording)?;
        faults.extend(trials().iter().filter_map(|trial| trial_fault(&renderer, trial)));
    }
    Ok(faults)
}

fn text_fault(key: &str, text: &str, own: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let is_unspeakable = || UNSPEAKABLE.iter().any(|stem| lower.contains(stem));
    if text.trim().is_empty() {
        Some("empty")
    } else if text.chars().count() > TEXT_CHARACTERS_MAX {
        Some("too_long")
    } else if text != own && clean_text(text) != text {
        Some("not_clean")
    } else if placeholders(text) != placeholders(own) {
        Some("placeholders")
    } else if printable(text).is_err() {
        Some("unprintable")
    } else if key.starts_with("refusal.") && is_unspeakable() {
        Some("unspeakable")
    } else {
        None
    }
}

fn trial_fault(renderer: &Renderer, trial: &Trial) -> Option<WordingFault> {
    let code = match renderer.render(&trial.content, None) {
        Err(_) => Some("not_made"),
        Ok(pdf) if lint(&pdf, &trial.content, None).is_err() => Some("not_made"),
        Ok(pdf) => {
            let pages = PdfFile::open(&pdf).map_or(usize::MAX, |file| file.page_count());
            (pages > trial.pages_max).then_some("does_not_fit")
        }
    };
    code.map(|code| fault(trial.name, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(change: impl FnOnce(&mut FormWording)) -> Vec<(String, &'static str)> {
        let mut wording = built_in_wording().unwrap();
        change(&mut wording);
        let found = wording_faults(&wording).unwrap();
        found.into_iter().map(|fault| (fault.key, fault.code)).collect()
    }

    fn one(key: &'static str, change: impl FnOnce(&mut Bilingual)) -> Vec<(String, &'static str)> {
        faults(|wording| change(wording.0.get_mut(key).unwrap()))
    }

    #[test]
    fn the_built_in_words_have_no_fault() {
        assert!(faults(|_| {}).is_empty());
        let keys = built_in_wording().unwrap().0;
        for key in ["common.number_line", "certificate.title", "refusal.rights.items.3"] {
            assert!(keys.contains_key(key), "{key}");
        }
        assert!(!keys.keys().any(|key| key.contains("months") || key.contains("nominative")));
    }

    #[test]
    fn what_the_law_prescribes_is_marked_with_everything_below_it() {
        let keys = built_in_wording().unwrap().0;
        for fixed in FIXED_BY_LAW {
            assert!(keys.keys().any(|key| key.starts_with(fixed)), "{fixed} is no text");
        }
        assert!(is_fixed_by_law("refusal.rights.items.0"));
        assert!(is_fixed_by_law("certificate.statement.plain"));
        assert!(!is_fixed_by_law("certificate.check"));
        assert!(!is_fixed_by_law("refusal.decision.heading"));
    }

    #[test]
    fn other_words_stand_in_the_form_and_the_rest_stays() {
        let mut wording = built_in_wording().unwrap();
        let check = wording.0.get_mut("certificate.check").unwrap();
        check.ru = "Проверьте на {domain}.".to_owned();
        let other = wording.clone();
        let source = SOURCES.into_iter().find(|source| source.name == "certificate").unwrap();
        let mut form = source.value().unwrap();
        put_in(&mut form, source.name, &other);
        assert_eq!(form["check"]["ru"].as_str(), Some("Проверьте на {domain}."));
        let built_in = source.value().unwrap();
        assert_eq!(form["check"]["kk"], built_in["check"]["kk"]);
        assert_eq!(form["title"], built_in["title"]);
    }

    #[test]
    fn each_fault_of_a_text_is_told_by_its_key() {
        let key = "refusal.repair.again";
        let told = |code| vec![(format!("{key}.ru"), code)];
        let empty = vec![(format!("{key}.kk"), "empty")];
        assert_eq!(one(key, |text| text.kk.clear()), empty);
        assert_eq!(one(key, |text| text.ru = "я".repeat(2_001)), told("too_long"));
        assert_eq!(one(key, |text| text.ru.push('\n')), told("not_clean"));
        assert_eq!(one(key, |text| text.ru.push_str(" {provider}")), told("placeholders"));
        assert_eq!(one(key, |text| text.ru.push_str(" }")), told("placeholders"));
        assert_eq!(one(key, |text| text.ru.push_str(" 🙂")), told("unprintable"));
        assert_eq!(one(key, |text| text.ru.push_str(" Опека прекращена.")), told("unspeakable"));
        let gone = faults(|wording| drop(wording.0.remove(key)));
        assert_eq!(gone, [(key.to_owned(), "missing")]);
        let strange = faults(|wording| {
            let text = wording.0.values().next().unwrap().clone();
            wording.0.insert("refusal.more".to_owned(), text);
        });
        assert_eq!(strange, [("refusal.more".to_owned(), "unknown")]);
    }

    #[test]
    fn words_that_do_not_fit_the_page_are_told_by_the_document_that_does_not_hold_them() {
        let long = "Сөз ".repeat(450).trim().to_owned();
        let found = one("certificate.as_of", |text| {
            text.kk = format!("{{request_number}} {{moment}} {long}");
        });
        assert!(found.contains(&("guardian".to_owned(), "does_not_fit")), "{found:?}");
        assert!(!found.iter().any(|(key, _)| key == "no_consent"), "{found:?}");
    }
}
