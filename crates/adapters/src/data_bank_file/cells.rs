//! Single cells to values: dates, IINs, names, texts, words, numbers.
//!
//! Each reader answers a value, nothing (an empty cell), or the code of what is wrong.
//! Read next: `lines.rs`, which asks for them by column.

use domain::{IdentifierError, Iin, Kato, KatoError, NameError, NamePart, clean_text};
use jiff::civil::Date;

use super::fault::FaultCode;
use super::sheet::Cell;

/// Longest text kept of any cell, in characters.
const TEXT_CHARACTERS_MAX: usize = 300;
/// Whole numbers up to here are exact in a spreadsheet's cell.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

pub(super) type Read<T> = Result<Option<T>, FaultCode>;

/// The cell as text; whole numbers without a decimal point.
pub(super) fn text(cell: &Cell) -> Read<String> {
    let text = match cell {
        Cell::Empty => return Ok(None),
        Cell::Error => return Err(FaultCode::ErrorCell),
        Cell::Text(text) => clean_text(text),
        Cell::Number(number) => number_text(*number),
        Cell::Date(Some(date)) => date.strftime("%d.%m.%Y").to_string(),
        Cell::Date(None) => return Err(FaultCode::DateUnreadable),
    };
    if text.chars().count() > TEXT_CHARACTERS_MAX {
        return Err(FaultCode::TooLong);
    }
    if certificate::printable(&text).is_err() {
        return Err(FaultCode::Unprintable);
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn number_text(number: f64) -> String {
    // `{:.0}` writes no exponent, unlike `{}` of a number of this size in other languages' habits.
    if number.fract() == 0.0 && number.abs() <= EXACT_MAX {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

pub(super) fn name(cell: &Cell) -> Read<NamePart> {
    let text = match text(cell) {
        Ok(Some(text)) => text,
        Ok(None) => return Ok(None),
        Err(FaultCode::Unprintable) => return Err(FaultCode::NameCharacters),
        Err(other) => return Err(other),
    };
    let part = NamePart::parse(&text).map_err(|error| match error {
        NameError::Empty => FaultCode::Required,
        NameError::TooLong => FaultCode::TooLong,
        NameError::UnexpectedCharacter => FaultCode::NameCharacters,
    })?;
    if part.as_str().split([' ', '-', '‑', '–']).any(mixes_scripts) {
        return Err(FaultCode::NameMixedScripts);
    }
    Ok(Some(part))
}

/// Whether a word has letters of both alphabets. The Latin `i` for the Kazakh `і` is the usual case: nobody sees it, and
/// no search by name finds it.
fn mixes_scripts(word: &str) -> bool {
    let cyrillic = |letter: char| matches!(letter, '\u{400}'..='\u{52f}');
    let latin = |letter: char| letter.is_alphabetic() && !cyrillic(letter);
    word.chars().any(cyrillic) && word.chars().any(latin)
}

pub(super) fn iin(cell: &Cell) -> Read<Iin> {
    let Some(text) = text(cell)? else { return Ok(None) };
    let digits = text.len() == text.chars().filter(char::is_ascii_digit).count();
    if digits && (6..12).contains(&text.len()) {
        // Padding it would make a guess about who is meant; the officer looks it up instead.
        return Err(FaultCode::IinLeadingZero);
    }
    if is_scientific(&text) {
        return Err(FaultCode::IinScientific);
    }
    Iin::parse(&text).map(Some).map_err(|error| match error {
        IdentifierError::NotTwelveDigits | IdentifierError::NoSuchKind => {
            FaultCode::IinNotTwelveDigits
        }
        IdentifierError::NoSuchDate => FaultCode::IinNoSuchDate,
        IdentifierError::WrongCheckDigit => FaultCode::IinWrongCheckDigit,
    })
}

/// `9,60101E+11`, as Excel writes a long number into CSV.
fn is_scientific(text: &str) -> bool {
    let upper = text.to_uppercase().replace(',', ".");
    upper.contains("E+") && upper.parse::<f64>().is_ok()
}

pub(super) fn kato(cell: &Cell) -> Read<Kato> {
    let Some(text) = text(cell)? else { return Ok(None) };
    Kato::parse(&text).map(Some).map_err(|error| match error {
        KatoError::NotNineDigits => FaultCode::KatoNotNineDigits,
        KatoError::NoSuchRegion => FaultCode::KatoNoSuchRegion,
    })
}

pub(super) fn sheets(cell: &Cell) -> Read<u32> {
    let Some(text) = text(cell)? else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(sheets @ 1..=100_000) => Ok(Some(sheets)),
        _ => Err(FaultCode::SheetsNotNumber),
    }
}

pub(super) fn date(cell: &Cell) -> Read<Date> {
    let date = match cell {
        Cell::Empty => return Ok(None),
        Cell::Error => return Err(FaultCode::ErrorCell),
        Cell::Date(date) => date.ok_or(FaultCode::DateUnreadable)?,
        Cell::Number(_) => return Err(FaultCode::DateUnreadable),
        Cell::Text(text) => match clean_text(text).as_str() {
            "" => return Ok(None),
            text => date_from_text(text)?,
        },
    };
    if (1900..=2100).contains(&date.year()) {
        Ok(Some(date))
    } else {
        Err(FaultCode::DateOutOfRange)
    }
}

/// `YYYY-MM-DD` or `DD.MM.YYYY`, nothing else: `03/04/2020` would be a guess.
fn date_from_text(text: &str) -> Result<Date, FaultCode> {
    let parts: Vec<&str> = text.split(['-', '.']).collect();
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] if text.contains('-') && !text.contains('.') => (*year, *month, *day),
        [day, month, year] if text.contains('.') && !text.contains('-') => (*year, *month, *day),
        _ => return Err(FaultCode::DateUnreadable),
    };
    let digits = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return Err(FaultCode::DateUnreadable);
    }
    let number = |text: &str| text.parse().map_err(|_| FaultCode::DateUnreadable);
    let year: i16 = year.parse().map_err(|_| FaultCode::DateUnreadable)?;
    Date::new(year, number(month)?, number(day)?).map_err(|_| FaultCode::DateImpossible)
}

