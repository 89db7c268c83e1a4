//! What was said or typed becomes a number: words, letters and digits in any of the three languages, in any order of
//! hyphens, capitals and alphabets.
//!
//! The check character decides. Where a letter can be read in two ways and the second is right, the number is a guess,
//! which the caller confirms before anything is told; where nothing fits, the characters that are easily misheard are
//! named. Read next: `words.rs`.

use super::words::{Meaning, meaning, plain, sound_alike, written};
use crate::number::{ALPHABET, Number, NumberError};

/// Characters of a number.
const LENGTH: usize = 10;
/// Characters that a caller without the whole number is asked for.
const END: usize = 4;
/// Readings tried of one text at most.
const READINGS_MAX: usize = 64;
/// Longest text that is looked at, in characters.
const TEXT_MAX: usize = 400;

/// A number that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// As it was said.
    Sure(Number),
    /// Some letter could be read in two ways: to be read back to the caller before it is used.
    Likely(Number),
}

impl Heard {
    /// The number.
    #[must_use]
    pub fn number(&self) -> &Number {
        match self {
            Self::Sure(number) | Self::Likely(number) => number,
        }
    }
}

/// Why no number was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misheard {
    /// No character of a number was found.
    Nothing,
    /// So many characters, and not ten.
    WrongLength(usize),
    /// The first one is no letter of ours.
    WrongFirst(char),
    /// One is in no number of ours: 0, 1, I, O, U.
    NoSuchCharacter {
        /// Its place, from 1.
        place: usize,
        /// What was heard.
        heard: char,
    },
    /// The check character is wrong: one was misheard, perhaps one of these. Without any the whole is to be said again.
    WrongCharacter(Vec<Suspect>),
}

impl Misheard {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing_heard",
            Self::WrongLength(_) => "wrong_length",
            Self::WrongFirst(_) => "wrong_first_letter",
            Self::NoSuchCharacter { .. } => "no_such_character",
            Self::WrongCharacter(_) => "misheard_character",
        }
    }

    /// Every code.
    pub const CODES: [&'static str; 5] = [
        "nothing_heard",
        "wrong_length",
        "wrong_first_letter",
        "no_such_character",
        "misheard_character",
    ];
}

/// A character that was perhaps misheard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// Its place, from 1, hyphens not counted.
    pub place: usize,
    /// What was heard.
    pub heard: char,
    /// What makes the check character right.
    pub perhaps: char,
}

/// Understands a text as a number.
///
/// # Errors
/// [`Misheard`].
pub fn heard(text: &str) -> Result<Heard, Misheard> {
    // As it is printed it is no sentence, even where four of its letters make a word.
    if let Ok(number) = Number::parse(text) {
        return Ok(Heard::Sure(number));
    }
    let mut choices = choices(text);
    if choices.is_empty() {
        return Err(Misheard::Nothing);
    }
    if choices.len() != LENGTH {
        return Err(Misheard::WrongLength(choices.len()));
    }
    choose_first(&mut choices)?;
    let unknown = |characters: &Vec<char>| characters.iter().all(|one| !ALPHABET.contains(one));
    if let Some(place) = choices.iter().position(unknown) {
        let heard = choices.get(place).and_then(|one| one.first()).copied().unwrap_or('?');
        return Err(Misheard::NoSuchCharacter { place: place.saturating_add(1), heard });
    }
    let plain: String = choices.iter().filter_map(|one| one.first()).collect();
    match Number::parse(&plain) {
        Ok(number) => Ok(Heard::Sure(number)),
        Err(NumberError::WrongForm | NumberError::WrongCheckCharacter) => {
            let only = only_other(&choices);
            only.map(Heard::Likely).ok_or_else(|| Misheard::WrongCharacter(suspects(&plain)))
        }
    }
}

/// Whether a text is the last four characters of a number, in any way they may be said or typed.
#[must_use]
pub fn end_fits(number: &Number, text: &str) -> bool {
    let end: Vec<char> = number.as_str().chars().rev().filter(|c| *c != '-').take(END).collect();
    let said = choices(text);
    let fits = |(one, choice): (&char, &Vec<char>)| choice.contains(one);
    said.len() == END && end.iter().zip(said.iter().rev()).all(fits)
}

/// The first letter is one of three, so that it is understood where others are not.
fn choose_first(choices: &mut [Vec<char>]) -> Result<(), Misheard> {
    let Some(first) = choices.first_mut() else { return Err(Misheard::Nothing) };
    let heard = first.first().copied().unwrap_or('?');
    let ours = first.iter().copied().find(|one| matches!(one, 'S' | 'A' | 'B'));
    *first = vec![ours.ok_or(Misheard::WrongFirst(heard))?];
    Ok(())
}

