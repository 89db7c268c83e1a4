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

/// «23 November 2026, 15:30 to 16:30 (Astana time, UTC+5)»; with both dates where they differ.
#[must_use]
pub fn period_words(texts: &Texts, from: Timestamp, to: Timestamp) -> String {
    let (first, last) = (astana_time(from).date(), astana_time(to).date());
    let (from, to) = (clock_words(from), clock_words(to));
    let date = date_words(texts, first);
    if first == last {
        return texts.with_all("period-day", &[("date", &date), ("from", &from), ("to", &to)]);
    }
    let last_date = date_words(texts, last);
    let values = [("date", &*date), ("from", &*from), ("last_date", &*last_date), ("to", &*to)];
    texts.with_all("period-days", &values)
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

    #[test]
    fn a_period_names_its_day_once_and_both_where_it_passes_midnight() {
        let moment = |text: &str| text.parse::<Timestamp>().unwrap();
        let (from, to) = (moment("2026-11-23T17:00:00Z"), moment("2026-11-23T18:30:00Z"));
        for (language, expected) in [
            (Language::Kk, "2026 жылғы 23 қараша, 22:00–23:30 (Астана уақыты, UTC+5)"),
            (Language::Ru, "23 ноября 2026 года, с 22:00 до 23:30 (время Астаны, UTC+5)"),
            (Language::En, "23 November 2026, from 22:00 to 23:30 (Astana time, UTC+5)"),
        ] {
            assert_eq!(period_words(texts(language), from, to), expected);
        }
        let words = period_words(texts(Language::En), from, moment("2026-11-23T19:30:00Z"));
        let expected = "from 23 November 2026, 22:00 to 24 November 2026, 00:30";
        assert!(words.starts_with(expected), "{words}");
    }
}
