//! A refused person's request that a department enter or repair his record, and its answer.
//!
//! Values only. Read next: `record_desk.rs`, which keeps them.

use domain::{Iin, Kato, Number};
use jiff::Timestamp;
use jiff::civil::Date;

/// How a department answers a request to repair a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepairOutcome {
    /// The record is entered or repaired.
    Entered,
    /// The department has no such act.
    NoActFound,
}

impl RepairOutcome {
    /// Every outcome.
    pub const ALL: [Self; 2] = [Self::Entered, Self::NoActFound];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::NoActFound => "no_act_found",
        }
    }

    /// The outcome of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// The answer to a request to repair a record.
#[derive(Clone, PartialEq, Eq)]
pub struct RepairAnswer {
    /// What came of it.
    pub outcome: RepairOutcome,
    /// When.
    pub at: Timestamp,
    /// Who answered; `None` where an import did.
    pub officer: Option<Iin>,
    /// In the officer's words.
    pub words: String,
}

/// A refused person's request that a department enter or repair his record. One for each refused request.
#[derive(Clone, PartialEq, Eq)]
pub struct RepairRequest {
    /// The refused request.
    pub number: Number,
    /// Whose record.
    pub applicant: Iin,
    /// Today's successor of the office that made the act, as far as that is known.
    pub provider: Kato,
    /// When it was asked for.
    pub opened_at: Timestamp,
    /// Number of the act, if the person told it.
    pub act_number: Option<String>,
    /// Date of the act, if the person told it.
    pub act_date: Option<Date>,
    /// The answer, once there is one.
    pub answer: Option<RepairAnswer>,
}

/// How far the people whose records were repaired have been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepairMark {
    /// The last import that was looked through.
    pub import: i64,
    /// Until when refusals were looked through.
    pub refused_until: Timestamp,
}
