//! What the decision is made from, and the three-way answer of everything that lies outside.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Consents, Iin, PersonName, Placement, RegisterChange, Ward};

/// The answer of a source. A fault of the source is never the absence of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer<T> {
    /// The source answered and has it.
    Known(T),
    /// The source answered authoritatively and has nothing.
    Absent,
    /// The source did not answer, or not in a form to rely on.
    Unavailable,
}

/// A guardian or custodian as the data bank knows him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guardian {
    /// IIN.
    pub iin: Iin,
    /// Present full name.
    pub name: PersonName,
    /// Birth date.
    pub birth_date: Date,
    /// Address as recorded.
    pub address: String,
}

/// The data bank's accounting of a person who wished to take a child. By Article 118-4 of the Code on Marriage and
/// Family accounting *ends* when a child is placed with him, so it says nothing about guardianship and no decision
/// may look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountingStatus {
    /// Waits for a child.
    Active,
    /// Ended, commonly because a child was placed.
    Ended,
    /// Never on account, as relatives often are.
    None,
}

/// One ward with one placement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WardRecord {
    /// The child.
    pub ward: Ward,
    /// The placement.
    pub placement: Placement,
}

/// Everything the data bank has about one person as guardian or custodian, in any accounting status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardianRecord {
    /// The person.
    pub guardian: Guardian,
    /// Accounting status; see [`AccountingStatus`].
    pub accounting: AccountingStatus,
    /// All placements, current and ended.
    pub wards: Vec<WardRecord>,
    /// What in all this is by the register of natural persons and not by the data bank; empty where it was not asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_register: Vec<RegisterChange>,
}

/// All that a decision may look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Answer about consent.
    pub consent: Answer<Consents>,
    /// Answer of the data bank; `None` while it was not asked, which needs consent.
    pub data_bank: Option<Answer<GuardianRecord>>,
    /// When the data bank answered.
    pub data_bank_asked_at: Option<Timestamp>,
}
