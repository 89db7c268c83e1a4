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

    /// Whether it has begun and not ended on `day`; on the day of its end it is no more.
    #[must_use]
    pub fn is_current_on(&self, day: Date) -> bool {
        self.start <= day && self.end.as_ref().is_none_or(|end| day < end.on)
    }
}
