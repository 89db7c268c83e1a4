//! The texts of one language, kept as a Fluent resource beside the code. Knows no text. Read next: `statement.rs`,
//! `one_time_password/texts.rs`.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

/// The texts of one language.
pub(crate) struct Texts(FluentBundle<FluentResource>);

impl Texts {
    /// Broken lines of a resource are left out; the tests of those who load one prove that none is.
    pub(crate) fn load(language: LanguageIdentifier, source: &str) -> Self {
        let resource = match FluentResource::try_new(source.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self(bundle)
    }

    /// A text with its arguments.
    pub(crate) fn text(&self, key: &str, arguments: &FluentArgs<'_>) -> String {
        let pattern = self.0.get_message(key).and_then(|message| message.value());
        pattern.map_or_else(String::new, |pattern| {
            self.0.format_pattern(pattern, Some(arguments), &mut Vec::new()).into_owned()
        })
    }
}
