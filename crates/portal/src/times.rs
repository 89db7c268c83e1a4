//! Dates and moments in words, always on the clocks of Kazakhstan and with the zone named.
//!
//! Knows no clock. Read next: `domain::astana_time`.

use domain::astana_time;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::texts::Texts;

/// «23 November 2026».
#[must_use]
pub fn date_words(texts: &Texts, date: Date) -> String {
    let month = texts.text(&format!("month-{}", date.month()));
    let (day, year) = (date.day().to_string(), date.year().to_string());
    texts.with_all("date-words", &[("day", &day), ("month", &month), ("year", &year)])
}

/// «23 November 2026, 15:30 (Astana time, UTC+5)».
#[must_use]
pub fn moment_words(texts: &Texts, moment: Timestamp) -> String {
    let local = astana_time(moment);
    let time = clock_words(moment);
    let date = date_words(texts, local.date());
    texts.with_all("moment-words", &[("date", &date), ("time", &time)])
}

/// «15:30».
#[must_use]
pub fn clock_words(moment: Timestamp) -> String {
    let local = astana_time(moment);
    format!("{:02}:{:02}", local.hour(), local.minute())
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;
    use crate::texts::texts;

    #[test]
    fn a_moment_is_told_in_astana_time_with_its_zone() {
        let moment: Timestamp = "2026-11-23T20:05:00Z".parse().unwrap();
        for (language, expected) in [
            (Language::Kk, "2026 жылғы 24 қараша, 01:05 (Астана уақыты, UTC+5)"),
            (Language::Ru, "24 ноября 2026 года, 01:05 (время Астаны, UTC+5)"),
            (Language::En, "24 November 2026, 01:05 (Astana time, UTC+5)"),
        ] {
            assert_eq!(moment_words(texts(language), moment), expected);
        }
    }
}
