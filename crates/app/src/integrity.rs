//! The proof that nothing stored was changed, deleted or reordered behind the program's back: the journal's chain,
//! its head and its stamped roots, and every request's stored fields against the digests in its journal rows.
//!
//! Not proven, because it is no evidence and lives for minutes: sessions, challenges, drafts, and when a job is due.
//! Read next: `audit.rs` for the chain, `evidence.rs` for the digests.

use std::collections::BTreeMap;

use domain::{Alarm, Number};
use jiff::Timestamp;

use crate::audit::{AuditAction, AuditFault, AuditRow, verify_chain};
use crate::ports::{
    JournalHead, JournalRoot, NoticeKind, Registry, StampVerdict, Step, StoreError, StoredEvidence,
    TechnicalBreak,
};
use crate::service::Service;

/// Journal rows, and numbers, read with one question to the store.
const PAGE: u32 = 1_000;

/// What is not as the journal says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntegrityFault {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] AuditFault),
    /// The journal does not end where its head says: rows were cut off or added.
    #[error("the journal ends at row {last}, its head says {head}")]
    Head {
        /// Last row found.
        last: i64,
        /// Row of the head.
        head: i64,
    },
    /// The row of a root has another hash, or is missing.
    #[error("the journal is not the one whose root was taken on {0}")]
    Root(String),
    /// A root's stamp is not good.
    #[error("the stamp of {day} is not good: {code}")]
    Stamp {
        /// Day of the root.
        day: String,
        /// Stable code.
        code: &'static str,
    },
    /// A root's stamp cannot be judged now.
    #[error("the stamp of {day} cannot be checked now: {code}")]
    StampUnknown {
        /// Day of the root.
        day: String,
        /// Stable code.
        code: &'static str,
    },
    /// The journal tells of requests the store does not have, or the other way round.
    #[error("the journal tells of {journal} registrations, the store has {stored} requests")]
    Requests {
        /// Rows in the journal.
        journal: u64,
        /// Requests stored.
        stored: u64,
    },
    /// What is stored of a request is not what the journal says of it.
    #[error("request {number}: {part} is not what the journal says")]
    Request {
        /// Its number.
        number: Number,
        /// What differs.
        part: &'static str,
    },
    /// A technical break is not as it was announced.
    #[error("the technical break {0} is not as it was announced")]
    Break(String),
    /// What an import brought is not what the journal says.
    #[error("import {0} is not what the journal says")]
    Import(i64),
    /// Data bank records whose present version is not their last.
    #[error("{0} records of the data bank do not show their last version")]
    Records(u64),
}

/// What a verification has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntegrityReport {
    /// Journal rows.
    pub rows: u64,
    /// Last hash of the journal.
    pub last_hash: String,
    /// Requests compared with the journal.
    pub requests: u64,
    /// Requests registered before digests were kept: only their chain is proven.
    pub without_digests: u64,
    /// Roots with a good stamp.
    pub stamped_roots: u64,
    /// Roots the authority has not stamped yet.
    pub unstamped_roots: u64,
    /// Imports compared with the journal.
    pub imports: u64,
    /// Everything found.
    pub faults: Vec<IntegrityFault>,
}

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

enum Compared {
    Same,
    WithoutDigests,
    Differs(&'static str),
}

/// What is stored against what the request's own rows say.
fn compare(evidence: &StoredEvidence, rows: &[AuditRow]) -> Compared {
    let of = |action: AuditAction| -> Vec<&AuditRow> {
        rows.iter().filter(|row| row.action == action.code()).collect()
    };
    let registered = of(AuditAction::Registered);
    let [first] = registered.as_slice() else { return Compared::Differs("registration") };
    if first.evidence.is_empty() {
        return Compared::WithoutDigests;
    }
    let decided = of(AuditAction::Decided);
    let intended = of(AuditAction::Intended);
    let issued = of(AuditAction::Issued);
    let step = match (decided.is_empty(), intended.is_empty(), issued.is_empty()) {
        (true, true, true) => Step::Registered,
        (false, true, true) => Step::Decided,
        (false, false, true) => Step::Intended,
        _ => Step::Issued,
    };
    let same = |stored: Option<&String>, rows: &[&AuditRow]| match stored {
        None => rows.is_empty(),
        Some(digest) => !rows.is_empty() && rows.iter().all(|row| row.evidence == *digest),
    };
    let unsealed = if step == Step::Intended { intended.as_slice() } else { &[] };
    let parts = [
        ("registration", first.evidence == evidence.registration),
        ("decision", same(evidence.decision.as_ref(), &decided)),
        ("unsealed documents", same(evidence.unsealed.as_ref(), unsealed)),
        ("answer", same(evidence.issued.as_ref(), &issued)),
        ("step", evidence.step == step.code()),
        ("notices", evidence.notices == notices(rows)),
        ("alarms", evidence.alarmed_percent == alarmed_percent(rows, step)),
    ];
    let differs = parts.into_iter().find(|(_, same)| !same);
    differs.map_or(Compared::Same, |(part, _)| Compared::Differs(part))
}

fn notices(rows: &[AuditRow]) -> Vec<(String, i64)> {
    let first = |action: AuditAction| rows.iter().find(|row| row.action == action.code());
    [(NoticeKind::Answered, AuditAction::Issued), (NoticeKind::Overdue, AuditAction::Overdue)]
        .into_iter()
        .filter_map(|(kind, action)| Some((kind.code().to_owned(), first(action)?.at_ms)))
        .collect()
}

fn alarmed_percent(rows: &[AuditRow], step: Step) -> Option<i32> {
    if step == Step::Issued {
        return None;
    }
    let of = |row: &AuditRow| {
        Alarm::ALL.into_iter().find(|alarm| row.detail == alarm.code()).map(Alarm::percent)
    };
    let is_alarm = |row: &&AuditRow| {
        row.action == AuditAction::Alarmed.code() || row.action == AuditAction::Overdue.code()
    };
    Some(rows.iter().filter(is_alarm).filter_map(of).max().unwrap_or_default())
}
