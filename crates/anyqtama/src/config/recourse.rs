//! What reviews and complaints are counted and addressed by: the calendar of working days (TOML), the term of a review, the
//! authority of quality control.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use domain::{Bilingual, Bin, CalendarYear, FixedHoliday, Kato, Provider, WorkingDays};
use serde::{Deserialize, Serialize};

/// The calendar that comes with the program.
const CALENDAR: &str = include_str!("../../../../data/working-days.toml");
/// Longer than any body of the law has, a review may not take.
const REVIEW_DAYS_MAX: u8 = 15;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    fixed: Vec<FixedHoliday>,
    #[serde(default)]
    year: Vec<CalendarYear>,
}

/// The authority for assessment and control of the quality of state services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityControlConfig {
    /// Its name.
    pub name: Bilingual,
    /// Its BIN.
    pub bin: String,
    /// Where to write.
    pub address: Bilingual,
    /// Telephone.
    pub phone: String,
    /// A KATO code of its own, which is no provider's; a seal of its own is called by it.
    pub kato: String,
}

impl QualityControlConfig {
    /// As answers name it.
    pub fn provider(&self) -> Result<Provider> {
        Ok(Provider {
            kato: Kato::parse(&self.kato).context("service.quality_control.kato")?,
            bin: Bin::parse(&self.bin).context("service.quality_control.bin")?,
            name: self.name.clone(),
            address: self.address.clone(),
            phone: self.phone.clone(),
            head: None,
            email: None,
            hours: None,
        })
    }
}

/// The calendar of a file; without one the program's own.
pub fn working_days(file: Option<&Path>) -> Result<WorkingDays> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?,
        None => CALENDAR.to_owned(),
    };
    let file: File = toml::from_str(&text).context("the calendar of working days")?;
    WorkingDays::new(file.fixed, file.year).context("the calendar of working days")
}

/// Working days a reviewer has.
pub fn review_days(days: u8) -> Result<u8> {
    ensure!(
        (1..=REVIEW_DAYS_MAX).contains(&days),
        "service.review_working_days must be 1 to {REVIEW_DAYS_MAX}"
    );
    Ok(days)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// What the law says of itself, and what the calendars of two years add to it.
    #[test]
    fn the_programs_calendar_is_the_rule_and_what_was_moved() {
        let calendar = working_days(None).unwrap();
        let file: File = toml::from_str(CALENDAR).unwrap();
        let rule = WorkingDays::new(file.fixed, Vec::new()).unwrap();
        let moved = [date(2025, 1, 3), date(2025, 1, 5), date(2025, 6, 6), date(2026, 5, 27)];
        let mut day = date(2025, 1, 1);
        while day < date(2027, 1, 1) {
            let differs = calendar.is_working(day) != rule.is_working(day);
            assert_eq!(differs, moved.contains(&day), "{day}");
            day = day.tomorrow().unwrap();
        }
        assert!(calendar.knows(2025) && calendar.knows(2026) && !calendar.knows(2027));
    }

    #[test]
    fn a_calendar_with_a_mistake_and_a_term_out_of_bounds_are_refused() {
        assert!(working_days(Some(Path::new("/nowhere"))).is_err());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("days.toml");
        for mistake in
            ["", "fixed = [{ month = 13, day = 1, moves = true }]", "fixed = []\nyears = []"]
        {
            std::fs::write(&path, mistake).unwrap();
            assert!(working_days(Some(&path)).is_err(), "{mistake}");
        }
        assert!(review_days(0).is_err() && review_days(16).is_err() && review_days(5).is_ok());
    }
}
