//! What is kept for a time that the operator sets and is no evidence: erased when that is over, with a row of the journal that
//! tells how much of what went.
//!
//! What is evidence is not erased here: see adr 41. Read next: `erasing.rs`.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::store::StoreError;
use crate::audit::{Actor, AuditAction, AuditEvent};

/// A kind of what is kept for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptKind {
    /// Drafts that were submitted: what was signed is kept with its request.
    SubmittedDrafts,
    /// What was done for callers.
    CallerActs,
    /// Faults that callers told of.
    FaultReports,
    /// Looks of officers at records, with their purposes.
    RecordLooks,
    /// Answered requests to repair a record.
    RepairRequests,
    /// Closed exchanges with the portal of the e-government.
    PortalExchanges,
}

impl KeptKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SubmittedDrafts,
        Self::CallerActs,
        Self::FaultReports,
        Self::RecordLooks,
        Self::RepairRequests,
        Self::PortalExchanges,
    ];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SubmittedDrafts => "submitted_drafts",
            Self::CallerActs => "caller_acts",
            Self::FaultReports => "fault_reports",
            Self::RecordLooks => "record_looks",
            Self::RepairRequests => "repair_requests",
            Self::PortalExchanges => "portal_exchanges",
        }
    }
}

/// One batch to be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Of what.
    pub kind: KeptKind,
    /// Only what ended before this moment: expired, was done, answered or closed.
    pub before: Timestamp,
    /// At most so many.
    pub limit: u32,
    /// Now.
    pub at: Timestamp,
}

impl Erasure {
    /// The row of the journal: what, how many, up to which day; nothing of anybody.
    #[must_use]
    pub fn event(&self, count: u64) -> AuditEvent {
        let day = self.before.to_zoned(TimeZone::UTC).date();
        AuditEvent {
            at: self.at,
            actor: Actor::System,
            action: AuditAction::Erased,
            request: None,
            subject: None,
            detail: format!("{} {count} {day}", self.kind.code()),
            evidence: String::new(),
        }
    }
}

/// Erases.
#[async_trait]
pub trait Erasures: Send + Sync {
    /// Erases a batch with its row of the journal, in one transaction, and answers how many went; where there is nothing to
    /// erase nothing is written. Nodes that do so at the same time erase each row once.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was erased.
    async fn erase(&self, erasure: &Erasure) -> Result<u64, StoreError>;
}
