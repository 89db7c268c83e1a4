//! The words of a message, in the person's language, and its last line, by which browsers know whose password it is and
//! for which site (origin-bound one-time codes): `@example.kz #123456`.

use domain::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::{LanguageIdentifier, langid};

use crate::ports::PasswordPurpose;

struct Texts(FluentBundle<FluentResource>);

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

impl Texts {
    /// Broken lines of a resource are left out; the test below proves that none is.
    fn load(language: LanguageIdentifier, source: &str) -> Self {
        let resource = match FluentResource::try_new(source.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self(bundle)
    }

    fn line(&self, purpose: PasswordPurpose, digits: &str) -> String {
        let key = match purpose {
            PasswordPurpose::Request => "request",
            PasswordPurpose::SignIn => "sign-in",
        };
        let mut arguments = FluentArgs::new();
        arguments.set("password", digits.to_owned());
        let pattern = self.0.get_message(key).and_then(|message| message.value());
        pattern.map_or_else(String::new, |pattern| {
            self.0.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
        })
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
        let texts = match language {
            Language::Kk => &self.kk,
            Language::Ru => &self.ru,
            Language::En => &self.en,
        };
        format!("{}\n\n@{} #{digits}", texts.line(purpose, digits), host_of(public_url))
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
