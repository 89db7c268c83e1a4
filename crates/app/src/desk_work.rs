//! What needs a person, for the first page of those who serve. Normal requests need nobody: they are counted only.
//!
//! Each count is a look at an index or at a copy in memory. Contradictions are counted beside the page, and the page shows the
//! last count with its moment. Read next: `annulments.rs`, `records.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Alarm, Kato, astana_date};
use jiff::{SignedDuration, Timestamp};

use crate::ports::{RequestCounts, StoreError, StoredRequest};
use crate::records::AtDesk;
use crate::seal_alarms::{SealAlarm, SealCover};
use crate::service::{Contact, Service};
use crate::staff::Permit;

/// Requests without answer that are looked through for a page.
const OPEN_MAX: u32 = 1_000;
/// Parts of the list of contradictions that are counted: behind them there are more.
const COUNTED_PAGES: usize = 20;
/// A count of contradictions is good for so long.
const COUNT_IS_GOOD: SignedDuration = SignedDuration::from_mins(15);

/// What somebody must see to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueRequest {
    /// The request.
    pub request: StoredRequest,
    /// How far its term is over.
    pub alarm: Alarm,
}

/// Something the service depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Down {
    /// Stable word: `data_bank`, `consent` or `seal`.
    pub what: &'static str,
    /// When it answered last, as far as this process knows.
    pub last_success_at: Option<Timestamp>,
}

/// Contradictions in a department's records as they were counted last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConflictCount {
    /// Records that something contradicts.
    pub records: usize,
    /// Whether there are more records than were looked through.
    pub is_cut: bool,
    /// When they were counted.
    pub at: Timestamp,
}

/// What was counted, and what is being counted now.
#[derive(Default)]
pub(crate) struct ConflictCounts(Mutex<HashMap<Kato, Counted>>);

#[derive(Clone, Copy, Default)]
struct Counted {
    last: Option<ConflictCount>,
    is_under_way: bool,
}

impl Service {
    /// Requests of one's territory of whose term four fifths are over or more, the one due first first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn due_requests<A>(&self, permit: &Permit<A>) -> Result<Vec<DueRequest>, StoreError> {
        let now = self.now();
        let soon = self.after(Alarm::MostOfTerm.left());
        let open = self.store().requests_due(soon, OPEN_MAX).await?;
        let due = |request: StoredRequest| {
            let alarm = request.clock.alarm_at(now).filter(|alarm| *alarm >= Alarm::MostOfTerm)?;
            let is_own = self.is_of_territory(&request, &[], &permit.territory());
            is_own.then_some(DueRequest { request, alarm })
        };
        Ok(open.into_iter().filter_map(due).collect())
    }

    /// What does not answer this process now. What it has not asked yet is not among it.
    #[must_use]
    pub fn what_is_down(&self) -> Vec<Down> {
        let contacts = self.contacts();
        let of = |what, contact: Contact| {
            let is_down = contact.answers == Some(false);
            is_down.then_some(Down { what, last_success_at: contact.last_success_at })
        };
        let all = [
            of("data_bank", contacts.data_bank),
            of("consent", contacts.consent),
            of("seal", contacts.seal),
        ];
        all.into_iter().flatten().collect()
    }

    /// Seals whose last certificate ends soon or has ended.
    #[must_use]
    pub fn seals_that_end(&self) -> Vec<SealCover> {
        let now = self.now();
        let covers = self.seal_covers().into_iter();
        covers.filter(|cover| SealAlarm::at(cover.ends_at, now).is_some()).collect()
    }

    /// The requests of today and those without answer, of the whole service.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn todays_requests(&self) -> Result<RequestCounts, StoreError> {
        let midnight = astana_date(self.now()).to_zoned(domain::ASTANA_OFFSET.to_time_zone());
        let since = midnight.map_or(Timestamp::MIN, |zoned| zoned.timestamp());
        self.store().request_counts(since).await
    }

    /// Contradictions in a department's records, as they were counted last; `None` before they were for the first time. Where
    /// that was long ago, they are counted again, for the next who looks.
    #[must_use]
    pub fn conflict_count(self: &Arc<Self>, at_desk: &AtDesk) -> Option<ConflictCount> {
        let (now, department) = (self.now(), at_desk.department.clone());
        let (last, must_count) = self.conflict_counts.begin(&department, now);
        if must_count {
            let service = Arc::clone(self);
            tokio::spawn(async move {
                let counted = service.count_conflicts(&department).await;
                let counted =
                    counted.inspect_err(|error| tracing::warn!(%error, "contradictions")).ok();
                service.conflict_counts.end(&department, counted);
            });
        }
        last
    }
}

impl Service {
    async fn count_conflicts(&self, department: &Kato) -> Result<ConflictCount, StoreError> {
        let (mut records, mut next) = (0, None);
        for _ in 0..COUNTED_PAGES {
            let page = self.conflicts_behind(department, next.as_deref()).await?;
            records += page.found.len();
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        Ok(ConflictCount { records, is_cut: next.is_some(), at: self.now() })
    }
}

impl ConflictCounts {
    /// The last count, and whether the caller is to count again.
    fn begin(&self, department: &Kato, now: Timestamp) -> (Option<ConflictCount>, bool) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = counts.entry(department.clone()).or_default();
        let is_old = counted.last.is_none_or(|last| now.duration_since(last.at) > COUNT_IS_GOOD);
        let must_count = is_old && !counted.is_under_way;
        counted.is_under_way |= must_count;
        (counted.last, must_count)
    }

    fn end(&self, department: &Kato, counted: Option<ConflictCount>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = counts.entry(department.clone()).or_default();
        entry.is_under_way = false;
        entry.last = counted.or(entry.last);
    }
}
