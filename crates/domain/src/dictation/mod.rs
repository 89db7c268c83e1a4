//! Numbers read over the telephone: how one is spelled aloud in three languages, and how what was heard, typed or
//! transcribed becomes a number again.
//!
//! Knows no telephone and no store. Read next: `words.rs` for what is said, `hearing.rs` for what is understood.

mod hearing;
mod tones;
mod words;

pub use hearing::{Heard, Misheard, Suspect, end_fits, heard};
pub use tones::keyed;

use crate::language::Language;
use crate::number::Number;

/// One character of a number as it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The character.
    pub character: char,
    /// Its name: of a letter, or the digit as a word.
    pub name: &'static str,
    /// A word that begins with the letter or is known for it; none for a digit.
    pub example: Option<&'static str>,
}

/// A number character by character, without its hyphens.
#[must_use]
pub fn spoken(number: &Number, language: Language) -> Vec<Spoken> {
    let characters = number.as_str().chars().filter(|character| *character != '-');
    characters.filter_map(|character| words::spoken_character(character, language)).collect()
}

/// A number as an operator or a machine reads it aloud: «эс как Сергей, пять, …».
#[must_use]
pub fn spelled(number: &Number, language: Language) -> String {
    let said: Vec<String> =
        spoken(number, language).iter().map(|one| one.aloud(language)).collect();
    said.join(", ")
}

impl Spoken {
    /// One character as it is said.
    #[must_use]
    pub fn aloud(&self, language: Language) -> String {
        let Some(example) = self.example else { return self.name.to_owned() };
        match language {
            Language::Kk => format!("{} ({example})", self.name),
            Language::Ru => format!("{} как {example}", self.name),
            Language::En => format!("{} for {example}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::number::NumberKind;

    fn request(random: u64) -> Number {
        Number::from_random(NumberKind::Request, random)
    }

    fn any_number() -> impl Strategy<Value = Number> {
        let kinds = [NumberKind::Request, NumberKind::Certificate, NumberKind::Refusal];
        (any::<u64>(), 0..kinds.len())
            .prop_map(move |(random, kind)| Number::from_random(kinds[kind], random))
    }

    proptest! {
        #[test]
        fn every_number_comes_back_from_its_own_spelling_in_each_language(number in any_number()) {
            for language in Language::ALL {
                let said = spelled(&number, language);
                prop_assert_eq!(heard(&said), Ok(Heard::Sure(number.clone())), "{}", said);
                // A transcript has no brackets, no capital letters and as a rule no commas.
                let plain: String =
                    said.chars().filter(|c| !matches!(c, '(' | ')' | ',' | '-')).collect();
                let plain = plain.to_lowercase();
                prop_assert_eq!(heard(&plain), Ok(Heard::Sure(number.clone())), "{}", plain);
                let examples: Vec<&str> = spoken(&number, language)
                    .iter()
                    .map(|one| one.example.unwrap_or(one.name))
                    .collect();
                let examples = examples.join(" ");
                prop_assert_eq!(heard(&examples), Ok(Heard::Sure(number.clone())), "{}", examples);
            }
        }

        #[test]
        fn every_number_comes_back_however_it_is_typed(number in any_number()) {
            let printed = number.as_str();
            for typed in [
                printed.to_owned(),
                printed.to_lowercase(),
                printed.replace('-', " "),
                printed.replace('-', ""),
                printed.replace('-', " дефис "),
                format!("Сұрау нөмірі: {printed}."),
                printed.chars().map(|c| format!("{c} ")).collect(),
            ] {
                prop_assert_eq!(heard(&typed), Ok(Heard::Sure(number.clone())), "{}", typed);
            }
        }

        #[test]
        fn one_wrong_character_is_told_with_its_place_where_the_two_sound_alike(
            number in any_number(),
            place in 1_usize..10,
            other in 0_usize..31,
        ) {
            let characters: Vec<char> = number.as_str().chars().filter(|c| *c != '-').collect();
            let wrong = crate::number::ALPHABET[other];
            prop_assume!(characters[place] != wrong);
            for language in Language::ALL {
                let mut said: Vec<String> =
                    spoken(&number, language).iter().map(|one| one.aloud(language)).collect();
                said[place] = words::spoken_character(wrong, language).unwrap().aloud(language);
                let Err(Misheard::WrongCharacter(suspects)) = heard(&said.join(", ")) else {
                    return Err(TestCaseError::fail("a wrong character passed"));
                };
                let told = Suspect { place: place + 1, heard: wrong, perhaps: characters[place] };
                let alike = words::sound_alike(wrong, characters[place]);
                prop_assert_eq!(suspects.contains(&told), alike);
            }
        }

        #[test]
        fn the_end_of_a_number_is_understood_as_the_whole_is(number in any_number(), other in any_number()) {
            let plain: String = number.as_str().chars().filter(|c| *c != '-').collect();
            let end = &plain[6..];
            prop_assert!(end_fits(&number, end));
            let apart: String = end.to_lowercase().chars().flat_map(|c| [c, ' ']).collect();
            prop_assert!(end_fits(&number, &apart));
            for language in Language::ALL {
                let said: Vec<String> =
                    spoken(&number, language)[6..].iter().map(|one| one.aloud(language)).collect();
                prop_assert!(end_fits(&number, &said.join(", ")));
                prop_assert!(!end_fits(&number, &said[1..].join(", ")));
            }
            prop_assert_eq!(end_fits(&other, end), other.as_str().replace('-', "").ends_with(end));
        }

        #[test]
        fn no_text_makes_the_hearing_fail(text in ".{0,60}") {
            let _ = heard(&text);
        }
    }

    #[test]
    fn a_number_is_spelled_in_the_callers_language() {
        let number = request(1);
        let printed: String = number.as_str().chars().filter(|c| *c != '-').collect();
        for language in Language::ALL {
            let said: String = spoken(&number, language).iter().map(|one| one.character).collect();
            assert_eq!(said, printed);
        }
        assert!(spelled(&number, Language::Kk).starts_with("эс (Сәуле), "));
        assert!(spelled(&number, Language::Ru).starts_with("эс как Сергей, "));
        assert!(spelled(&number, Language::En).starts_with("S for Sierra, "));
    }

    #[test]
    fn what_was_typed_in_cyrillic_letters_is_understood_and_a_guess_is_called_one() {
        let number = request(7);
        // «С» is typed where «S» is said: the first letter can be no other.
        let typed = number.as_str().replacen('S', "С", 1);
        assert_eq!(heard(&typed), Ok(Heard::Sure(number.clone())));
        // A letter further on that sounds like one Latin letter and looks like another is a guess.
        let with_r = (0..10_000).map(request).find(|one| {
            let body = one.as_str().get(2..).unwrap_or_default();
            body.contains('R') && !body.contains('P')
        });
        let with_r = with_r.unwrap();
        let typed = with_r.as_str().replace('R', "Р");
        assert_eq!(heard(&typed), Ok(Heard::Likely(with_r)));
    }

    #[test]
    fn what_is_no_number_of_ours_is_told_apart() {
        assert_eq!(heard(""), Err(Misheard::Nothing));
        assert_eq!(heard("мой номер"), Err(Misheard::Nothing));
        assert_eq!(heard("S 2 3 4"), Err(Misheard::WrongLength(4)));
        let zero = heard("эс два три ноль пять шесть семь восемь девять А");
        assert_eq!(zero, Err(Misheard::NoSuchCharacter { place: 4, heard: '0' }));
        let other = heard("X 2 3 4 5 6 7 8 9 A");
        assert_eq!(other, Err(Misheard::WrongFirst('X')));
    }
}
