//! Identification numbers that follow every rule and belong to nobody.

use std::collections::HashSet;

use domain::{IdentifierError, Iin};
use jiff::civil::Date;

/// As the seventh digit of an IIN tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sex {
    Male,
    Female,
}

/// Last serial of a day.
const SERIAL_MAX: u32 = 9_999;

/// The numbers given out so far; no number is given out twice.
#[derive(Default)]
pub(super) struct Numbers(HashSet<Iin>);

impl Numbers {
    /// The number of somebody born on a day, with this serial or the next one free: for some serials no check digit
    /// exists, and such numbers are not issued.
    pub(super) fn issue(
        &mut self,
        birth_date: Date,
        sex: Sex,
        serial: u32,
    ) -> Result<Iin, IdentifierError> {
        let free = (serial..=SERIAL_MAX)
            .filter_map(|serial| number(birth_date, sex, serial))
            .find(|iin| !self.0.contains(iin))
            .ok_or(IdentifierError::WrongCheckDigit)?;
        self.0.insert(free);
        Ok(free)
    }
}

fn number(birth_date: Date, sex: Sex, serial: u32) -> Option<Iin> {
    let century = match (birth_date.year(), sex) {
        (..=1899, Sex::Male) => 1,
        (..=1899, Sex::Female) => 2,
        (..=1999, Sex::Male) => 3,
        (..=1999, Sex::Female) => 4,
        (_, Sex::Male) => 5,
        (_, Sex::Female) => 6,
    };
    let (year, month, day) = (birth_date.year() % 100, birth_date.month(), birth_date.day());
    (0..10).find_map(|check_digit| {
        let text = format!("{year:02}{month:02}{day:02}{century}{serial:04}{check_digit}");
        Iin::parse(&text).ok()
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn numbers_carry_birth_date_and_century_and_are_never_given_twice() {
        let mut numbers = Numbers::default();
        let mut seen = HashSet::new();
        for (day, sex, seventh) in [
            (date(1999, 12, 31), Sex::Male, '3'),
            (date(1999, 12, 31), Sex::Female, '4'),
            (date(2000, 2, 29), Sex::Male, '5'),
            (date(2000, 2, 29), Sex::Female, '6'),
        ] {
            for _ in 0..300 {
                let iin = numbers.issue(day, sex, 4_990).unwrap();
                assert_eq!(iin.birth_date(), Some(day));
                assert_eq!(iin.digits().chars().nth(6), Some(seventh));
                assert!(seen.insert(iin));
            }
        }
    }

    #[test]
    fn a_serial_without_check_digit_is_passed_over() {
        // 000229 5 0096 has none (see the domain's own test).
        let iin = Numbers::default().issue(date(2000, 2, 29), Sex::Male, 96).unwrap();
        assert_eq!(iin.digits().get(7..11), Some("0097"));
    }

    #[test]
    fn a_full_day_is_an_error() {
        let mut numbers = Numbers::default();
        assert!(numbers.issue(date(2000, 1, 1), Sex::Male, SERIAL_MAX + 1).is_err());
    }
}
