//! Numbers of requests, documents, reviews and complaints: read aloud, typed on any keyboard, never reused.
//!
//! Form `A-XXXX-XXXX-C`: a letter for the kind, eight characters of a 31-character alphabet without look-alikes
//! (no 0 O, 1 I, U), a check character. 31 is prime, so one wrong character and any swap of two are both noticed.

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) const ALPHABET: [char; 31] = [
    '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L',
    'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];
const ALPHABET_SIZE: usize = ALPHABET.len();

/// Numbers of one class: 31 to the power of 6.
const CLASS_SIZE: u64 = 887_503_681;
/// All numbers of a kind: 31 to the power of 8.
const ALL: u64 = CLASS_SIZE * 961;
/// Not divisible by 31, so multiplying by it modulo [`ALL`] only changes places: a class shows in no character.
const MIX: u64 = 527_114_868_713;
/// What undoes it: their product is 1 modulo [`ALL`].
const UNMIX: u64 = 783_829_868_091;

/// A part of all numbers. A restored database draws from a class of its own, because it may not know every number
/// that was given before the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumberClass(u16);

impl NumberClass {
    /// How many there are.
    pub const COUNT: u16 = 961;
    /// The class of an installation that was never restored.
    pub const FIRST: Self = Self(0);

    /// The class of an index below [`Self::COUNT`].
    #[must_use]
    pub fn new(index: u16) -> Option<Self> {
        (index < Self::COUNT).then_some(Self(index))
    }

    /// Its index.
    #[must_use]
    pub fn index(self) -> u16 {
        self.0
    }
}

/// What a number counts; its letter is the first of the Kazakh word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberKind {
    /// Electronic request (сұрау).
    Request,
    /// Certificate (анықтама).
    Certificate,
    /// Reasoned refusal (бас тарту).
    Refusal,
    /// Human review or complaint (қарау).
    Recourse,
    /// Answer to one (жауап).
    Answer,
}

impl NumberKind {
    const ALL: [Self; 5] =
        [Self::Request, Self::Certificate, Self::Refusal, Self::Recourse, Self::Answer];

    fn letter(self) -> char {
        match self {
            Self::Request => 'S',
            Self::Certificate => 'A',
            Self::Refusal => 'B',
            Self::Recourse => 'Q',
            Self::Answer => 'J',
        }
    }
}

/// A number with a right check character.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Number(String);

/// Why a text is no number of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Too short, too long, or with characters outside the alphabet.
    #[error("a number has the form A-XXXX-XXXX-C")]
    WrongForm,
    /// A character was misheard or mistyped.
    #[error("the check character is wrong: one character was misheard or mistyped")]
    WrongCheckCharacter,
}

impl Number {
    /// Makes a number of the first class from 64 random bits.
    #[must_use]
    pub fn from_random(kind: NumberKind, random: u64) -> Self {
        Self::of_class(kind, NumberClass::FIRST, random)
    }

    /// Makes a number of a class from 64 random bits. Numbers of different classes are never equal.
    #[must_use]
    pub fn of_class(kind: NumberKind, class: NumberClass, random: u64) -> Self {
        let plain = u64::from(class.0) * CLASS_SIZE + random % CLASS_SIZE;
        let mixed = u128::from(plain) * u128::from(MIX) % u128::from(ALL);
        let mut rest = u64::try_from(mixed).unwrap_or_default();
        let mut characters = vec![kind.letter()];
        for _ in 0..8 {
            let index = usize::try_from(rest % 31).unwrap_or_default();
            characters.push(ALPHABET.get(index).copied().unwrap_or('2'));
            rest /= 31;
        }
        let check = check_character(&characters).unwrap_or('2');
        Self::join(&characters, check)
    }

