//! The proof that nothing stored was changed, deleted or reordered behind the program's back: the journal's chain,
//! its head and its stamped roots, and every request's stored fields against the digests in its journal rows.
//!
//! Not proven, because it is no evidence and lives for minutes: sessions, challenges, drafts, and when a job is due.
//! Read next: `request.rs`, then `../audit.rs` for the chain.

mod report;
mod request;

use std::collections::BTreeMap;

use domain::Number;
use jiff::Timestamp;

use crate::audit::{AuditAction, AuditRow, verify_chain};
use crate::ports::{JournalHead, JournalRoot, Registry, StampVerdict, StoreError, TechnicalBreak};
use crate::service::Service;

pub use report::{IntegrityFault, IntegrityReport};
use request::{Compared, compare};

/// Journal rows, and numbers, read with one question to the store.
const PAGE: u32 = 1_000;

/// What the journal says as a whole.
#[derive(Default)]
struct JournalWalk {
    last: JournalHead,
    registered: u64,
    imported: BTreeMap<i64, String>,
    announced: BTreeMap<String, String>,
    withdrawn: BTreeMap<String, i64>,
    rooted: BTreeMap<String, String>,
}

impl Service {
    /// Verifies everything. Roots kept elsewhere (`kept`) are held against the journal like those of the store.
    ///
    /// # Errors
    /// [`StoreError`] where the store cannot be read; what is wrong in it is in the report.
    pub async fn verify_integrity(
        &self,
        registry: &dyn Registry,
        kept: &[JournalRoot],
    ) -> Result<IntegrityReport, StoreError> {
        let mut report = IntegrityReport::default();
        let mut roots = self.store().roots().await?;
        roots.extend_from_slice(kept);
        let Some(walk) = self.walk_journal(&roots, &mut report).await? else { return Ok(report) };
        self.compare_roots(&roots, &walk, &mut report);
        self.compare_breaks(&walk, &mut report).await?;
        self.compare_requests(&walk, &mut report).await?;
        self.compare_imports(registry, &walk, &mut report).await?;
        Ok(report)
    }

    /// `None` where the chain is broken: then nothing behind the break can be relied on.
    async fn walk_journal(
        &self,
        roots: &[JournalRoot],
        report: &mut IntegrityReport,
    ) -> Result<Option<JournalWalk>, StoreError> {
        // The head is read first: rows that are appended meanwhile lie behind it.
        let head = self.store().journal_head().await?;
        let mut walk = JournalWalk::default();
        while walk.last.sequence < head.sequence {
            let next = walk.last.sequence + 1;
            let left = u32::try_from(head.sequence - walk.last.sequence).unwrap_or(PAGE);
            let rows = self.store().audit_from(next, PAGE.min(left)).await?;
            if rows.is_empty() {
                break;
            }
            match verify_chain(&rows, next, &walk.last.hash) {
                Ok(hash) => walk.take(&rows, hash, roots, report),
                Err(fault) => {
                    report.faults.push(fault.into());
                    return Ok(None);
                }
            }
        }
        let JournalHead { sequence, hash } = &walk.last;
        let beyond = self.store().audit_from(sequence + 1, 1).await?;
        let went_on = self.store().journal_head().await?.sequence > head.sequence;
        if walk.last != head || (!beyond.is_empty() && !went_on) {
            let last = beyond.last().map_or(*sequence, |row| row.sequence);
            report.faults.push(IntegrityFault::Head { last, head: head.sequence });
        }
        report.last_hash.clone_from(hash);
        Ok(Some(walk))
    }

    fn compare_roots(
        &self,
        roots: &[JournalRoot],
        walk: &JournalWalk,
        report: &mut IntegrityReport,
    ) {
        for (day, digest) in &walk.rooted {
            let as_taken =
                |root: &JournalRoot| root.day == *day && hex::encode(root.digest()) == *digest;
            if !roots.iter().any(as_taken) {
                report.faults.push(IntegrityFault::Root(day.clone()));
            }
        }
        let stamper = self.parts.time_stamper.as_ref();
        for root in roots {
            let day = root.day.clone();
            if root.head.sequence > walk.last.sequence {
                report.faults.push(IntegrityFault::Root(day.clone()));
            }
            let Some(stamp) = &root.stamp else {
                report.unstamped_roots += 1;
                continue;
            };
            let verdict = stamper.map_or(StampVerdict::CannotTell("no_authority"), |stamper| {
                stamper.verify(stamp, &root.digest(), self.now())
            });
            match verdict {
                StampVerdict::Valid { .. } => report.stamped_roots += 1,
                StampVerdict::Invalid(code) => {
                    report.faults.push(IntegrityFault::Stamp { day, code });
                }
                StampVerdict::CannotTell(code) => {
                    report.faults.push(IntegrityFault::StampUnknown { day, code });
                }
            }
        }
    }

