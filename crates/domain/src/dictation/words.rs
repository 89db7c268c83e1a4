//! What is said for each character in each language, what each word stands for, and which characters sound or look
//! alike.
//!
//! Letters of a number are Latin; their Kazakh and Russian names are those people use for them. A Kazakh example stands
//! for the letter that the Latin alphabet of Kazakh gives its sound (Қ is Q, Ы is Y, Ж is J), so that one table serves
//! saying and hearing.

use crate::language::Language;

use super::Spoken;

/// Character, then name and example in Kazakh, Russian and English. Digits have no example.
type Row = (char, [(&'static str, &'static str); 3]);

const LETTERS: [Row; 23] = [
    ('A', [("а", "Алма"), ("а", "Анна"), ("A", "Alfa")]),
    ('B', [("бэ", "Болат"), ("бэ", "Борис"), ("B", "Bravo")]),
    ('C', [("цэ", "Цирк"), ("цэ", "Центр"), ("C", "Charlie")]),
    ('D', [("дэ", "Дана"), ("дэ", "Дмитрий"), ("D", "Delta")]),
    ('E', [("е", "Ерлан"), ("е", "Елена"), ("E", "Echo")]),
    ('F', [("эф", "Фариза"), ("эф", "Фёдор"), ("F", "Foxtrot")]),
    ('G', [("гэ", "Гүлнар"), ("гэ", "Григорий"), ("G", "Golf")]),
    ('H', [("аш", "Хоккей"), ("аш", "Хоккей"), ("H", "Hotel")]),
    ('J', [("жи", "Жібек"), ("йот", "Йод"), ("J", "Juliett")]),
    ('K', [("ка", "Кенже"), ("ка", "Константин"), ("K", "Kilo")]),
    ('L', [("эль", "Ләззат"), ("эль", "Леонид"), ("L", "Lima")]),
    ('M', [("эм", "Марат"), ("эм", "Мария"), ("M", "Mike")]),
    ('N', [("эн", "Нұрлан"), ("эн", "Николай"), ("N", "November")]),
    ('P', [("пэ", "Парта"), ("пэ", "Павел"), ("P", "Papa")]),
    ('Q', [("қу", "Қазақстан"), ("ку", "Кукушка"), ("Q", "Quebec")]),
    ('R', [("эр", "Раушан"), ("эр", "Роман"), ("R", "Romeo")]),
    ('S', [("эс", "Сәуле"), ("эс", "Сергей"), ("S", "Sierra")]),
    ('T', [("тэ", "Тимур"), ("тэ", "Татьяна"), ("T", "Tango")]),
    ('V', [("вэ", "Вагон"), ("вэ", "Виктор"), ("V", "Victor")]),
    ('W', [("дубльвэ", "Вашингтон"), ("дубль-вэ", "Вашингтон"), ("W", "Whiskey")]),
    ('X', [("икс", "Ксерокс"), ("икс", "Ксерокс"), ("X", "X-ray")]),
    ('Y', [("игрек", "Ырыс"), ("игрек", "Игра"), ("Y", "Yankee")]),
    ('Z', [("зет", "Зере"), ("зет", "Зоя"), ("Z", "Zulu")]),
];

/// Digits as words in Kazakh, Russian and English. Nought and one are in no number, but people say them.
const DIGITS: [(char, [&str; 3]); 10] = [
    ('0', ["нөл", "ноль", "zero"]),
    ('1', ["бір", "один", "one"]),
    ('2', ["екі", "два", "two"]),
    ('3', ["үш", "три", "three"]),
    ('4', ["төрт", "четыре", "four"]),
    ('5', ["бес", "пять", "five"]),
    ('6', ["алты", "шесть", "six"]),
    ('7', ["жеті", "семь", "seven"]),
    ('8', ["сегіз", "восемь", "eight"]),
    ('9', ["тоғыз", "девять", "nine"]),
];