    /// Reads a number as people type it: any case, with or without hyphens and spaces,
    /// and with Cyrillic letters that look like Latin ones.
    ///
    /// # Errors
    /// [`NumberError`] tells a wrong form from a misheard character.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let typed: Vec<char> = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '—' | '‑'))
            .flat_map(char::to_uppercase)
            .map(latin_look_alike)
            .collect();
        let [body @ .., check] = typed.as_slice() else { return Err(NumberError::WrongForm) };
        let known_kind = NumberKind::ALL.iter().any(|kind| body.first() == Some(&kind.letter()));
        if body.len() != 9 || !known_kind {
            return Err(NumberError::WrongForm);
        }
        let expected = check_character(body).ok_or(NumberError::WrongForm)?;
        if !ALPHABET.contains(check) {
            return Err(NumberError::WrongForm);
        }
        if expected != *check {
            return Err(NumberError::WrongCheckCharacter);
        }
        Ok(Self::join(body, *check))
    }

    /// What the number counts.
    #[must_use]
    pub fn kind(&self) -> NumberKind {
        NumberKind::ALL
            .into_iter()
            .find(|kind| self.0.starts_with(kind.letter()))
            .unwrap_or(NumberKind::Request)
    }

    /// The class it was drawn from. Of a number that was given before there were classes it says nothing.
    #[must_use]
    pub fn class(&self) -> NumberClass {
        let body = self.0.chars().filter(|character| *character != '-').skip(1).take(8);
        let places: Vec<u64> = body
            .filter_map(|character| ALPHABET.iter().position(|known| *known == character))
            .filter_map(|place| u64::try_from(place).ok())
            .collect();
        let mixed = places.into_iter().rev().fold(0, |sum: u64, place| sum * 31 + place);
        let plain = u128::from(mixed) * u128::from(UNMIX) % u128::from(ALL);
        let class = u16::try_from(plain / u128::from(CLASS_SIZE)).unwrap_or_default();
        NumberClass::new(class).unwrap_or(NumberClass::FIRST)
    }

    /// The number as printed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn join(body: &[char], check: char) -> Self {
        let mut text = String::with_capacity(13);
        for (place, character) in body.iter().chain([&check]).enumerate() {
            if matches!(place, 1 | 5 | 9) {
                text.push('-');
            }
            text.push(*character);
        }
        Self(text)
    }
}

/// Weighted sum modulo 31 with weights 2..: any single change and any swap of two characters alters it.
fn check_character(body: &[char]) -> Option<char> {
    let mut sum = 0;
    for (place, character) in body.iter().enumerate() {
        let value = ALPHABET.iter().position(|known| known == character)?;
        sum += value * (place + 2);
    }
    ALPHABET.get(sum % ALPHABET_SIZE).copied()
}

fn latin_look_alike(character: char) -> char {
    match character {
        'А' => 'A',
        'В' => 'B',
        'С' => 'C',
        'Е' => 'E',
        'Н' | 'Һ' => 'H',
        'К' => 'K',
        'М' => 'M',
        'Р' => 'P',
        'Ѕ' => 'S',
        'Т' => 'T',
        'Х' => 'X',
        'У' | 'Ү' => 'Y',
        other => other,
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Number {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Number> for String {
    fn from(value: Number) -> Self {
        value.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Number {
        Number::from_random(NumberKind::Certificate, 0x1234_5678_9abc_def0)
    }

    #[test]
    fn classes_share_no_number_and_no_number_is_drawn_twice_within_one() {
        let mut seen = std::collections::HashSet::new();
        for class in (0..NumberClass::COUNT).step_by(31).filter_map(NumberClass::new) {
            for random in (0..300).chain([u64::MAX]) {
                let number = Number::of_class(NumberKind::Request, class, random);
                assert_eq!(number.class(), class);
                assert!(seen.insert(number));
            }
        }
        assert_eq!(NumberClass::new(NumberClass::COUNT), None);
        assert_eq!(31_u64.pow(6), CLASS_SIZE);
        assert_eq!(31_u64.pow(8), ALL);
        const { assert!(MIX < ALL && !MIX.is_multiple_of(31)) };
        assert_eq!(u128::from(MIX) * u128::from(UNMIX) % u128::from(ALL), 1);
    }

    #[test]
    fn a_number_is_read_back_however_it_is_typed() {
        let number = sample();
        let plain = number.as_str().replace('-', "").to_lowercase();
        assert_eq!(Number::parse(&plain), Ok(number.clone()));
        assert_eq!(Number::parse(&format!("  {number} ")), Ok(number.clone()));
        let cyrillic = number.as_str().replacen('A', "А", 1);
        assert_eq!(Number::parse(&cyrillic), Ok(number.clone()));
        assert_eq!(number.kind(), NumberKind::Certificate);
    }

    #[test]
    fn every_single_wrong_character_and_every_swap_is_noticed() {
        let right: Vec<char> = sample().as_str().chars().filter(|c| *c != '-').collect();
        for place in 1..right.len() {
            for other in ALPHABET {
                let mut typed = right.clone();
                if typed[place] == other {
                    continue;
                }
                typed[place] = other;
                let text: String = typed.iter().collect();
                assert_eq!(Number::parse(&text), Err(NumberError::WrongCheckCharacter), "{text}");
            }
            for second in place + 1..right.len() {
                let mut typed = right.clone();
                typed.swap(place, second);
                if typed == right {
                    continue;
                }
                let text: String = typed.iter().collect();
                assert_eq!(Number::parse(&text), Err(NumberError::WrongCheckCharacter), "{text}");
            }
        }
    }

    #[test]
    fn other_texts_are_of_the_wrong_form() {
        for text in ["", "A", "X-2345-6789-A", "A-2345-678", "A-2345-67890-2", "☃-2345-6789-A"] {
            assert_eq!(Number::parse(text), Err(NumberError::WrongForm), "{text}");
        }
    }
}
