//! What the portal and those who answer callers know: the ten items of the list of basic requirements and what people ask, in
//! three languages, from `data/knowledge`. One source for the public pages, the desk of 1414 and the API.
//!
//! Knows no page. A question is found by words that need not be in the same form: Kazakh and Russian bend theirs at the end.
//! Read next: `pages/help.rs`.

use std::sync::LazyLock;

use app::text_key;
use domain::Language;

use crate::texts::Texts;

/// Every entry, in the order of the pages.
pub const ENTRIES: [&str; 46] = [
    "item-1",
    "item-2",
    "item-3",
    "item-4",
    "item-5",
    "item-6",
    "item-7",
    "item-8",
    "item-9",
    "item-10",
    "who-may-ask",
    "other-forms",
    "guardian-or-custodian",
    "turned-14",
    "how-to-ask",
    "without-key",
    "ncalayer",
    "key-expired",
    "no-sms",
    "several-children",
    "child-without-iin",
    "second-request",
    "waiting",
    "overdue",
    "technical-break",
    "where-answer",
    "not-in-bank",
    "refused-consent",
    "ask-again",
    "human-review",
    "complaint",
    "validity",
    "check",
    "no-longer",
    "paper",
    "languages",
    "property",
    "moved",
    "name-changed",
    "two-consents",
    "withdraw",
    "who-read",
    "what-1414-tells",
    "number-lost",
    "dictate",
    "fraud",
];
/// Those of the list of basic requirements stand first.
pub const ITEMS: usize = 10;
/// Most entries found by one question.
const FOUND_MAX: usize = 10;
/// Longest question that is looked at, in characters.
pub const QUESTION_MAX: usize = 200;
/// Shorter words are of no use for finding.
const WORD_MIN: usize = 3;
/// Letters at the end of a word that may differ.
const ENDING: usize = 3;
/// So many letters at its beginning may not.
const STEM_MIN: usize = 4;

static KK: LazyLock<Texts> =
    LazyLock::new(|| Texts::of(Language::Kk, &[include_str!("../../../data/knowledge/kk.ftl")]));
static RU: LazyLock<Texts> =
    LazyLock::new(|| Texts::of(Language::Ru, &[include_str!("../../../data/knowledge/ru.ftl")]));
static EN: LazyLock<Texts> =
    LazyLock::new(|| Texts::of(Language::En, &[include_str!("../../../data/knowledge/en.ftl")]));

/// A question with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Stable word for its address.
    pub id: &'static str,
    /// The question.
    pub title: String,
    /// The answer, paragraph by paragraph.
    pub paragraphs: Vec<String>,
}

fn source(language: Language) -> &'static Texts {
    match language {
        Language::Kk => &KK,
        Language::Ru => &RU,
        Language::En => &EN,
    }
}

/// One entry; `None` where there is none of this word.
#[must_use]
pub fn entry(id: &str, language: Language) -> Option<Entry> {
    let id = *ENTRIES.iter().find(|known| **known == id)?;
    let texts = source(language);
    let text = texts.text(&format!("{id}-text"));
    let paragraphs = text.split("\n\n").map(|one| one.replace('\n', " "));
    Some(Entry { id, title: texts.text(id), paragraphs: paragraphs.collect() })
}

/// All of them.
#[must_use]
pub fn all(language: Language) -> Vec<Entry> {
    ENTRIES.iter().filter_map(|id| entry(id, language)).collect()
}

/// The words of an entry, folded: of its question with what else it is asked by, and of its answer.
struct Indexed {
    id: &'static str,
    titles: Vec<String>,
    body: Vec<String>,
}

fn index(language: Language) -> &'static [Indexed] {
    static ALL: LazyLock<[Vec<Indexed>; 3]> = LazyLock::new(|| Language::ALL.map(indexed));
    let [kk, ru, en] = &*ALL;
    match language {
        Language::Kk => kk,
        Language::Ru => ru,
        Language::En => en,
    }
}

fn indexed(language: Language) -> Vec<Indexed> {
    let of = |entry: Entry| {
        let others = source(language).text(&format!("{}-words", entry.id));
        let titles = words(&format!("{} {others}", entry.title));
        Indexed { id: entry.id, titles, body: words(&entry.paragraphs.join(" ")) }
    };
    all(language).into_iter().map(of).collect()
}

/// Entries that a question may be about, the likeliest first.
#[must_use]
pub fn search(question: &str, language: Language) -> Vec<Entry> {
    let question: String = question.chars().take(QUESTION_MAX).collect();
    let asked = words(&question);
    let weight = |one: &Indexed| -> usize {
        let is_in = |word: &str, among: &[String]| among.iter().any(|known| alike(word, known));
        let of_word = |word: &String| {
            3 * usize::from(is_in(word, &one.titles)) + usize::from(is_in(word, &one.body))
        };
        asked.iter().map(of_word).sum()
    };
    let mut found: Vec<(usize, &Indexed)> = index(language)
        .iter()
        .map(|one| (weight(one), one))
        .filter(|(weight, _)| *weight > 0)
        .collect();
    found.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    found.truncate(FOUND_MAX);
    found.into_iter().filter_map(|(_, one)| entry(one.id, language)).collect()
}