/// Other names under which letters and digits come: as speakers, other alphabets and transcribing machines have them.
const OTHER_NAMES: [(&str, &str); 65] = [
    ("би", "B"),
    ("бе", "B"),
    ("бы", "B"),
    ("си", "C"),
    ("це", "C"),
    ("ди", "D"),
    ("де", "D"),
    ("ды", "D"),
    ("э", "E"),
    ("ге", "G"),
    ("гы", "G"),
    ("же", "GJ"),
    ("жэ", "GJ"),
    ("джи", "G"),
    ("эйч", "H"),
    ("ха", "HX"),
    ("хэ", "HX"),
    ("һа", "H"),
    ("джей", "J"),
    ("йота", "J"),
    ("жы", "J"),
    ("кей", "K"),
    ("кы", "K"),
    ("эл", "L"),
    ("ел", "L"),
    ("ем", "M"),
    ("ен", "N"),
    ("пи", "P"),
    ("пе", "P"),
    ("пы", "P"),
    ("кью", "Q"),
    ("кю", "Q"),
    ("кве", "Q"),
    ("ар", "R"),
    ("ер", "R"),
    ("ес", "S"),
    ("ти", "T"),
    ("те", "T"),
    ("ты", "T"),
    ("ви", "V"),
    ("ве", "V"),
    ("вы", "V"),
    ("даблъю", "W"),
    ("даблю", "W"),
    ("дубльве", "W"),
    ("двойноевэ", "W"),
    ("экс", "X"),
    ("уай", "Y"),
    ("игрик", "Y"),
    ("зед", "Z"),
    ("зэт", "Z"),
    ("зи", "Z"),
    ("alpha", "A"),
    ("juliet", "J"),
    ("whisky", "W"),
    ("doubleu", "W"),
    ("zee", "Z"),
    ("zed", "Z"),
    ("nought", "0"),
    ("нуль", "0"),
    ("одна", "1"),
    ("едыница", "1"),
    ("единица", "1"),
    ("двойка", "2"),
    ("тройка", "3"),
];

/// Said between characters, or around them, and stands for none.
const SILENT: [&str; 43] = [
    "дефис",
    "тире",
    "сызықша",
    "минус",
    "черта",
    "чёрточка",
    "dash",
    "hyphen",
    "minus",
    "буква",
    "цифра",
    "латинская",
    "латинский",
    "латын",
    "латынша",
    "әріп",
    "әрпі",
    "әрпінен",
    "сан",
    "саны",
    "цифры",
    "буквы",
    "letter",
    "digit",
    "number",
    "номер",
    "номері",
    "нөмір",
    "нөмірі",
    "сұрау",
    "сұрауы",
    "запрос",
    "запроса",
    "request",
    "мой",
    "менің",
    "my",
    "потом",
    "the",
    "and",
    "мне",
    "нет",
    "менде",
];

/// Said before an example word.
const AS_IN: [&str; 7] = ["как", "для", "for", "as", "like", "сияқты", "сөзіндегі"];

/// Characters that are confused by ear in one of the languages or by eye; each group's members with one another.
const ALIKE: [&str; 16] = [
    "BCDEGPTVZ",
    "AHK8",
    "FSX",
    "MN",
    "LMN",
    "LR",
    "KQA",
    "QWU",
    "IY59",
    "JYG",
    "CS",
    "PR",
    "HNX",
    "3Z2",
    "5S6G",
    "78",
];
const ALIKE_BY_EYE: [&str; 8] = ["8B", "VWY", "VU", "9G", "7T", "4A", "DQ", "EF"];

/// What is said for a character; nothing for one that is in no number.
pub(super) fn spoken_character(character: char, language: Language) -> Option<Spoken> {
    let place = place_of(language);
    let digit = DIGITS.iter().find(|(known, _)| *known == character);
    if let Some(name) = digit.and_then(|(_, names)| names.get(place)) {
        return Some(Spoken { character, name, example: None });
    }
    let (_, said) = LETTERS.iter().find(|(known, _)| *known == character)?;
    let (name, example) = said.get(place)?;
    Some(Spoken { character, name, example: Some(example) })
}

fn place_of(language: Language) -> usize {
    match language {
        Language::Kk => 0,
        Language::Ru => 1,
        Language::En => 2,
    }
}

/// What a word that was heard stands for. Words are lower case and without hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A character by its name, the likeliest first.
    Name(Vec<char>),
    /// A letter by an example word.
    Example(char),
    /// Announces an example word.
    AsIn,
    /// Nothing.
    Silence,
    /// Unknown.
    Other,
}

