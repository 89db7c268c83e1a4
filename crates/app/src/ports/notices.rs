//! What people are told besides the state of their request: notices, and announced technical breaks.
//!
//! Values only. Read next: `store.rs`.

use domain::Number;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::evidence::Fields;
use super::records::StoredRequest;
use crate::audit::AuditAction;

/// What a notice says. A request has each kind once at most: the database holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The term of item 3 has passed without an answer: Article 91(2) of the Administrative Procedural and
    /// Process-Related Code, the right to complain, and that the real answer still comes.
    Overdue,
    /// The answer lies in the cabinet.
    Answered,
    /// The record that a refusal was for want of is there now; told by the record desk, which keeps it.
    RecordRepaired,
    /// A certificate was annulled; kept with the annulment.
    CertificateAnnulled,
    /// The answer lies in the cabinet, said again because a caller asked for it; kept with what is done for callers.
    AnsweredAgain,
    /// A review or complaint went on to another body; told by its steps, like the two that follow.
    RecourseForwarded,
    /// The term of a review or complaint has passed: Article 91(2).
    RecourseOverdue,
    /// The answer to a review or complaint lies in the cabinet.
    RecourseAnswered,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Overdue,
        Self::Answered,
        Self::RecordRepaired,
        Self::CertificateAnnulled,
        Self::AnsweredAgain,
        Self::RecourseForwarded,
        Self::RecourseOverdue,
        Self::RecourseAnswered,
    ];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Answered => "answered",
            Self::RecordRepaired => "record_repaired",
            Self::CertificateAnnulled => "certificate_annulled",
            Self::AnsweredAgain => "answered_again",
            Self::RecourseForwarded => "recourse_forwarded",
            Self::RecourseOverdue => "recourse_overdue",
            Self::RecourseAnswered => "recourse_answered",
        }
    }

    /// What the journal says of it, in the transaction that writes it.
    #[must_use]
    pub fn action(self) -> AuditAction {
        match self {
            Self::Overdue => AuditAction::Overdue,
            Self::Answered => AuditAction::Issued,
            Self::RecordRepaired => AuditAction::RepairTold,
            Self::CertificateAnnulled => AuditAction::CertificateAnnulled,
            Self::AnsweredAgain => AuditAction::NoticeSentAgain,
            Self::RecourseForwarded => AuditAction::RecourseForwarded,
            Self::RecourseOverdue => AuditAction::RecourseOverdue,
            Self::RecourseAnswered => AuditAction::RecourseIssued,
        }
    }

    /// The notice an entry of the journal tells of.
    #[must_use]
    pub fn told_by(action: AuditAction) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.action() == action)
    }

    /// Whether it is about a review or complaint.
    #[must_use]
    pub fn is_of_recourse(self) -> bool {
        matches!(self, Self::RecourseForwarded | Self::RecourseOverdue | Self::RecourseAnswered)
    }

    /// Whether it is said once of one number, however many entries of the journal there are (each document has one).
    #[must_use]
    pub fn is_said_once(self) -> bool {
        match self {
            Self::Overdue | Self::Answered | Self::RecordRepaired | Self::RecourseAnswered => true,
            Self::CertificateAnnulled
            | Self::AnsweredAgain
            | Self::RecourseForwarded
            | Self::RecourseOverdue => false,
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A notice to be written. Writing one of a kind the request has already changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub kind: NoticeKind,
    /// When it was written.
    pub at: Timestamp,
}

/// A notice as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredNotice {
    /// The request it tells of.
    pub number: Number,
    /// What it says and when.
    pub notice: Notice,
}

/// A request that was not answered in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The request, ended or not.
    pub request: StoredRequest,
    /// When the applicant was told.
    pub told_at: Timestamp,
}

/// A technical break for repair work: the one exception item 7 makes from service around the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TechnicalBreak {
    /// Identifier.
    pub id: String,
    /// Its beginning.
    pub starts_at: Timestamp,
    /// Its planned end.
    pub ends_at: Timestamp,
    /// What is repaired, in Kazakh.
    pub reason_kk: String,
    /// What is repaired, in Russian.
    pub reason_ru: String,
    /// What is repaired, in English.
    pub reason_en: String,
    /// When it was announced: before its beginning.
    pub announced_at: Timestamp,
    /// When it was taken back, or ended early.
    pub withdrawn_at: Option<Timestamp>,
}

impl TechnicalBreak {
    /// Digest of what was announced.
    #[must_use]
    pub fn digest(&self) -> String {
        Fields::default()
            .text(&self.id)
            .integer(self.starts_at.as_millisecond())
            .integer(self.ends_at.as_millisecond())
            .text(&self.reason_kk)
            .text(&self.reason_ru)
            .text(&self.reason_en)
            .integer(self.announced_at.as_millisecond())
            .digest()
    }
}