/// Folded words as they are in names and records, so that a Russian keyboard finds Kazakh words.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    let folded = parts.map(text_key).filter(|word| word.chars().count() >= WORD_MIN);
    folded.collect()
}

/// Whether two words are one but for their endings.
fn alike(one: &str, other: &str) -> bool {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let (short, long) = {
        let (one, other) = (one.chars().count(), other.chars().count());
        (one.min(other), one.max(other))
    };
    same == long || (same >= STEM_MIN && same.saturating_add(ENDING) >= short)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SOURCES: [&str; 3] = [
        include_str!("../../../data/knowledge/kk.ftl"),
        include_str!("../../../data/knowledge/ru.ftl"),
        include_str!("../../../data/knowledge/en.ftl"),
    ];

    #[test]
    fn all_three_languages_have_every_entry_whole_and_no_other() {
        let mut expected = BTreeSet::new();
        for id in ENTRIES {
            assert!(expected.insert(id.to_owned()), "{id} stands twice");
            expected.extend([format!("{id}-text"), format!("{id}-words")]);
        }
        for source in SOURCES {
            let keys = source.lines().filter_map(|line| line.split_once(" ="));
            let keys: BTreeSet<String> =
                keys.map(|(key, _)| key.to_owned()).filter(|key| !key.starts_with(' ')).collect();
            assert_eq!(keys, expected);
        }
        for language in Language::ALL {
            for entry in all(language) {
                let whole = format!("{} {}", entry.title, entry.paragraphs.join(" "));
                assert!(!whole.contains('⟦'), "{language:?} {whole}");
                assert!(
                    entry.paragraphs.iter().all(|one| one.ends_with(['.', '»', '”'])),
                    "{whole}"
                );
            }
        }
    }

    #[test]
    fn the_ten_items_say_what_the_list_says() {
        let said = |number: usize, language| {
            let entry = entry(&format!("item-{number}"), language).unwrap();
            entry.paragraphs.join(" ")
        };
        for (number, [kk, ru, en]) in [
            (
                1,
                [
                    "«Қорғаншылық және қамқоршылық жөнінде анықтамалар беру»",
                    "«Выдача справок по опеке и попечительству»",
                    "“Issue of certificates on guardianship and custodianship”",
                ],
            ),
            (
                1,
                [
                    "республикалық маңызы бар қалалардың",
                    "городов республиканского значения",
                    "republican significance",
                ],
            ),
            (2, ["www.egov.kz"; 3]),
            (3, ["30 (отыз) минут", "30 (тридцать) минут", "30 (thirty) minutes"]),
            (4, ["толық автоматтандырылған", "полностью автоматизированная", "fully automated"]),
            (
                5,
                [
                    "бас тарту туралы дәлелді жауап",
                    "мотивированный ответ об отказе",
                    "reasoned refusal",
                ],
            ),
            (5, ["жеке кабинетке", "личный кабинет", "personal cabinet"]),
            (6, ["Тегін", "Бесплатно", "free"]),
            (7, ["тәулік бойы", "Круглосуточно", "24/7"]),
            (7, ["техникалық үзіліс", "технических перерывов", "technical breaks"]),
            (8, ["электрондық сұрау", "электронный запрос", "electronic request"]),
            (
                9,
                [
                    "Республикалық деректер банкінде",
                    "Республиканском банке данных",
                    "Republican Data Bank",
                ],
            ),
            (9, ["8-бабына", "статье 8", "Article 8"]),
            (9, ["Негіз екеу ғана", "Оснований всего два", "two grounds only"]),
            (10, ["1414"; 3]),
            (10, ["8-800-080-7777"; 3]),
        ] {
            for (language, words) in [(Language::Kk, kk), (Language::Ru, ru), (Language::En, en)] {
                let text = said(number, language);
                assert!(text.contains(words), "item {number} {language:?}: {words} in {text}");
            }
        }
    }

    #[test]
    fn questions_as_people_ask_them_find_their_answer_first() {
        for (language, question, id) in [
            (Language::Ru, "сколько это стоит", "item-6"),
            (Language::Ru, "почему мне отказали?", "item-9"),
            (Language::Ru, "ребёнку исполнилось четырнадцать", "turned-14"),
            (Language::Ru, "как отозвать согласие", "withdraw"),
            (Language::Ru, "не помню номер запроса", "number-lost"),
            (Language::Ru, "NCALayer не открывается", "ncalayer"),
            (Language::Kk, "қанша турады", "item-6"),
            (Language::Kk, "келісімді қалай қайтарып аламын", "withdraw"),
            (Language::Kk, "14 жасқа толды", "turned-14"),
            (Language::Kk, "шагымдану", "complaint"),
            (Language::En, "how long is it valid", "validity"),
            (Language::En, "change of surname", "name-changed"),
        ] {
            let found = search(question, language);
            let ids: Vec<&str> = found.iter().map(|entry| entry.id).collect();
            assert_eq!(ids.first(), Some(&id), "{language:?} {question}: {ids:?}");
        }
        assert_eq!(search("", Language::Kk), []);
        assert_eq!(search("☃ qqqq", Language::Ru), []);
    }
}
