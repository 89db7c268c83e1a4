//! The proof that nothing stored was changed, added, deleted or reordered behind the program's back: the journal's
//! chain, its head and its stamped roots, and every stored field of evidence against the digests in its journal rows.
//!
//! Not proven, because it is no evidence and lives for minutes: sessions, challenges, drafts, and when a job is due.
//! Read next: `journal.rs`, `stored.rs`, `request.rs` and `erased.rs`, then `../audit/mod.rs` for the chain.

mod erased;
mod journal;
mod report;
mod request;
mod roots;
mod stored;

use domain::Number;

use crate::ports::{JournalRoot, Registry, StoreError};
use crate::service::Service;

use journal::Told;
pub use report::{IntegrityDoubt, IntegrityFault, IntegrityReport};
use request::{Compared, compare};
use stored::Stored;

/// Numbers read with one question to the store.
const PAGE: u32 = 1_000;

impl Service {
    /// Verifies everything, while others write. Roots kept elsewhere (`kept`) must be among those of the store.
    ///
    /// # Errors
    /// [`StoreError`] where the store cannot be read; what is wrong in it is in the report.
    pub async fn verify_integrity(
        &self,
        registry: &dyn Registry,
        kept: &[JournalRoot],
    ) -> Result<IntegrityReport, StoreError> {
        let mut report = IntegrityReport::default();
        self.compare_with_journal(registry, kept, &mut report).await?;
        compare_records(registry, &mut report).await?;
        Ok(report)
    }

    async fn compare_with_journal(
        &self,
        registry: &dyn Registry,
        kept: &[JournalRoot],
        report: &mut IntegrityReport,
    ) -> Result<(), StoreError> {
        let mut told = Told::default();
        if !self.walk_journal(&mut told, report).await? {
            return Ok(());
        }
        let begun = told.clone();
        let stored = Stored::read(self, registry).await?;
        self.compare_requests(&begun, report).await?;
        if !self.walk_journal(&mut told, report).await? {
            return Ok(());
        }
        self.compare_end(&told, report).await?;
        self.compare_erasures(&told, &stored.roots, report).await?;
        stored.compare(&begun, &told, report);
        self.compare_roots(&stored.roots, kept, &told, report).await
    }

    async fn compare_requests(
        &self,
        begun: &Told,
        report: &mut IntegrityReport,
    ) -> Result<(), StoreError> {
        let (mut after, mut stored, mut newer) = (None, 0, 0);
        loop {
            let numbers = self.store().numbers_after(after.as_ref(), PAGE).await?;
            let Some(last) = numbers.last() else { break };
            after = Some(last.clone());
            let erased = self.store().erased_requests(&numbers).await?;
            for number in &numbers {
                stored += 1;
                if let Some(left) = erased.iter().find(|one| one.number == *number) {
                    self.compare_erased(left, report).await?;
                    continue;
                }
                match self.compare_request(number, begun.proven_from()).await? {
                    Compared::Same => report.requests += 1,
                    Compared::WithoutDigests => report.without_digests += 1,
                    Compared::Differs(part) => {
                        self.find_differing(number, part, report).await?;
                    }
                }
                newer += u64::from(self.is_newer(number, begun).await?);
            }
        }
        let stored = stored - newer;
        if stored != begun.registered {
            let journal = begun.registered;
            report.faults.push(IntegrityFault::Requests { journal, stored });
        }
        Ok(())
    }

    /// It may have been erased since its page was read.
    async fn find_differing(
        &self,
        number: &Number,
        part: &'static str,
        report: &mut IntegrityReport,
    ) -> Result<(), StoreError> {
        if let Some(left) = self.erased_request(number).await? {
            return self.compare_erased(&left, report).await;
        }
        let number = number.clone();
        report.faults.push(IntegrityFault::Request { number, part });
        Ok(())
    }

    /// Registered after the verification had begun.
    async fn is_newer(&self, number: &Number, begun: &Told) -> Result<bool, StoreError> {
        let rows = self.store().audit_of(number).await?;
        Ok(rows.first().is_some_and(|row| row.sequence > begun.last.sequence))
    }

    /// A request that moves on while it is compared is compared again.
    async fn compare_request(
        &self,
        number: &Number,
        proven_from: i64,
    ) -> Result<Compared, StoreError> {
        loop {
            let before = self.store().audit_of(number).await?;
            let evidence = self.store().evidence(number).await;
            let after = self.store().audit_of(number).await?;
            if before == after {
                return match evidence {
                    Ok(Some(evidence)) => Ok(compare(&evidence, &before, proven_from)),
                    Ok(None) => Ok(Compared::Differs("request")),
                    // What does not open was altered; everything else is to be compared all the same.
                    Err(StoreError::Corrupt(what)) => Ok(Compared::Differs(what)),
                    Err(error) => Err(error),
                };
            }
        }
    }
}

async fn compare_records(
    registry: &dyn Registry,
    report: &mut IntegrityReport,
) -> Result<(), StoreError> {
    match registry.misplaced_records().await? {
        0 => {}
        misplaced => report.find(IntegrityFault::Records(misplaced)),
    }
    Ok(())
}
