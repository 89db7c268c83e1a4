//! Synthetic people: a population of guardians and wards for the data bank, and the demo people, one for each
//! situation the law knows, each with the outcome it expects.
//!
//! The same seed and day give the same people. Nobody here exists: numbers are drawn, names are combined.
//! Knows nothing of files, keys or the service. Read next: `demo.rs` for the situations, `population.rs` for the rest.

mod acts;
mod cast;
mod demo;
mod dice;
mod names;
mod numbers;
mod places;
mod population;
mod situations;

use domain::{
    AccountingStatus, Guardian, GuardianRecord, IdentifierError, Iin, KatoError, NameError,
};
use jiff::civil::Date;

pub use demo::{Ask, AskedWards, DemoPerson, Expected, KeyKind, Text};
pub use places::PROVIDER_KATO;
pub use situations::REFUSES_BY_TELEPHONE;
pub use staff::{DemoMember, DemoWorkplace};

/// How many guardianships a demo has unless told otherwise.
pub const GUARDIANSHIPS: usize = 2_000;

/// Why no people could be made: a table in this module contradicts the domain's rules.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// A name of the tables is no name.
    #[error("a name of the tables is none: {0}")]
    Name(#[from] NameError),
    /// A provider's code is none.
    #[error("a provider's code is none: {0}")]
    Kato(#[from] KatoError),
    /// No identification number is left for a day.
    #[error("no identification number can be made: {0}")]
    Number(#[from] IdentifierError),
    /// A date left the calendar.
    #[error("a date lies outside the calendar: {0}")]
    Calendar(#[from] jiff::Error),
}

/// One line of the data bank: one placement of one ward with one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankRecord {
    /// The person.
    pub guardian: Guardian,
    /// His accounting status, which decides nothing.
    pub accounting: AccountingStatus,
    /// Ward and placement.
    pub ward: domain::WardRecord,
    /// Number of the ward's birth record or foreign document.
    pub ward_birth_act: Option<String>,
}

/// Everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// The people the demo shows, in the order to show them.
    pub demo: Vec<DemoPerson>,
    /// The people who serve.
    pub staff: Vec<DemoMember>,
    /// The content of the data bank, theirs first.
    pub records: Vec<BankRecord>,
}

impl Population {
    /// What the data bank knows about a person; `None` where it knows nothing.
    #[must_use]
    pub fn record_of(&self, guardian: Iin) -> Option<GuardianRecord> {
        let mut his = self.records.iter().filter(|one| one.guardian.iin == guardian).peekable();
        let first = his.peek()?;
        Some(GuardianRecord {
            by_register: Vec::new(),
            guardian: first.guardian.clone(),
            accounting: first.accounting,
            wards: his.map(|one| one.ward.clone()).collect(),
        })
    }
}

/// Makes the demo people and a population around them with at least `guardianships` guardianships or custodianships.
/// `today` is the day on which the situations hold.
///
/// # Errors
/// [`PeopleError`].
pub fn population(seed: u64, today: Date, guardianships: usize) -> Result<Population, PeopleError> {
    let mut numbers = numbers::Numbers::default();
    let (demo, mut records) = demo::everybody(&mut numbers, today)?;
    let staff = staff::staff(&mut numbers)?;
    let mut crowd = population::Crowd::new(seed, today, numbers);
    crowd.grow(guardianships)?;
    records.append(&mut crowd.records);
    Ok(Population { demo, staff, records })
}

mod staff;
#[cfg(test)]
mod tests;
