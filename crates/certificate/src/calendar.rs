//! Dates as official papers write them: «2026 жылғы 23 қараша», «23 ноября 2026 года», and moments of Astana.

use domain::{Bilingual, Language, astana_time};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::form::{Calendar, CommonForm, MissingValue, Values};

impl CommonForm {
    /// A date in both languages.
    pub(crate) fn date(&self, date: Date) -> Result<Bilingual, MissingValue> {
        Ok(Bilingual {
            kk: written(&self.kk, &self.kk.date, date, Language::Kk)?,
            ru: written(&self.ru, &self.ru.date, date, Language::Ru)?,
        })
    }

    /// «2019 жылғы 5 мамырдағы», of that date; in Russian the plain date serves.
    pub(crate) fn date_of(&self, date: Date) -> Result<Bilingual, MissingValue> {
        let kk = self.kk.date_of.as_ref().unwrap_or(&self.kk.date);
        let ru = self.ru.date_of.as_ref().unwrap_or(&self.ru.date);
        Ok(Bilingual {
            kk: written(&self.kk, kk, date, Language::Kk)?,
            ru: written(&self.ru, ru, date, Language::Ru)?,
        })
    }

    /// A moment to the minute by the clock of Astana, saying so.
    pub(crate) fn moment(&self, moment: Timestamp) -> Result<Bilingual, MissingValue> {
        self.told(moment, &self.kk.moment, &self.ru.moment)
    }

    /// The same without naming the clock, beside a text that names it.
    pub(crate) fn instant(&self, moment: Timestamp) -> Result<Bilingual, MissingValue> {
        self.told(moment, &self.kk.instant, &self.ru.instant)
    }

    fn told(&self, moment: Timestamp, kk: &str, ru: &str) -> Result<Bilingual, MissingValue> {
        let time = astana_time(moment);
        let mut values = Values::default();
        values.put("date", self.date(time.date())?);
        values.put_same("time", &format!("{:02}:{:02}", time.hour(), time.minute()));
        values.fill(&Bilingual { kk: kk.to_owned(), ru: ru.to_owned() })
    }
}

fn written(
    calendar: &Calendar,
    template: &str,
    date: Date,
    language: Language,
) -> Result<String, MissingValue> {
    let month = usize::from(date.month().unsigned_abs()).saturating_sub(1);
    let mut values = Values::default();
    values.put_same("year", &date.year().to_string());
    values.put_same("day", &date.day().to_string());
    values.put_same("month", calendar.months.get(month).map_or("", String::as_str));
    let months_of = calendar.months_of.as_ref();
    values.put_same(
        "month_of",
        months_of.and_then(|months| months.get(month)).map_or("", String::as_str),
    );
    values.fill_one(template, language)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::form::Forms;

    #[test]
    fn dates_are_written_as_official_papers_write_them() {
        let common = Forms::embedded().unwrap().common;
        let november = common.date(date(2026, 11, 23)).unwrap();
        assert_eq!(november.kk, "2026 жылғы 23 қараша");
        assert_eq!(november.ru, "23 ноября 2026 года");
        let january = common.date(date(2014, 1, 5)).unwrap();
        assert_eq!(
            (january.kk.as_str(), january.ru.as_str()),
            ("2014 жылғы 5 қаңтар", "5 января 2014 года")
        );
        let december = common.date(date(2008, 12, 31)).unwrap();
        assert_eq!(december.kk, "2008 жылғы 31 желтоқсан");
        assert_eq!(december.ru, "31 декабря 2008 года");
    }

    #[test]
    fn the_kazakh_of_form_follows_the_sounds_of_the_month() {
        let common = Forms::embedded().unwrap().common;
        for (month, expected) in
            [(3, "наурыздағы"), (4, "сәуірдегі"), (9, "қыркүйектегі"), (7, "шілдедегі")]
        {
            let written = common.date_of(date(2019, month, 5)).unwrap().kk;
            assert_eq!(written, format!("2019 жылғы 5 {expected}"));
        }
    }

    #[test]
    fn a_moment_is_told_by_the_clock_of_astana() {
        let common = Forms::embedded().unwrap().common;
        let moment = common.moment("2026-11-23T19:05:59Z".parse().unwrap()).unwrap();
        assert_eq!(moment.kk, "2026 жылғы 24 қараша, сағат 00:05, Астана уақыты (UTC+5)");
        assert_eq!(moment.ru, "24 ноября 2026 года, 00:05, время Астаны (UTC+5)");
    }
}
