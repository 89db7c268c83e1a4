//! A person's e-mail address, with one door (`parse`). `Debug` shows dots, so that it reaches no log by accident.

use std::fmt;

use email_address::Options;

/// Why a text is no e-mail address we write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no e-mail address of Latin letters (name@example.kz)")]
pub struct EmailAddressError;

/// An e-mail address of ASCII characters: what every mail server takes. A name of a domain in other letters is written as the
/// network has it (`xn--…`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Longest address, in characters (RFC 5321).
    pub const LENGTH_MAX: usize = 254;

    /// Reads an address; the domain's letters become small.
    ///
    /// # Errors
    /// [`EmailAddressError`]: also for what the standard allows and no mailbox has, quotes and comments.
    pub fn parse(text: &str) -> Result<Self, EmailAddressError> {
        let text = text.trim();
        let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '(' | ')' | '<' | '>');
        if text.len() > Self::LENGTH_MAX || !text.chars().all(is_plain) {
            return Err(EmailAddressError);
        }
        let options =
            Options::default().with_required_tld().without_domain_literal().without_display_text();
        let read = email_address::EmailAddress::parse_with_options(text, options);
        let read = read.map_err(|_| EmailAddressError)?;
        Ok(Self(format!("{}@{}", read.local_part(), read.domain().to_ascii_lowercase())))
    }

    /// For a mail server and for storage. Never for logs, addresses of pages or error texts.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EmailAddress(•••)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_write_it() {
        for (text, read) in [
            (" a.b+c@Example.KZ ", "a.b+c@example.kz"),
            ("Aigul_85@mail.example.kz", "Aigul_85@mail.example.kz"),
            ("x@xn--80ao21a.xn--80ao21a", "x@xn--80ao21a.xn--80ao21a"),
        ] {
            assert_eq!(EmailAddress::parse(text).unwrap().as_str(), read);
        }
    }

    #[test]
    fn what_is_no_address_or_none_that_is_written_to_is_refused() {
        let long = format!("{}@example.kz", "a".repeat(250));
        for text in [
            "",
            "a",
            "@example.kz",
            "a@",
            "a@localhost",
            "a@[127.0.0.1]",
            "a b@example.kz",
            "\"a b\"@example.kz",
            "Aigul <a@example.kz>",
            "a@example.kz\r\nBcc: b@example.kz",
            "a@example.kz,b@example.kz",
            "аягүл@example.kz",
            long.as_str(),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(EmailAddressError), "{text:?}");
        }
    }

    #[test]
    fn printed_it_is_dots() {
        let address = EmailAddress::parse("aigul@example.kz").unwrap();
        assert_eq!(format!("{address:?}"), "EmailAddress(•••)");
    }
}
