//! What an officer proposes to take into the registry, until it is taken in or closed otherwise.
//!
//! No evidence: what was taken in is kept with its import. Read next: `officers.rs`.

use std::fmt;

use domain::{Iin, Kato};
use jiff::Timestamp;

use super::records::Hidden;
use crate::import::ImportSummary;

/// Random; stands in addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProposalId(pub String);

/// What a proposal was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalKind {
    /// An uploaded file.
    File,
    /// The form of one record.
    Record,
}

impl ProposalKind {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Record => "record",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::File, Self::Record].into_iter().find(|kind| kind.code() == code)
    }
}

/// How it stands with a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalState {
    /// Being prepared, or waiting for a second person.
    Open,
    /// In the registry.
    TakenIn,
    /// Turned down by the second person.
    Rejected,
    /// Taken back by the proposer.
    Withdrawn,
    /// Without need: the registry says it already.
    Overtaken,
}

impl ProposalState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Open, Self::TakenIn, Self::Rejected, Self::Withdrawn, Self::Overtaken];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::TakenIn => "taken_in",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Overtaken => "overtaken",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A proposal before it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct NewProposal {
    /// Identifier.
    pub id: ProposalId,
    /// The department.
    pub provider: Kato,
    /// Who proposes it.
    pub officer: Iin,
    /// Made of what.
    pub kind: ProposalKind,
    /// Name of the file; empty for the form of one record.
    pub file_name: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub file_digest: String,
    /// The bytes of the file, or of the form as a file of one line.
    pub content: Vec<u8>,
    /// Why, where that was typed already.
    pub reason: Option<String>,
    /// When.
    pub proposed_at: Timestamp,
    /// It is kept no longer.
    pub kept_until: Timestamp,
}

impl fmt::Debug for NewProposal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewProposal")
            .field("id", &self.id)
            .field("provider", &self.provider)
            .field("content", &Hidden)
            .finish_non_exhaustive()
    }
}

/// What reading a proposal came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalPreview {
    /// Nothing can be taken in: so many cells are wrong.
    Faulty(u64),
    /// It would change this.
    Readable {
        /// How many records.
        summary: ImportSummary,
        /// Digest of exactly what would be written.
        digest: String,
    },
}

/// A proposal as it is kept, without its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Identifier.
    pub id: ProposalId,
    /// The department.
    pub provider: Kato,
    /// Who proposes it.
    pub officer: Iin,
    /// Made of what.
    pub kind: ProposalKind,
    /// Name of the file; empty for the form of one record.
    pub file_name: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub file_digest: String,
    /// Why records are ended or corrected, in the proposer's words.
    pub reason: Option<String>,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// Since when it waits for a second person.
    pub asked_at: Option<Timestamp>,
    /// What the last reading came to; `None` where it was not read yet.
    pub preview: Option<ProposalPreview>,
    /// How it stands.
    pub state: ProposalState,
    /// Who closed it, when, and with which words.
    pub closed: Option<ClosedBy>,
}

impl fmt::Debug for Proposal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Proposal")
            .field("id", &self.id)
            .field("provider", &self.provider)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Who closed a proposal.
#[derive(Clone, PartialEq, Eq)]
pub struct ClosedBy {
    /// Who.
    pub officer: Iin,
    /// When.
    pub at: Timestamp,
    /// Why, where he said so.
    pub remark: Option<String>,
}

impl fmt::Debug for ClosedBy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ClosedBy").field("at", &self.at).finish_non_exhaustive()
    }
}

/// How a proposal ends that is not taken in.
#[derive(Clone, PartialEq, Eq)]
pub struct ProposalEnd {
    /// The state it ends in.
    pub state: ProposalState,
    /// By whom.
    pub by: ClosedBy,
}

impl fmt::Debug for ProposalEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ProposalEnd").field("state", &self.state).finish_non_exhaustive()
    }
}
