//! The annulment of a certificate: proposed by one of staff with a reason, confirmed by another; and what is stored of it.
//!
//! Values only. Read next: `case_files.rs`, which keeps them, and `../annulments.rs` for the rules.

use std::fmt;

use domain::{Iin, Kato, Number};
use jiff::Timestamp;

use super::evidence::Fields;
use super::records::Hidden;
use super::steps::ResultId;

/// Random; stands in addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AnnulmentId(pub String);

/// Why a certificate is annulled. That the guardianship has ended since is no reason: the certificate was right on its day, and
/// whoever checks it is told by the data bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnulmentReason {
    /// What it certifies was not so on its day: the record was wrong.
    WrongFacts,
    /// The record came about by forged or false documents.
    FalseDocuments,
    /// A court or a higher body cancelled the act that appointed the guardian, or the certificate.
    CancelledAbove,
    /// The facts are right, the document is not: a fault of its text or its file.
    FaultyDocument,
}

impl AnnulmentReason {
    /// Every reason.
    pub const ALL: [Self; 4] =
        [Self::WrongFacts, Self::FalseDocuments, Self::CancelledAbove, Self::FaultyDocument];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::WrongFacts => "wrong_facts",
            Self::FalseDocuments => "false_documents",
            Self::CancelledAbove => "cancelled_above",
            Self::FaultyDocument => "faulty_document",
        }
    }

    /// The reason of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// How a proposal to annul ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnulmentOutcome {
    /// A second person confirmed it: the certificate is annulled.
    Confirmed,
    /// A second person turned it down.
    TurnedDown,
    /// Whoever proposed it took it back.
    Withdrawn,
}

impl AnnulmentOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Confirmed, Self::TurnedDown, Self::Withdrawn];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::TurnedDown => "turned_down",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The outcome of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// How a proposal to annul ended.
#[derive(Clone, PartialEq, Eq)]
pub struct AnnulmentEnd {
    /// How.
    pub outcome: AnnulmentOutcome,
    /// By whom: another person, except where it was taken back.
    pub by: Iin,
    /// When.
    pub at: Timestamp,
    /// In his words; may be empty.
    pub remark: String,
}

/// A proposal to annul a certificate, and what came of it. A certificate has at most one that is open or confirmed.
#[derive(Clone, PartialEq, Eq)]
pub struct Annulment {
    /// Identifier.
    pub id: AnnulmentId,
    /// The certificate.
    pub result: ResultId,
    /// Its number.
    pub certificate: Number,
    /// The request it answered.
    pub request: Number,
    /// To whom it was given.
    pub holder: Iin,
    /// Territory of the provider in whose name it was given.
    pub provider: Kato,
    /// Why.
    pub reason: AnnulmentReason,
    /// Why, in the words of whoever proposed it; the holder reads them.
    pub words: String,
    /// Who proposed it.
    pub proposed_by: Iin,
    /// When.
    pub proposed_at: Timestamp,
    /// What came of it; `None` while it waits for a second person.
    pub end: Option<AnnulmentEnd>,
}

impl Annulment {
    /// Since when the certificate is annulled; `None` where it is not.
    #[must_use]
    pub fn annulled_at(&self) -> Option<Timestamp> {
        let end = self.end.as_ref().filter(|end| end.outcome == AnnulmentOutcome::Confirmed);
        end.map(|end| end.at)
    }

    /// Of what is stored of the proposal: for its journal row.
    #[must_use]
    pub fn proposal_digest(&self) -> String {
        Fields::default()
            .text(&self.id.0)
            .text(&self.result.0)
            .text(self.certificate.as_str())
            .text(self.request.as_str())
            .text(&self.holder.digits())
            .text(self.provider.as_str())
            .text(self.reason.code())
            .text(&self.words)
            .text(&self.proposed_by.digits())
            .integer(self.proposed_at.as_millisecond())
            .digest()
    }
}

impl AnnulmentEnd {
    /// Of what is stored of it: for its journal row.
    #[must_use]
    pub fn digest(&self, id: &AnnulmentId) -> String {
        Fields::default()
            .text(&id.0)
            .text(self.outcome.code())
            .text(&self.by.digits())
            .integer(self.at.as_millisecond())
            .text(&self.remark)
            .digest()
    }
}

impl fmt::Debug for Annulment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Annulment")
            .field("id", &self.id)
            .field("certificate", &self.certificate)
            .field("words", &Hidden)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AnnulmentEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AnnulmentEnd")
            .field("outcome", &self.outcome)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}