    async fn compare_breaks(
        &self,
        walk: &JournalWalk,
        report: &mut IntegrityReport,
    ) -> Result<(), StoreError> {
        let breaks = self.store().breaks_after(Timestamp::MIN).await?;
        for (id, digest) in &walk.announced {
            let as_announced = |one: &TechnicalBreak| {
                let withdrawn_at = one.withdrawn_at.map(Timestamp::as_millisecond);
                one.id == *id
                    && one.digest() == *digest
                    && withdrawn_at.as_ref() == walk.withdrawn.get(id)
            };
            if !breaks.iter().any(as_announced) {
                report.faults.push(IntegrityFault::Break(id.clone()));
            }
        }
        Ok(())
    }

    async fn compare_requests(
        &self,
        walk: &JournalWalk,
        report: &mut IntegrityReport,
    ) -> Result<(), StoreError> {
        let (mut after, mut stored, mut newer) = (None, 0, 0);
        loop {
            let numbers = self.store().numbers_after(after.as_ref(), PAGE).await?;
            let Some(last) = numbers.last() else { break };
            after = Some(last.clone());
            for number in &numbers {
                stored += 1;
                match self.compare_request(number).await? {
                    Compared::Same => report.requests += 1,
                    Compared::WithoutDigests => report.without_digests += 1,
                    Compared::Differs(part) => {
                        let number = number.clone();
                        report.faults.push(IntegrityFault::Request { number, part });
                    }
                }
                newer += u64::from(self.is_newer(number, walk).await?);
            }
        }
        let stored = stored - newer;
        if stored != walk.registered {
            let journal = walk.registered;
            report.faults.push(IntegrityFault::Requests { journal, stored });
        }
        Ok(())
    }

    /// Registered after the walk had begun.
    async fn is_newer(&self, number: &Number, walk: &JournalWalk) -> Result<bool, StoreError> {
        let rows = self.store().audit_of(number).await?;
        Ok(rows.first().is_some_and(|row| row.sequence > walk.last.sequence))
    }

    /// A request that moves on while it is compared is compared again.
    async fn compare_request(&self, number: &Number) -> Result<Compared, StoreError> {
        loop {
            let before = self.store().audit_of(number).await?;
            let evidence = self.store().evidence(number).await?;
            let after = self.store().audit_of(number).await?;
            if before == after {
                return Ok(evidence
                    .map_or(Compared::Differs("request"), |evidence| compare(&evidence, &before)));
            }
        }
    }

    async fn compare_imports(
        &self,
        registry: &dyn Registry,
        walk: &JournalWalk,
        report: &mut IntegrityReport,
    ) -> Result<(), StoreError> {
        let stored: BTreeMap<i64, String> = registry.import_digests().await?.into_iter().collect();
        for (id, digest) in &walk.imported {
            if stored.get(id) == Some(digest) {
                report.imports += 1;
            } else {
                report.faults.push(IntegrityFault::Import(*id));
            }
        }
        // Rows of an altered import may be no rows at all: what they say is not asked then.
        if report.faults.is_empty() {
            let misplaced = registry.misplaced_records().await?;
            if misplaced > 0 {
                report.faults.push(IntegrityFault::Records(misplaced));
            }
        }
        Ok(())
    }
}

impl JournalWalk {
    fn take(
        &mut self,
        rows: &[AuditRow],
        hash: String,
        roots: &[JournalRoot],
        report: &mut IntegrityReport,
    ) {
        for row in rows {
            report.rows += 1;
            let differs = |root: &&JournalRoot| {
                root.head.sequence == row.sequence && root.head.hash != row.hash
            };
            let days = roots.iter().filter(differs).map(|root| root.day.clone());
            report.faults.extend(days.map(IntegrityFault::Root));
            self.note(row);
            self.last.sequence = row.sequence;
        }
        self.last.hash = hash;
    }

    fn note(&mut self, row: &AuditRow) {
        let is = |action: AuditAction| row.action == action.code();
        let (key, digest) = (row.detail.clone(), row.evidence.clone());
        if is(AuditAction::Registered) {
            self.registered += 1;
        } else if is(AuditAction::BreakAnnounced) {
            self.announced.insert(key, digest);
        } else if is(AuditAction::BreakWithdrawn) {
            self.withdrawn.insert(key, row.at_ms);
        } else if is(AuditAction::RootTaken) {
            self.rooted.insert(key, digest);
        } else if is(AuditAction::Imported)
            && let Ok(id) = key.parse()
        {
            self.imported.insert(id, digest);
        }
    }
}
