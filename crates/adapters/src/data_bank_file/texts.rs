//! The sentences about files, loaded from `texts/*.ftl` into the binary.
//!
//! Read next: `fault.rs` for messages, `template.rs` for instructions.

use std::sync::LazyLock;

use domain::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::{LanguageIdentifier, langid};

pub(super) type Bundle = FluentBundle<FluentResource>;

macro_rules! bundle {
    ($name:ident, $language:literal, $file:literal) => {
        static $name: LazyLock<Bundle> = LazyLock::new(|| {
            load(langid!($language), include_str!(concat!("../../texts/", $file)))
        });
    };
}

bundle!(FAULTS_KK, "kk", "data_bank_file.kk.ftl");
bundle!(FAULTS_RU, "ru", "data_bank_file.ru.ftl");
bundle!(FAULTS_EN, "en", "data_bank_file.en.ftl");
bundle!(TEMPLATE_KK, "kk", "data_bank_template.kk.ftl");
bundle!(TEMPLATE_RU, "ru", "data_bank_template.ru.ftl");

fn load(language: LanguageIdentifier, text: &str) -> Bundle {
    // What of a broken text could be read is kept; the tests prove that all of them are whole.
    let resource = match FluentResource::try_new(text.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

/// Messages about faults.
pub(super) fn faults(language: Language) -> &'static Bundle {
    match language {
        Language::Kk => &FAULTS_KK,
        Language::Ru => &FAULTS_RU,
        Language::En => &FAULTS_EN,
    }
}

/// The template's instructions, in the two languages of official papers.
pub(super) fn instructions() -> [&'static Bundle; 2] {
    [&TEMPLATE_KK, &TEMPLATE_RU]
}

/// The text of a key, or the key itself: a missing sentence must not hide the fault.
pub(super) fn format(
    bundle: &Bundle,
    key: &str,
    attribute: Option<&str>,
    args: &FluentArgs<'_>,
) -> String {
    let pattern = bundle.get_message(key).and_then(|message| match attribute {
        None => message.value(),
        Some(name) => message.get_attribute(name).map(|attribute| attribute.value()),
    });
    pattern.map_or_else(
        || key.to_owned(),
        |pattern| bundle.format_pattern(pattern, Some(args), &mut Vec::new()).into_owned(),
    )
}
