//! Roots against the journal whose rows they name, and the stamps of authorities over them.
//!
//! Read next: `../watchdog.rs`, which takes them and has them stamped.

use domain::ASTANA_OFFSET;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};

use crate::ports::{JournalRoot, StampVerdict, StoreError};
use crate::service::Service;

use super::journal::Told;
use super::{IntegrityDoubt, IntegrityFault, IntegrityReport};

/// A root is stamped within minutes of its day's end; a silent authority or a standstill of the service may take a day.
/// Who writes the journal anew later cannot have it stamped in time any more.
const LATEST_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// By so much the authority's clock may be behind ours.
const EARLIEST_BEFORE: SignedDuration = SignedDuration::from_mins(5);

impl Service {
    /// Every root names a row of the journal and its hash.
    pub(super) async fn compare_roots(
        &self,
        roots: &[JournalRoot],
        ended: &Told,
        report: &mut IntegrityReport,
    ) -> Result<(), StoreError> {
        for root in roots {
            let named = root.head.sequence <= ended.last.sequence;
            let row = self.store().audit_from(root.head.sequence, 1).await?;
            let is_root = row.first().is_some_and(|row| {
                row.sequence == root.head.sequence && row.hash == root.head.hash
            });
            if !named || !is_root {
                report.find(IntegrityFault::Root(root.day.clone()));
            }
            self.compare_stamp(root, report);
        }
        Ok(())
    }

    fn compare_stamp(&self, root: &JournalRoot, report: &mut IntegrityReport) {
        let day = root.day.clone();
        let Some(end) = end_of(&day) else { return report.find(IntegrityFault::Root(day)) };
        let latest = end.checked_add(LATEST_AFTER).unwrap_or(Timestamp::MAX);
        let stamper = self.parts.time_stamper.as_ref();
        let Some(stamp) = &root.stamp else {
            report.unstamped_roots += 1;
            if stamper.is_some() && self.now() > latest {
                report.doubts.push(IntegrityDoubt::NotStamped(day));
            }
            return;
        };
        let verdict = stamper.map_or(StampVerdict::CannotTell("no_authority"), |stamper| {
            stamper.verify(stamp, &root.digest(), self.now())
        });
        match verdict {
            StampVerdict::Valid { stamped_at } => {
                report.stamped_roots += 1;
                let earliest = end.checked_sub(EARLIEST_BEFORE).unwrap_or(Timestamp::MIN);
                if !(earliest..=latest).contains(&stamped_at) {
                    report.doubts.push(IntegrityDoubt::StampedElsewhen { day, stamped_at });
                }
            }
            StampVerdict::Invalid(code) => report.find(IntegrityFault::Stamp { day, code }),
            StampVerdict::CannotTell(code) => {
                report.doubts.push(IntegrityDoubt::StampUnknown { day, code });
            }
        }
    }
}

/// When a day ends in Kazakhstan.
fn end_of(day: &str) -> Option<Timestamp> {
    let next: Date = day.parse::<Date>().ok()?.tomorrow().ok()?;
    ASTANA_OFFSET.to_timestamp(next.to_datetime(Time::midnight())).ok()
}
