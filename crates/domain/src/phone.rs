//! A person's mobile number, with one door (`parse`). `Debug` shows dots, so that it reaches no log by accident.

use std::fmt;

/// Why a text is no mobile number of Kazakhstan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no mobile number of Kazakhstan (+7 7…, ten digits behind +7)")]
pub struct PhoneNumberError;

/// A mobile number of Kazakhstan, `+77…`, ten digits behind `+7`: the base binds no others.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// How many digits at its end are shown.
    const SHOWN: usize = 4;

    /// Reads a number, written with `+7`, `7` or `8` before it or with nothing, and with spaces, dashes, brackets.
    ///
    /// # Errors
    /// [`PhoneNumberError`].
    pub fn parse(text: &str) -> Result<Self, PhoneNumberError> {
        let is_gap = |c: char| c.is_whitespace() || matches!(c, '-' | '(' | ')');
        let bare: String = text.chars().filter(|c| !is_gap(*c)).collect();
        let national = match (bare.strip_prefix("+7"), bare.len()) {
            (Some(rest), _) => rest,
            (None, 11) => {
                bare.strip_prefix('7').or_else(|| bare.strip_prefix('8')).ok_or(PhoneNumberError)?
            }
            (None, _) => bare.as_str(),
        };
        let is_mobile = national.len() == 10
            && national.starts_with('7')
            && national.bytes().all(|digit| digit.is_ascii_digit());
        if is_mobile { Ok(Self(format!("+7{national}"))) } else { Err(PhoneNumberError) }
    }

    /// As E.164 has it, for gateways and storage. Never for logs, addresses or error texts.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// What a page shows of it: the person knows it from these, nobody else does.
    #[must_use]
    pub fn last_digits(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(Self::SHOWN)..).unwrap_or_default()
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PhoneNumber(•••)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_written() {
        for text in
            ["+77010000042", "+7 701 000 00 42", "8 (701) 000-00-42", "77010000042", "701 000 0042"]
        {
            let number = PhoneNumber::parse(text).unwrap();
            assert_eq!((number.e164(), number.last_digits()), ("+77010000042", "0042"), "{text}");
        }
    }

    #[test]
    fn what_is_no_mobile_number_of_kazakhstan_is_refused() {
        for text in ["", "+7", "+7 495 000 00 00", "+1 701 000 00 42", "701000004", "+7701000004x"]
        {
            assert_eq!(PhoneNumber::parse(text), Err(PhoneNumberError), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_digit() {
        let number = PhoneNumber::parse("+77010000042").unwrap();
        assert!(!format!("{number:?}").chars().any(|c| c.is_ascii_digit()));
    }
}
