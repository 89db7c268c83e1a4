//! Counts, shares and times in words.

use domain::Language;

use crate::page::Page;

/// «300 000», by the custom of the language; the space does not break.
#[must_use]
pub fn count(language: Language, count: u64) -> String {
    let digits = count.to_string();
    let mark = if language == Language::En { ',' } else { '\u{a0}' };
    let mut words = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            words.push(mark);
        }
        words.push(digit);
    }
    words
}

/// «99,8 %» of thousandths.
#[must_use]
pub fn share(language: Language, per_mille: u64) -> String {
    format!("{}{}{}\u{a0}%", per_mille / 10, point(language), per_mille % 10)
}

/// «3,2 s», «12 min 5 s», «26 h 3 min».
#[must_use]
pub fn time(page: &Page, ms: i64) -> String {
    let ms = ms.max(0);
    let text = |key: &str, values: &[(&str, &str)]| page.texts().with_all(key, values);
    let (seconds, minutes, hours) = (ms / 1_000, ms / 60_000, ms / 3_600_000);
    if seconds < 60 {
        let words = format!("{seconds}{}{}", point(page.language), ms % 1_000 / 100);
        return text("figures-seconds", &[("seconds", &words)]);
    }
    let of = |number: i64| number.to_string();
    if hours == 0 {
        let values = [("minutes", &*of(minutes)), ("seconds", &*of(seconds % 60))];
        return text("figures-minutes", &values);
    }
    text("figures-hours", &[("hours", &*of(hours)), ("minutes", &*of(minutes % 60))])
}

fn point(language: Language) -> char {
    if language == Language::En { '.' } else { ',' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_by_the_custom_of_the_language() {
        assert_eq!(count(Language::Kk, 300_000), "300\u{a0}000");
        assert_eq!(count(Language::En, 1_234_567), "1,234,567");
        assert_eq!((count(Language::Ru, 0), count(Language::Ru, 999)), ("0".into(), "999".into()));
        assert_eq!(share(Language::Ru, 998), "99,8\u{a0}%");
        assert_eq!(share(Language::En, 5), "0.5\u{a0}%");
    }
}
