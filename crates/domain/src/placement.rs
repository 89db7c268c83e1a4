//! How a child was placed with somebody: the form, the act, its beginning and end.
//!
//! Only guardianship and custodianship give this certificate; patronage, foster and guest families and adoption
//! are other forms with papers of their own. When a record contradicts itself it is a fault of the data for a
//! person to repair, never a ground for refusal.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Kato;

/// The form in which a child was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormOfPlacement {
    /// Қорғаншылық немесе қамқоршылық: which of the two follows from age.
    Guardianship,
    /// Патронаттық тәрбие: by contract.
    Patronage,
    /// Қабылдаушы отбасы.
    FosterFamily,
    /// Кәсіби қабылдаушы отбасы (since 2025).
    ProfessionalFosterFamily,
    /// Қонақ отбасы.
    GuestFamily,
    /// Асырап алу; secret by law.
    Adoption,
}

impl FormOfPlacement {
    /// Every form, for tables and templates.
    pub const ALL: [Self; 6] = [
        Self::Guardianship,
        Self::Patronage,
        Self::FosterFamily,
        Self::ProfessionalFosterFamily,
        Self::GuestFamily,
        Self::Adoption,
    ];

    /// Whether this form is certified by the service.
    #[must_use]
    pub fn gives_certificate(self) -> bool {
        match self {
            Self::Guardianship => true,
            Self::Patronage
            | Self::FosterFamily
            | Self::ProfessionalFosterFamily
            | Self::GuestFamily
            | Self::Adoption => false,
        }
    }
}

/// What the appointing paper is called; it changed over the years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Бұйрық, приказ: of the education department, today's form.
    Order,
    /// Шешім, решение: of the akim.
    Decision,
    /// Қаулы, постановление: of the akimat.
    Resolution,
}

/// The original act, as printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Kind of paper.
    pub kind: ActKind,
    /// Number as printed.
    pub number: String,
    /// Date of the act.
    pub date: Date,
    /// The body that made it, with its name of that day.
    pub issuer: String,
}

/// The inventory of the ward's property; without one the certificate says nothing about property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyInventory {
    /// Number of the file that holds it.
    pub file_number: String,
    /// Sheets.
    pub sheets: u32,
}

/// The end of a placement. The reason never leaves the department: it may be an adoption, a death, a removal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndOfPlacement {
    /// First day on which the placement is no more.
    pub on: Date,
    /// Reason, for the department only.
    pub reason: String,
}

impl std::fmt::Debug for EndOfPlacement {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "EndOfPlacement({}, •••)", self.on)
    }
}

/// One placement of one ward with one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Form.
    pub form: FormOfPlacement,
    /// The act.
    pub act: Act,
    /// First day.
    pub start: Date,
    /// End, if it ended.
    pub end: Option<EndOfPlacement>,
    /// Property inventory, if there is one.
    pub inventory: Option<PropertyInventory>,
    /// Territory of the department that keeps the record today.
    pub provider: Kato,
}

/// A record that contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacementFault {
    /// Ended before it began.
    EndBeforeStart,
    /// Begins after today.
    StartInFuture,
}

impl Placement {
    /// What contradicts itself in this record on `day`, if anything.
    #[must_use]
    pub fn fault_on(&self, day: Date) -> Option<PlacementFault> {
        if self.end.as_ref().is_some_and(|end| end.on < self.start) {
            Some(PlacementFault::EndBeforeStart)
        } else if day < self.start {
            Some(PlacementFault::StartInFuture)
        } else {
            None
        }
    }

    /// Whether it ended on its first day, so that it was in force on no day: a record that was entered in error is ended so.
    #[must_use]
    pub fn was_never_in_force(&self) -> bool {
        self.end.as_ref().is_some_and(|end| end.on == self.start)
    }

    /// Whether it has begun and not ended on `day`; on the day of its end it is no more.
    #[must_use]
    pub fn is_current_on(&self, day: Date) -> bool {
        self.start <= day && self.end.as_ref().is_none_or(|end| day < end.on)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn what_ended_on_its_first_day_was_in_force_on_no_day() {
        let start = date(2020, 3, 2);
        let end = |on| EndOfPlacement { on, reason: "қате енгізілген".to_owned() };
        let act = Act {
            kind: ActKind::Order,
            number: "1".to_owned(),
            date: start,
            issuer: "бөлім".to_owned(),
        };
        let mut placement = Placement {
            form: FormOfPlacement::Guardianship,
            act,
            start,
            end: None,
            inventory: None,
            provider: Kato::parse("710000000").unwrap(),
        };
        assert!(!placement.was_never_in_force());
        let next = start.tomorrow().unwrap();
        for (on, is_void) in [(next, false), (start, true)] {
            placement.end = Some(end(on));
            assert_eq!(placement.was_never_in_force(), is_void);
            assert_eq!(placement.is_current_on(start), !is_void);
            assert_eq!(placement.fault_on(next), None);
        }
    }
}