/// Looks a word up.
pub(super) fn meaning(word: &str) -> Meaning {
    if SILENT.contains(&word) {
        return Meaning::Silence;
    }
    if AS_IN.contains(&word) {
        return Meaning::AsIn;
    }
    let digit = DIGITS.iter().find(|(_, names)| names.contains(&word));
    if let Some((digit, _)) = digit {
        return Meaning::Name(vec![*digit]);
    }
    let is = |said: &str| plain(said) == word;
    for (letter, said) in &LETTERS {
        if said.iter().any(|(_, example)| is(example)) {
            return Meaning::Example(*letter);
        }
        // One letter alone is read by how it looks, not here.
        if said.iter().any(|(name, _)| name.chars().count() > 1 && is(name)) {
            return Meaning::Name(vec![*letter]);
        }
    }
    let other = OTHER_NAMES.iter().find(|(name, _)| *name == word);
    other.map_or(Meaning::Other, |(_, characters)| Meaning::Name(characters.chars().collect()))
}

/// Lower case, without hyphens, with «ё» as «е».
pub(super) fn plain(text: &str) -> String {
    let letters = text.chars().filter(|c| *c != '-').flat_map(char::to_lowercase);
    letters.map(|c| if c == 'ё' { 'е' } else { c }).collect()
}

/// What one written character may stand for in a number, the likeliest first: as it looks, then as it sounds.
pub(super) fn written(character: char) -> &'static str {
    match character {
        'А' => "A",
        'Ә' => "A",
        'Б' => "B",
        'В' => "BV",
        'Г' | 'Ғ' => "G",
        'Д' => "D",
        'Е' | 'Э' => "E",
        'Ж' => "J",
        'З' => "Z3",
        'Й' => "JY",
        'К' => "K",
        'Қ' => "QK",
        'Л' => "L",
        'М' => "M",
        'Н' => "HN",
        'Ң' => "N",
        'Һ' => "H",
        'П' => "P",
        'Р' => "PR",
        'С' => "CS",
        'Ѕ' => "S",
        'Т' => "T",
        'У' | 'Ү' => "Y",
        'Ұ' => "Y",
        'Ы' => "Y",
        'Ф' => "F",
        'Х' => "XH",
        'Ц' => "C",
        _ => "",
    }
}

/// Whether two characters are easily taken for one another.
pub(super) fn sound_alike(one: char, other: char) -> bool {
    let holds = |group: &str| group.contains(one) && group.contains(other);
    one != other && ALIKE.iter().chain(&ALIKE_BY_EYE).any(|group| holds(group))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::number::ALPHABET;

    #[test]
    fn every_character_of_a_number_has_words_of_its_own_in_each_language() {
        for language in Language::ALL {
            let said: Vec<Spoken> = ALPHABET
                .iter()
                .map(|character| spoken_character(*character, language).unwrap())
                .collect();
            let names: BTreeSet<&str> = said.iter().map(|one| one.name).collect();
            assert_eq!(names.len(), ALPHABET.len(), "{language:?}");
            let examples: BTreeSet<&str> = said.iter().filter_map(|one| one.example).collect();
            assert_eq!(examples.len(), LETTERS.len(), "{language:?}");
            assert_eq!(spoken_character('O', language), None);
        }
    }

    #[test]
    fn no_word_stands_for_two_things() {
        for (letter, said) in &LETTERS {
            for (name, example) in said {
                assert_eq!(meaning(&plain(example)), Meaning::Example(*letter), "{example}");
                if name.chars().count() > 1 {
                    assert_eq!(meaning(&plain(name)), Meaning::Name(vec![*letter]), "{name}");
                }
            }
        }
        for (digit, names) in &DIGITS {
            for name in names {
                assert_eq!(meaning(name), Meaning::Name(vec![*digit]), "{name}");
            }
        }
        for (name, characters) in OTHER_NAMES {
            assert_eq!(meaning(name), Meaning::Name(characters.chars().collect()), "{name}");
        }
    }

    #[test]
    fn a_suspicion_goes_both_ways_and_nothing_is_like_itself() {
        for one in ALPHABET {
            assert!(!sound_alike(one, one));
            for other in ALPHABET {
                assert_eq!(sound_alike(one, other), sound_alike(other, one));
            }
        }
        assert!(sound_alike('M', 'N') && sound_alike('5', '9') && sound_alike('B', 'P'));
        assert!(!sound_alike('2', 'M'));
    }
}
