//! Roots against the journal whose rows they name, and the stamps of authorities over them.
//!
//! Read next: `../watchdog.rs`, which takes them and has them stamped.

use domain::ASTANA_OFFSET;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};

use crate::audit::AuditRow;
use crate::ports::{JournalHead, JournalRoot, StampVerdict, StoreError};
use crate::service::Service;

use super::journal::Told;
use super::{IntegrityDoubt, IntegrityFault, IntegrityReport};

/// A root is stamped within minutes of its day's end; a silent authority or a standstill of the service may take a day.
/// Who writes the journal anew later cannot have it stamped in time any more.
const LATEST_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// By so much the authority's clock may be behind ours.
const EARLIEST_BEFORE: SignedDuration = SignedDuration::from_mins(5);

impl Service {
    /// Every root names a row of the journal and its hash, those kept elsewhere are among them, and their stamps are
    /// good.
    pub(super) async fn compare_roots(
        &self,
        roots: &[JournalRoot],
        kept: &[JournalRoot],
        ended: &Told,
        report: &mut IntegrityReport,
    ) -> Result<(), StoreError> {
        for root in roots {
            let JournalHead { sequence, hash } = &root.head;
            let row = self.store().audit_from(*sequence, 1).await?;
            let is_row = |row: &AuditRow| row.sequence == *sequence && row.hash == *hash;
            if *sequence > ended.last.sequence || !row.first().is_some_and(is_row) {
                report.find(IntegrityFault::Root(root.day.clone()));
            }
            let doubt = self.judge_stamp(root, report);
            // What was kept elsewhere vouches for the journal better than a stamp.
            if !kept.iter().any(|one| is_kept(one, root)) {
                report.doubts.extend(doubt);
            }
        }
        for one in kept {
            if roots.iter().any(|root| is_kept(one, root)) {
                report.kept_roots += 1;
            } else {
                report.find(IntegrityFault::KeptRoot(one.day.clone()));
            }
        }
        Ok(())
    }

    fn judge_stamp(
        &self,
        root: &JournalRoot,
        report: &mut IntegrityReport,
    ) -> Option<IntegrityDoubt> {
        let day = root.day.clone();
        let Some(end) = end_of(&day) else {
            report.find(IntegrityFault::Root(day));
            return None;
        };
        let latest = end.checked_add(LATEST_AFTER).unwrap_or(Timestamp::MAX);
        let stamper = self.parts.time_stamper.as_ref();
        let Some(stamp) = &root.stamp else {
            report.unstamped_roots += 1;
            let is_late = stamper.is_some() && self.now() > latest;
            return is_late.then_some(IntegrityDoubt::NotStamped(day));
        };
        let verdict = stamper.map_or(StampVerdict::CannotTell("no_authority"), |stamper| {
            stamper.verify(stamp, &root.digest(), self.now())
        });
        match verdict {
            StampVerdict::Valid { stamped_at } => {
                report.stamped_roots += 1;
                let earliest = end.checked_sub(EARLIEST_BEFORE).unwrap_or(Timestamp::MIN);
                let in_time = (earliest..=latest).contains(&stamped_at);
                (!in_time).then_some(IntegrityDoubt::StampedElsewhen { day, stamped_at })
            }
            StampVerdict::Invalid(code) => {
                report.find(IntegrityFault::Stamp { day, code });
                None
            }
            StampVerdict::CannotTell(code) => Some(IntegrityDoubt::StampUnknown { day, code }),
        }
    }
}

/// A root may have been kept before it was stamped; a stamp never changes.
fn is_kept(kept: &JournalRoot, stored: &JournalRoot) -> bool {
    let same_stamp = kept.stamp.is_none() || kept.stamp == stored.stamp;
    kept.day == stored.day && kept.head == stored.head && same_stamp
}

/// When a day ends in Kazakhstan.
fn end_of(day: &str) -> Option<Timestamp> {
    let next: Date = day.parse::<Date>().ok()?.tomorrow().ok()?;
    ASTANA_OFFSET.to_timestamp(next.to_datetime(Time::midnight())).ok()
}