/// The cell's date as the officer sees it, if it is written like one and is too short to be an IIN.
pub(super) fn shown_date(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Date(Some(date)) => Some(date.to_string()),
        Cell::Text(text) => {
            let text = text.trim();
            let like_a_date = text.len() <= 10
                && text.chars().all(|sign| sign.is_ascii_digit() || "-./".contains(sign));
            like_a_date.then(|| text.to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;

    use super::*;

    fn written(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn dates_are_cells_or_two_ways_of_writing() {
        assert_eq!(date(&Cell::Date(Some(day(2020, 3, 4)))), Ok(Some(day(2020, 3, 4))));
        assert_eq!(date(&written(" 2020-03-04 ")), Ok(Some(day(2020, 3, 4))));
        assert_eq!(date(&written("04.03.2020")), Ok(Some(day(2020, 3, 4))));
        assert_eq!(date(&written("  ")), Ok(None));
        for unreadable in ["04/03/2020", "4.3.2020", "2020-3-4", "04.03.20", "2020.03-04", "вчера"]
        {
            assert_eq!(date(&written(unreadable)), Err(FaultCode::DateUnreadable), "{unreadable}");
        }
        assert_eq!(date(&written("30.02.2020")), Err(FaultCode::DateImpossible));
        assert_eq!(date(&written("2020-13-01")), Err(FaultCode::DateImpossible));
        assert_eq!(date(&written("01.01.1099")), Err(FaultCode::DateOutOfRange));
        assert_eq!(date(&Cell::Number(45_000.0)), Err(FaultCode::DateUnreadable));
    }

    #[test]
    fn an_iin_of_twelve_digits_is_taken_and_a_shorter_one_is_not_guessed() {
        assert!(matches!(iin(&Cell::Number(61_211_600_012.0)), Err(FaultCode::IinLeadingZero)));
        assert!(matches!(iin(&written("61211600012")), Err(FaultCode::IinLeadingZero)));
        assert!(matches!(iin(&written("061211600012")), Ok(Some(_))));
        assert!(matches!(iin(&written("9,60101E+11")), Err(FaultCode::IinScientific)));
        assert!(matches!(iin(&written("ЕСЕТ")), Err(FaultCode::IinNotTwelveDigits)));
        assert_eq!(number_text(910_101_300_012.0), "910101300012");
        assert_eq!(number_text(12.5), "12.5");
    }

    #[test]
    fn only_what_looks_like_a_date_is_shown_again() {
        assert_eq!(shown_date(&written("04/03/2020")).as_deref(), Some("04/03/2020"));
        assert_eq!(shown_date(&written("061211600012")), None);
        assert_eq!(shown_date(&written("Әлімқұлов")), None);
    }
}