/// The one number among all readings, where there is exactly one.
fn only_other(choices: &[Vec<char>]) -> Option<Number> {
    let mut readings = vec![String::new()];
    for characters in choices {
        let longer = readings.iter().flat_map(|begun| {
            characters.iter().map(move |character| format!("{begun}{character}"))
        });
        readings = longer.collect();
        if readings.len() > READINGS_MAX {
            return None;
        }
    }
    let mut numbers = readings.iter().filter_map(|reading| Number::parse(reading).ok());
    let only = numbers.next()?;
    numbers.next().is_none().then_some(only)
}

/// Characters whose look- or sound-alikes make the check character right.
fn suspects(heard: &str) -> Vec<Suspect> {
    let characters: Vec<char> = heard.chars().collect();
    let mut found = Vec::new();
    for (index, was) in characters.iter().enumerate() {
        for perhaps in ALPHABET.into_iter().filter(|other| sound_alike(*was, *other)) {
            let with = |(at, one): (usize, &char)| if at == index { perhaps } else { *one };
            let changed: String = characters.iter().enumerate().map(with).collect();
            if Number::parse(&changed).is_ok() {
                found.push(Suspect { place: index.saturating_add(1), heard: *was, perhaps });
            }
        }
    }
    found
}

/// Character by character, what each may be.
fn choices(text: &str) -> Vec<Vec<char>> {
    let mut reading = Reading::default();
    for word in words(text) {
        reading.take(&word);
    }
    reading.choices
}

/// Words of a text: lower case, parts joined that belong together.
fn words(text: &str) -> Vec<String> {
    let short: String = text.chars().take(TEXT_MAX).collect();
    let lower = short.to_lowercase();
    let joined = lower
        .replace("дубль-вэ", "дубльвэ")
        .replace("дубль вэ", "дубльвэ")
        .replace("дубль ве", "дубльвэ")
        .replace("двойное вэ", "дубльвэ")
        .replace("double u", "doubleu")
        .replace("double-u", "doubleu")
        .replace("x-ray", "xray")
        .replace("x ray", "xray");
    let parts = joined.split(|c: char| !c.is_alphanumeric());
    parts.filter(|part| !part.is_empty()).map(plain).collect()
}

#[derive(Default)]
struct Reading {
    choices: Vec<Vec<char>>,
    /// Whether the last character came by its name, so that an example may follow.
    was_named: bool,
    /// Whether an example was announced.
    is_announced: bool,
}

impl Reading {
    fn take(&mut self, word: &str) {
        match meaning(word) {
            Meaning::Silence => self.was_named = false,
            Meaning::AsIn => self.is_announced = self.was_named,
            Meaning::Name(characters) => self.push(characters),
            Meaning::Example(letter) => self.example(letter),
            Meaning::Other => self.other(word),
        }
    }

    fn push(&mut self, characters: Vec<char>) {
        self.choices.push(characters);
        (self.was_named, self.is_announced) = (true, false);
    }

    /// An example says again, more clearly, what was named before it.
    fn example(&mut self, letter: char) {
        let last = self.choices.last_mut().filter(|_| self.was_named);
        match last {
            Some(last) if self.is_announced || last.contains(&letter) => *last = vec![letter],
            Some(_) | None => self.choices.push(vec![letter]),
        }
        (self.was_named, self.is_announced) = (false, false);
    }

    fn other(&mut self, word: &str) {
        // «А как арбуз»: whichever word somebody chose, the letter was said before it.
        if self.is_announced {
            (self.was_named, self.is_announced) = (false, false);
            return;
        }
        let characters: Vec<char> = word.chars().flat_map(char::to_uppercase).collect();
        let is_one = characters.len() == 1;
        if !is_one && !is_typed(&characters) {
            return;
        }
        let read: Vec<Vec<char>> = characters.into_iter().map(typed).collect();
        // A sign of another alphabet is no part of a number.
        if read.iter().any(Vec::is_empty) {
            self.was_named = false;
            return;
        }
        self.choices.extend(read);
        (self.was_named, self.is_announced) = (is_one, false);
    }
}

/// Whether several characters without a space are a part of a number rather than a word of the sentence around it: there is
/// a digit among them, or each of them is a letter of ours or looks like one.
fn is_typed(characters: &[char]) -> bool {
    let is_ours = |one: &char| ALPHABET.contains(one) || "АВЕЗКМНҺРСЅТУҮХ".contains(*one);
    characters.iter().any(char::is_ascii_digit) || characters.iter().all(is_ours)
}

/// What one typed character may be.
fn typed(character: char) -> Vec<char> {
    if character.is_ascii_alphanumeric() {
        return vec![character];
    }
    written(character).chars().collect()
}
