//! The words of a message, in the person's language, and its last line, by which browsers know whose password it is and
//! for which site (origin-bound one-time codes): `@example.kz #123456`.

use domain::Language;
use fluent_bundle::FluentArgs;
use unic_langid::langid;

use crate::ports::PasswordPurpose;
use crate::texts::Texts;

/// The texts of the three languages.
pub(crate) struct SmsTexts {
    kk: Texts,
    ru: Texts,
    en: Texts,
}

impl Default for SmsTexts {
    fn default() -> Self {
        Self {
            kk: Texts::load(langid!("kk"), include_str!("../../texts/sms.kk.ftl")),
            ru: Texts::load(langid!("ru"), include_str!("../../texts/sms.ru.ftl")),
            en: Texts::load(langid!("en"), include_str!("../../texts/sms.en.ftl")),
        }
    }
}

impl SmsTexts {
    /// The message with a password for a site.
    pub(super) fn message(
        &self,
        language: Language,
        purpose: PasswordPurpose,
        digits: &str,
        public_url: &str,
    ) -> String {
        let texts = self.of(language);
        let key = match purpose {
            PasswordPurpose::Request => "request",
            PasswordPurpose::SignIn => "sign-in",
        };
        let mut arguments = FluentArgs::new();
        arguments.set("password", digits.to_owned());
        format!("{}\n\n@{} #{digits}", texts.text(key, &arguments), host_of(public_url))
    }

    fn of(&self, language: Language) -> &Texts {
        match language {
            Language::Kk => &self.kk,
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// The host alone: in the last line a site is named without scheme and port.
fn host_of(public_url: &str) -> &str {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_password_the_site_and_nothing_about_the_person() {
        let texts = SmsTexts::default();
        for language in Language::ALL {
            for purpose in [PasswordPurpose::Request, PasswordPurpose::SignIn] {
                let text = texts.message(language, purpose, "012345", "https://anyqtama.kz:8443/x");
                let (words, last) = text.rsplit_once('\n').unwrap();
                assert_eq!(last, "@anyqtama.kz #012345", "{language:?}");
                assert!(words.starts_with("012345 "), "{language:?}: {words}");
                assert!(words.contains("15"), "{language:?}");
                // Two parts of a message in UCS-2.
                assert!(text.encode_utf16().count() <= 2 * 67, "{language:?}: {}", text.len());
            }
        }
    }
}
