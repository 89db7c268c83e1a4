//! Which language a reader gets: the one in the address, else the one his browser prefers, else Kazakh.

use axum::http::{HeaderMap, header};
use domain::Language;

/// The language in the first part of an address.
#[must_use]
pub fn language_of_path(path: &str) -> Option<Language> {
    Language::parse(path.trim_start_matches('/').split('/').next()?)
}

/// An address without its language: the place the language switch keeps.
#[must_use]
pub fn place_of_path(path: &str) -> &str {
    match language_of_path(path) {
        Some(language) => path.get(1 + language.code().len()..).unwrap_or_default(),
        None => "",
    }
}

/// The best of our languages by `Accept-Language`; Kazakh where the reader names none of them.
#[must_use]
pub fn preferred(headers: &HeaderMap) -> Language {
    let list = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut best: Option<(f32, Language)> = None;
    for item in list.unwrap_or_default().split(',') {
        let mut parts = item.split(';');
        let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let quality = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok());
        let quality: f32 = quality.unwrap_or(1.0);
        let language = tag.split('-').next().and_then(Language::parse);
        if let Some(language) = language
            && quality > 0.0
            && best.is_none_or(|(found, _)| quality > found)
        {
            best = Some((quality, language));
        }
    }
    best.map_or(Language::Kk, |(_, language)| language)
}

/// An address inside the portal to go on to after signing in: plain characters only, so that it can lead nowhere else.
#[must_use]
pub fn safe_place(place: &str) -> Option<&str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
    let is_ours = place.starts_with('/') && !place.contains("//") && place.len() <= 200;
    (is_ours && place.chars().all(is_plain)).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(list: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, list.parse().unwrap());
        preferred(&headers)
    }

    #[test]
    fn kazakh_is_the_language_of_whoever_names_none_of_ours() {
        assert_eq!(preferred(&HeaderMap::new()), Language::Kk);
        assert_eq!(accepting("de-DE,fr;q=0.8"), Language::Kk);
        assert_eq!(accepting("*"), Language::Kk);
        assert_eq!(accepting("ru-RU,ru;q=0.9,en;q=0.8"), Language::Ru);
        assert_eq!(accepting("en;q=0.5, kk-KZ;q=0.9"), Language::Kk);
        assert_eq!(accepting("ru;q=0, en;q=0.1"), Language::En);
        assert_eq!(accepting("de, en-GB;q=x"), Language::En);
    }

    #[test]
    fn the_place_is_the_address_without_its_language() {
        assert_eq!(place_of_path("/kk/requests/S-1"), "/requests/S-1");
        assert_eq!(place_of_path("/ru"), "");
        assert_eq!(place_of_path("/nowhere"), "");
    }

    #[test]
    fn nobody_is_led_out_of_the_portal_after_signing_in() {
        assert_eq!(safe_place("/requests/S-2345-6789-A"), Some("/requests/S-2345-6789-A"));
        for bad in ["//evil.kz", "https://evil.kz", "/a//b", "/\\evil", "/a?b", "", "evil"] {
            assert_eq!(safe_place(bad), None, "{bad}");
        }
    }
}
