//! Versions of the forms that documents are written by: proposed by one administrator, released by another, never changed.
//!
//! A part of the store; each method is one transaction. What words may stand in a form, `form_maker.rs` asks. Read next:
//! `../forms.rs`.

use std::fmt;

use async_trait::async_trait;
use domain::{FormVersion, FormWording, Iin};
use jiff::Timestamp;

use super::evidence::Fields;
use super::records::Hidden;
use super::store::StoreError;
use crate::audit::AuditEvent;
use crate::evidence::stored_json;

/// Random; stands in addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FormId(pub String);

/// Words that somebody would have in all forms.
#[derive(Clone, PartialEq, Eq)]
pub struct FormProposal {
    /// Identifier.
    pub id: FormId,
    /// The version whose words were changed.
    pub based_on: FormVersion,
    /// All words, the unchanged ones too.
    pub wording: FormWording,
    /// The act by which what the law prescribes reads otherwise now; empty where nothing of that is changed.
    pub basis: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub proposed_by: Iin,
    /// His name, as it was then.
    pub proposed_name: String,
    /// When.
    pub proposed_at: Timestamp,
}

impl fmt::Debug for FormProposal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FormProposal")
            .field("id", &self.id)
            .field("based_on", &self.based_on)
            .field("proposed_by", &Hidden)
            .finish_non_exhaustive()
    }
}

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormOutcome {
    /// Documents decided from a moment on are written by it.
    Released {
        /// Its number, from 1.
        number: u32,
        /// That moment.
        effective_from: Timestamp,
    },
    /// Not released, by another administrator.
    TurnedDown,
    /// Taken back by whoever proposed it.
    Withdrawn,
}

impl FormOutcome {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Released { .. } => "released",
            Self::TurnedDown => "turned_down",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Number and first moment (epoch milliseconds), as they stand in the columns.
    #[must_use]
    pub fn columns(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::Released { number, effective_from } => {
                (Some(number.into()), Some(effective_from.as_millisecond()))
            }
            Self::TurnedDown | Self::Withdrawn => (None, None),
        }
    }

    /// The outcome of a word with its columns.
    #[must_use]
    pub fn parse(code: &str, number: Option<i64>, effective_from: Option<i64>) -> Option<Self> {
        match (code, number, effective_from) {
            ("released", Some(number), Some(from)) => Some(Self::Released {
                number: u32::try_from(number).ok()?,
                effective_from: Timestamp::from_millisecond(from).ok()?,
            }),
            ("turned_down", None, None) => Some(Self::TurnedDown),
            ("withdrawn", None, None) => Some(Self::Withdrawn),
            _ => None,
        }
    }
}

/// The end of a proposal.
#[derive(Clone, PartialEq, Eq)]
pub struct FormEnd {
    /// Which.
    pub id: FormId,
    /// Who proposed it: never who releases it.
    pub proposed_by: Iin,
    /// What became of it.
    pub outcome: FormOutcome,
    /// Why it was turned down; else empty.
    pub words: String,
    /// Who ended it.
    pub by: Iin,
    /// His name, as it was then.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

impl fmt::Debug for FormEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FormEnd")
            .field("id", &self.id)
            .field("outcome", &self.outcome)
            .field("by", &Hidden)
            .finish_non_exhaustive()
    }
}

/// A proposal and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredForm {
    /// What was proposed.
    pub proposal: FormProposal,
    /// `None` while it is open.
    pub end: Option<FormEnd>,
}

impl StoredForm {
    /// Number and first moment, where it was released.
    #[must_use]
    pub fn released(&self) -> Option<(u32, Timestamp)> {
        match self.end.as_ref()?.outcome {
            FormOutcome::Released { number, effective_from } => Some((number, effective_from)),
            FormOutcome::TurnedDown | FormOutcome::Withdrawn => None,
        }
    }
}

/// A proposal as it stands in the columns.
pub struct FormColumns<'a> {
    /// Identifier.
    pub id: &'a str,
    /// Word of the version it was made of.
    pub based_on: &'a str,
    /// The words as JSON.
    pub wording: &'a str,
    /// Act of law.
    pub basis: &'a str,
    /// Why.
    pub reason: &'a str,
    /// IIN.
    pub proposed_by: &'a str,
    /// Name.
    pub proposed_name: &'a str,
    /// Epoch milliseconds.
    pub proposed_at: i64,
}

