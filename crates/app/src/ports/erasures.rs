//! What is kept for a time that the operator sets: erased when that is over, with a row of the journal that tells how much of what
//! went.
//!
//! Answered requests are evidence: of them something is left (`erased.rs`), and their row of the journal vouches for it. Read next:
//! `erasing.rs`, `erasing_requests.rs`.

use async_trait::async_trait;
use domain::Number;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::consent_register::ConsentPeriod;
use super::erased::{ErasedDocument, ErasedKey, ErasedRequest, erasure_digest};
use super::store::StoreError;
use crate::audit::{Actor, AuditAction, AuditEvent, AuditRow};

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

/// The word of a certificate that answered requests were erased by.
pub const ERASED_REQUESTS: &str = "requests";

/// Whose requests: those of people, or those of the prober's synthetic ones (adr 39).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// Somebody.
    Person,
    /// Nobody.
    Synthetic,
}

/// Which answered requests may be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasable {
    /// Whose.
    pub asker: Asker,
    /// Answered after this moment: where the last page ended.
    pub behind: Timestamp,
    /// Answered before this moment, with everything that came of them.
    pub before: Timestamp,
    /// Now: those that wait longer than this are passed by.
    pub at: Timestamp,
    /// At most so many.
    pub limit: u32,
}

/// A batch of answered requests to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestErasure {
    /// Their numbers.
    pub numbers: Vec<Number>,
    /// Only those answered before this moment, with everything that came of them.
    pub before: Timestamp,
    /// Now.
    pub at: Timestamp,
    /// Who has them erased.
    pub actor: Actor,
}

impl RequestErasure {
    /// The certificate: what, how many, up to which day, and the digest of what is left of it.
    #[must_use]
    pub fn event(&self, requests: &[ErasedRequest], rows: &[AuditRow]) -> AuditEvent {
        let day = self.before.to_zoned(TimeZone::UTC).date();
        AuditEvent {
            at: self.at,
            actor: self.actor,
            action: AuditAction::Erased,
            request: None,
            subject: None,
            detail: format!("{ERASED_REQUESTS} {} {day}", requests.len()),
            evidence: erasure_digest(requests, rows),
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

    /// Answered requests whose time is over, with the moments of their answers, the earliest first. Not among them: one with a
    /// review, complaint, annulment, request to repair or exchange with the portal of the e-government that is open or ended too late,
    /// or of which a caller was told since; and one that waits ([`Self::wait_to_erase`]).
    async fn erasable(&self, wanted: &Erasable) -> Result<Vec<(Number, Timestamp)>, StoreError>;

    /// Until when requests are not looked at again: because a certificate of theirs has not ended. No evidence.
    async fn wait_to_erase(&self, waits: &[(Number, Timestamp)]) -> Result<(), StoreError>;

    /// Erases answered requests with their certificate of erasure, in one transaction, and answers how many went: of those named
    /// whichever may still be erased. Everything about a request goes but what [`ErasedRequest`] has, its line of figures, and its
    /// rows of the journal, which lose whose data they were about and the digest of what is gone.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was erased.
    async fn erase_requests(&self, erasure: &RequestErasure) -> Result<u64, StoreError>;

    /// What is left of those of these requests that were erased, in the order of their numbers.
    async fn erased_requests(&self, numbers: &[Number]) -> Result<Vec<ErasedRequest>, StoreError>;

    /// What is left of the requests that a certificate names, in the order of their numbers.
    async fn erased_by(&self, certificate: i64) -> Result<Vec<ErasedRequest>, StoreError>;

    /// What is left of requests with a consent of a period of the register, those accepted first first.
    async fn erased_between(
        &self,
        period: &ConsentPeriod,
        limit: u32,
    ) -> Result<Vec<ErasedRequest>, StoreError>;

    /// An erased document.
    async fn erased_document(&self, key: &ErasedKey) -> Result<Option<ErasedDocument>, StoreError>;
}
