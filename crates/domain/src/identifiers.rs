//! IIN and BIN: the two identification numbers, with one door each (`parse`).
//! `Debug` shows dots, so that neither reaches a log by accident.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::check_digit::check_digit;

/// Why a text is no identification number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Not exactly twelve digits.
    #[error("an identification number has exactly 12 digits")]
    NotTwelveDigits,
    /// The first six digits of an IIN are no calendar date, or the first four of a BIN no month.
    #[error("the date part is not a real date")]
    NoSuchDate,
    /// The fifth and sixth digits of a BIN name no kind of legal entity.
    #[error("the kind of entity is unknown")]
    NoSuchKind,
    /// The last digit does not follow from the first eleven.
    #[error("the check digit is wrong")]
    WrongCheckDigit,
}

impl IdentifierError {
    /// Stable code for messages in several languages.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotTwelveDigits => "not_twelve_digits",
            Self::NoSuchDate => "no_such_date",
            Self::NoSuchKind => "no_such_kind",
            Self::WrongCheckDigit => "wrong_check_digit",
        }
    }
}

/// Individual identification number (ЖСН, ИИН): `YYMMDD C NNNN K`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Iin([u8; 12]);

impl Iin {
    /// Reads an IIN; spaces in and around it are allowed.
    ///
    /// The seventh digit (century and sex) is 1–6 for citizens; 0 occurs in some foreigners' numbers and is
    /// accepted, with any reading of the century under which the date exists.
    ///
    /// # Errors
    /// [`IdentifierError`] says which rule is broken.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = twelve_digits(text)?;
        let [y1, y2, m1, m2, d1, d2, century, ..] = digits;
        let (year, month, day) = (y1 * 10 + y2, m1 * 10 + m2, d1 * 10 + d2);
        if !centuries(century).iter().any(|base| real_date(*base, year, month, day).is_some()) {
            return Err(IdentifierError::NoSuchDate);
        }
        require_check_digit(digits)?;
        Ok(Self(digits))
    }

    /// The birth date the number itself carries; `None` where the century digit leaves it open.
    /// The registry's birth date, not this one, decides about age.
    #[must_use]
    pub fn birth_date(&self) -> Option<Date> {
        let [y1, y2, m1, m2, d1, d2, century, ..] = self.0;
        match centuries(century) {
            [only] => real_date(*only, y1 * 10 + y2, m1 * 10 + m2, d1 * 10 + d2),
            _ => None,
        }
    }

    /// The twelve digits, for storage and documents. Never for logs, URLs or error texts.
    #[must_use]
    pub fn digits(&self) -> String {
        digits_to_string(self.0)
    }

    /// `••••••••1234`: enough to recognise one's own number, too little to learn another's.
    #[must_use]
    pub fn masked(&self) -> String {
        let digits = self.digits();
        format!("••••••••{}", digits.get(8..).unwrap_or_default())
    }
}

/// Business identification number (БСН, БИН): `YYMM T A NNNNN K`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bin([u8; 12]);

impl Bin {
    /// Reads a BIN; spaces in and around it are allowed.
    ///
    /// # Errors
    /// [`IdentifierError`] says which rule is broken.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = twelve_digits(text)?;
        let [_, _, m1, m2, kind, feature, ..] = digits;
        if !(1..=12).contains(&(m1 * 10 + m2)) {
            return Err(IdentifierError::NoSuchDate);
        }
        // 4 resident entity, 5 non-resident, 6 joint entrepreneurs; 0 head, 1 branch, 2 office, 3 farm.
        if !(4..=6).contains(&kind) || feature > 3 {
            return Err(IdentifierError::NoSuchKind);
        }
        require_check_digit(digits)?;
        Ok(Self(digits))
    }

    /// The twelve digits.
    #[must_use]
    pub fn digits(&self) -> String {
        digits_to_string(self.0)
    }
}

fn twelve_digits(text: &str) -> Result<[u8; 12], IdentifierError> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(10).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    digits.and_then(|digits| digits.try_into().ok()).ok_or(IdentifierError::NotTwelveDigits)
}

fn require_check_digit(digits: [u8; 12]) -> Result<(), IdentifierError> {
    let [eleven @ .., last] = digits;
    if check_digit(&eleven) == Some(last) { Ok(()) } else { Err(IdentifierError::WrongCheckDigit) }
}

fn digits_to_string(digits: [u8; 12]) -> String {
    digits.iter().map(|digit| char::from(b'0' + digit)).collect()
}

/// Century bases the seventh digit of an IIN allows: 1–2 the 1800s, 3–4 the 1900s, 5–6 the 2000s.
fn centuries(digit: u8) -> &'static [i16] {
    match digit {
        0 => &[1900, 2000],
        1 | 2 => &[1800],
        3 | 4 => &[1900],
        5 | 6 => &[2000],
        _ => &[],
    }
}

fn real_date(century: i16, year: u8, month: u8, day: u8) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(century + i16::from(year), month, day).ok()
}

macro_rules! text_form {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "(••••••••••••)"))
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdentifierError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.digits()
            }
        }
    };
}
text_form!(Iin);
text_form!(Bin);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_and_second_round_of_weights_are_both_accepted() {
        for text in ["000229500008", "061211600012", "000229500909", "000229500910"] {
            assert!(Iin::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_base_without_any_check_digit_is_refused_with_every_last_digit() {
        for base in ["00022950096", "00022960059", "12073150021"] {
            for last in 0..10 {
                assert_eq!(
                    Iin::parse(&format!("{base}{last}")),
                    Err(IdentifierError::WrongCheckDigit)
                );
            }
        }
    }

    #[test]
    fn each_broken_rule_has_its_own_error() {
        assert!(Iin::parse(" 000229 500008 ").is_ok());
        assert_eq!(Iin::parse("12345"), Err(IdentifierError::NotTwelveDigits));
        assert_eq!(Iin::parse("00022950000A"), Err(IdentifierError::NotTwelveDigits));
        assert_eq!(Iin::parse("٠٠٠٢٢٩٥٠٠٠٠٨"), Err(IdentifierError::NotTwelveDigits));
        assert_eq!(Iin::parse("001329500008"), Err(IdentifierError::NoSuchDate));
        assert_eq!(Iin::parse("000229700008"), Err(IdentifierError::NoSuchDate));
        assert_eq!(Iin::parse("000229500007"), Err(IdentifierError::WrongCheckDigit));
    }

    #[test]
    fn the_leap_day_exists_in_2000_and_not_in_1900() {
        assert!(Iin::parse("000229500008").is_ok());
        assert_eq!(Iin::parse("000229300002"), Err(IdentifierError::NoSuchDate));
    }

    #[test]
    fn debug_shows_dots() {
        let iin = Iin::parse("000229500008").unwrap();
        assert_eq!(format!("{iin:?}"), "Iin(••••••••••••)");
        assert_eq!(iin.masked(), "••••••••0008");
    }

    #[test]
    fn a_bin_names_month_kind_and_check_digit() {
        let with_digit = |eleven: &str| {
            let digits: [u8; 11] =
                eleven.bytes().map(|b| b - b'0').collect::<Vec<_>>().try_into().unwrap();
            format!("{eleven}{}", check_digit(&digits).unwrap())
        };
        assert!(Bin::parse(&with_digit("99034000012")).is_ok());
        assert_eq!(Bin::parse(&with_digit("99134000012")), Err(IdentifierError::NoSuchDate));
        assert_eq!(Bin::parse(&with_digit("99037000012")), Err(IdentifierError::NoSuchKind));
    }
}