impl FormColumns<'_> {
    /// For the journal's row.
    #[must_use]
    pub fn digest(&self) -> String {
        Fields::default()
            .text(self.id)
            .text(self.based_on)
            .text(self.wording)
            .text(self.basis)
            .text(self.reason)
            .text(self.proposed_by)
            .text(self.proposed_name)
            .integer(self.proposed_at)
            .digest()
    }
}

/// The end of a proposal as it stands in the columns.
pub struct FormEndColumns<'a> {
    /// Identifier of the proposal.
    pub id: &'a str,
    /// IIN of who proposed it.
    pub proposed_by: &'a str,
    /// Word of the outcome.
    pub outcome: &'a str,
    /// Number of the version.
    pub number: Option<i64>,
    /// Epoch milliseconds.
    pub effective_from: Option<i64>,
    /// Why it was turned down.
    pub words: &'a str,
    /// IIN of who ended it.
    pub ended_by: &'a str,
    /// His name.
    pub ended_name: &'a str,
    /// Epoch milliseconds.
    pub ended_at: i64,
}

impl FormEndColumns<'_> {
    /// For the journal's row.
    #[must_use]
    pub fn digest(&self) -> String {
        let start = Fields::default().text(self.id).text(self.proposed_by).text(self.outcome);
        let add = |fields: Fields, one: Option<i64>| match one {
            Some(value) => fields.integer(1).integer(value),
            None => fields.integer(0),
        };
        let released = [self.number, self.effective_from].into_iter().fold(start, add);
        released
            .text(self.words)
            .text(self.ended_by)
            .text(self.ended_name)
            .integer(self.ended_at)
            .digest()
    }
}

impl FormProposal {
    /// For the journal's row.
    ///
    /// # Errors
    /// As [`stored_json`].
    pub fn digest(&self) -> Result<String, StoreError> {
        let columns = FormColumns {
            id: &self.id.0,
            based_on: &self.based_on.code(),
            wording: &stored_json(&self.wording)?,
            basis: &self.basis,
            reason: &self.reason,
            proposed_by: &self.proposed_by.digits(),
            proposed_name: &self.proposed_name,
            proposed_at: self.proposed_at.as_millisecond(),
        };
        Ok(columns.digest())
    }
}

impl FormEnd {
    /// For the journal's row.
    #[must_use]
    pub fn digest(&self) -> String {
        let (number, effective_from) = self.outcome.columns();
        let columns = FormEndColumns {
            id: &self.id.0,
            proposed_by: &self.proposed_by.digits(),
            outcome: self.outcome.code(),
            number,
            effective_from,
            words: &self.words,
            ended_by: &self.by.digits(),
            ended_name: &self.name,
            ended_at: self.at.as_millisecond(),
        };
        columns.digest()
    }
}

/// Digests of all proposals and of all ends, by the identifiers of the proposals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormDigests {
    /// Of proposals.
    pub proposals: Vec<(String, String)>,
    /// Of ends.
    pub ends: Vec<(String, String)>,
}

/// Keeps proposals and versions. What is kept never changes.
#[async_trait]
pub trait FormVersions: Send + Sync {
    /// Keeps a proposal, with its journal entry.
    async fn propose_form(
        &self,
        proposal: &FormProposal,
        audit: &AuditEvent,
    ) -> Result<(), StoreError>;

    /// Ends a proposal, with its journal entry. `false` where it has ended before or another version has the number: then
    /// nothing is written.
    async fn end_form(&self, end: &FormEnd, audit: &AuditEvent) -> Result<bool, StoreError>;

    /// A proposal.
    async fn form(&self, id: &FormId) -> Result<Option<StoredForm>, StoreError>;

    /// Proposals, the last first.
    async fn forms(&self, limit: u32) -> Result<Vec<StoredForm>, StoreError>;

    /// The version with the greatest number, in force already or not yet.
    async fn last_released_form(&self) -> Result<Option<StoredForm>, StoreError>;

    /// A version by its number.
    async fn released_form(&self, number: u32) -> Result<Option<StoredForm>, StoreError>;

    /// Number of the version in force at a moment: of those that began not later, the one with the greatest number.
    async fn form_in_force(&self, at: Timestamp) -> Result<Option<u32>, StoreError>;

    /// Digests of everything kept, as it stands in the columns.
    async fn form_digests(&self) -> Result<FormDigests, StoreError>;
}
