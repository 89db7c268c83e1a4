//! The ward, and what his guardian is called on a date.
//!
//! Code on Marriage and Family, Article 1: guardianship for children under 14, custodianship from 14 to 18.
//! At 14 the guardian becomes custodian without another act, so the role follows from the ward's age on the day
//! of issue and not from the word in the act. The registry's birth date counts, not the IIN's.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Iin, PersonName};

/// What the appointed person is on the day of issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Қорғаншы, опекун: the ward is under 14.
    Guardian,
    /// Қамқоршы, попечитель: the ward is 14 or older and under 18.
    Custodian,
}

/// The data bank's own key of a ward: present even where there is no IIN.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WardId(pub String);

/// A child under guardianship or custodianship.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ward {
    /// Key in the data bank.
    pub id: WardId,
    /// Present full name.
    pub name: PersonName,
    /// IIN; children born abroad may have none.
    pub iin: Option<Iin>,
    /// Birth date as the data bank has it.
    pub birth_date: Date,
    /// Whether the ward came of full capacity before 18.
    pub full_capacity: Option<FullCapacity>,
    /// Day of death, if it is on record.
    pub died_on: Option<Date>,
}

/// Full capacity before 18.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullCapacity {
    /// By which way.
    pub reason: FullCapacityReason,
    /// First day of full capacity.
    pub from: Date,
}

/// Civil Code, Articles 17(2) and 22-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FullCapacityReason {
    /// Declared of full capacity.
    Emancipation,
    /// By marriage.
    Marriage,
}

const AGE_OF_CUSTODIANSHIP: i16 = 14;
const AGE_OF_MAJORITY: i16 = 18;

/// The day on which somebody born on `birth_date` reaches an age: the birthday itself.
///
/// Born on 29 February, in a common year: the last day of February, by analogy with Article 173 of the Civil Code
/// (a term of months that ends in a month without that day ends on its last day).
#[must_use]
pub fn age_reached_on(birth_date: Date, age_years: i16) -> Date {
    let year =
        birth_date.year().saturating_add(age_years).clamp(Date::MIN.year(), Date::MAX.year());
    Date::new(year, birth_date.month(), birth_date.day())
        .or_else(|_| Date::new(year, birth_date.month(), 28))
        .unwrap_or(birth_date)
}

/// The day on which somebody comes of age, and no certificate about him is of use any more.
#[must_use]
pub fn comes_of_age_on(birth_date: Date) -> Date {
    age_reached_on(birth_date, AGE_OF_MAJORITY)
}

/// What the guardian of this ward is called on `day`; `None` when the ward needs none any more
/// (18, emancipated, married, deceased) or was not born yet.
#[must_use]
pub fn role_on(ward: &Ward, day: Date) -> Option<Role> {
    let capable = ward.full_capacity.is_some_and(|capacity| capacity.from <= day);
    let deceased = ward.died_on.is_some_and(|died_on| died_on <= day);
    let adult = comes_of_age_on(ward.birth_date) <= day;
    if capable || deceased || adult || day < ward.birth_date {
        None
    } else if age_reached_on(ward.birth_date, AGE_OF_CUSTODIANSHIP) <= day {
        Some(Role::Custodian)
    } else {
        Some(Role::Guardian)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn ward_born(birth_date: Date) -> Ward {
        let name = PersonName::parse("Үсенова", "Іңкәр", "").unwrap();
        let id = WardId("w1".into());
        Ward { id, name, iin: None, birth_date, full_capacity: None, died_on: None }
    }

    #[test]
    fn the_role_changes_on_the_fourteenth_and_ends_on_the_eighteenth_birthday() {
        let ward = ward_born(date(2012, 11, 23));
        assert_eq!(role_on(&ward, date(2012, 11, 22)), None);
        assert_eq!(role_on(&ward, date(2012, 11, 23)), Some(Role::Guardian));
        assert_eq!(role_on(&ward, date(2026, 11, 22)), Some(Role::Guardian));
        assert_eq!(role_on(&ward, date(2026, 11, 23)), Some(Role::Custodian));
        assert_eq!(role_on(&ward, date(2030, 11, 22)), Some(Role::Custodian));
        assert_eq!(role_on(&ward, date(2030, 11, 23)), None);
    }

    #[test]
    fn born_on_the_leap_day_one_comes_of_age_on_the_last_day_of_february() {
        let ward = ward_born(date(2012, 2, 29));
        assert_eq!(age_reached_on(ward.birth_date, 14), date(2026, 2, 28));
        assert_eq!(role_on(&ward, date(2026, 2, 27)), Some(Role::Guardian));
        assert_eq!(role_on(&ward, date(2026, 2, 28)), Some(Role::Custodian));
        assert_eq!(age_reached_on(ward.birth_date, 16), date(2028, 2, 29));
        assert_eq!(age_reached_on(ward.birth_date, 18), date(2030, 2, 28));
    }

    #[test]
    fn emancipation_marriage_and_death_end_the_role_on_their_day() {
        for reason in [FullCapacityReason::Emancipation, FullCapacityReason::Marriage] {
            let from = date(2026, 5, 1);
            let ward = Ward {
                full_capacity: Some(FullCapacity { reason, from }),
                ..ward_born(date(2010, 1, 1))
            };
            assert_eq!(role_on(&ward, date(2026, 4, 30)), Some(Role::Custodian));
            assert_eq!(role_on(&ward, from), None);
        }
        let ward = Ward { died_on: Some(date(2026, 5, 1)), ..ward_born(date(2020, 1, 1)) };
        assert_eq!(role_on(&ward, date(2026, 4, 30)), Some(Role::Guardian));
        assert_eq!(role_on(&ward, date(2026, 5, 1)), None);
    }
}
