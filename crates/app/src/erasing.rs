//! Erasing what has been kept for as long as the operator set. The watchdog does so once a day, on every node that works, some
//! rows at a time, so that nobody waits for it.
//!
//! What lives for minutes is removed elsewhere (`Store::remove_expired`), answered requests in `erasing_requests.rs`. See adr 41. Read
//! next: `ports/erasures.rs`.

use jiff::SignedDuration;

use crate::ports::{Asker, Erasure, KeptKind, StoreError};
use crate::service::Service;

/// Rows erased at a time.
const BATCH: u32 = 200;
/// Batches of one kind in one round: the next round goes on.
pub(crate) const BATCHES_MAX: u32 = 100;
/// The least that any of it is kept, in days; the database holds that too, where what was seen is written down.
pub const KEPT_DAYS_MIN: u32 = 31;
/// The least that people's answered requests are kept, in days: longer than somebody may complain of an answer, and than a year's figures are
/// compared with them. The law at hand sets no term; whether they are erased at all, and when, the operator chooses.
pub const REQUESTS_KEPT_DAYS_MIN: u32 = 366;

/// For how long each kind is kept, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Submitted drafts.
    pub submitted_drafts: u32,
    /// What was done for callers.
    pub caller_acts: u32,
    /// Faults that callers told of.
    pub fault_reports: u32,
    /// Looks of officers.
    pub record_looks: u32,
    /// Answered requests to repair a record.
    pub repair_requests: u32,
    /// Closed exchanges with the portal of the e-government.
    pub portal_exchanges: u32,
    /// Answered requests of people, with everything that proves their answers; `None` where they are kept for ever.
    pub requests: Option<u32>,
    /// Answered requests of the prober's synthetic people.
    pub synthetic_requests: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            submitted_drafts: 365,
            caller_acts: 3 * 365,
            fault_reports: 365,
            record_looks: 5 * 365,
            repair_requests: 3 * 365,
            portal_exchanges: 3 * 365,
            requests: None,
            synthetic_requests: KEPT_DAYS_MIN,
        }
    }
}

impl Retention {
    /// Days for which a kind is kept.
    #[must_use]
    pub fn days(&self, kind: KeptKind) -> u32 {
        let days = match kind {
            KeptKind::SubmittedDrafts => self.submitted_drafts,
            KeptKind::CallerActs => self.caller_acts,
            KeptKind::FaultReports => self.fault_reports,
            KeptKind::RecordLooks => self.record_looks,
            KeptKind::RepairRequests => self.repair_requests,
            KeptKind::PortalExchanges => self.portal_exchanges,
        };
        days.max(KEPT_DAYS_MIN)
    }

    /// Days for which answered requests are kept; `None` where for ever.
    #[must_use]
    pub fn request_days(&self, asker: Asker) -> Option<u32> {
        match asker {
            Asker::Person => self.requests.map(|days| days.max(REQUESTS_KEPT_DAYS_MIN)),
            Asker::Synthetic => Some(self.synthetic_requests.max(KEPT_DAYS_MIN)),
        }
    }
}

impl Service {
    /// Erases what has been kept for as long as the operator set. Answers how much went.
    ///
    /// # Errors
    /// [`StoreError`]; what was erased is told of in the journal.
    pub async fn erase_outdated(&self) -> Result<u64, StoreError> {
        let mut erased = 0;
        for kind in KeptKind::ALL {
            erased += self.erase_kind(kind).await?;
        }
        for asker in [Asker::Synthetic, Asker::Person] {
            erased += self.erase_requests_of(asker).await?;
        }
        Ok(erased)
    }

    async fn erase_kind(&self, kind: KeptKind) -> Result<u64, StoreError> {
        let at = self.now();
        let kept = SignedDuration::from_hours(24 * i64::from(self.settings().retention.days(kind)));
        let Ok(before) = at.checked_sub(kept) else { return Ok(0) };
        let mut erased = 0;
        for _ in 0..BATCHES_MAX {
            let count = self.store().erase(&Erasure { kind, before, limit: BATCH, at }).await?;
            erased += count;
            if count < u64::from(BATCH) {
                break;
            }
        }
        Ok(erased)
    }
}
