//! Roots against the journal whose rows they name, and the stamps of authorities over them.
//!
//! Read next: `../watchdog.rs`, which takes them and has them stamped.

use crate::ports::{JournalRoot, StampVerdict, StoreError};
use crate::service::Service;

use super::journal::Told;
use super::{IntegrityFault, IntegrityReport};

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
        let Some(stamp) = &root.stamp else {
            report.unstamped_roots += 1;
            return;
        };
        let stamper = self.parts.time_stamper.as_ref();
        let verdict = stamper.map_or(StampVerdict::CannotTell("no_authority"), |stamper| {
            stamper.verify(stamp, &root.digest(), self.now())
        });
        match verdict {
            StampVerdict::Valid { .. } => report.stamped_roots += 1,
            StampVerdict::Invalid(code) => report.find(IntegrityFault::Stamp { day, code }),
            StampVerdict::CannotTell(code) => {
                report.find(IntegrityFault::StampUnknown { day, code });
            }
        }
    }
}
