//! Walking the journal: its chain and its head, and what it tells of everything else that is stored.
//!
//! It is walked twice. What it told when the verification began must be stored; what is stored must be told when
//! everything was read. So what others write meanwhile is no fault. Read next: `stored.rs` for the comparison.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::{AuditAction, AuditRow, verify_chain_with};
use crate::ports::{ERASED_REQUESTS, JournalHead, StoreError};
use crate::service::Service;

use super::{IntegrityFault, IntegrityReport};

/// Journal rows read with one question to the store.
const PAGE: u32 = 1_000;

/// What the journal tells, up to a row.
#[derive(Clone, Default)]
pub(super) struct Told {
    /// The last row walked over.
    pub(super) last: JournalHead,
    /// Requests registered.
    pub(super) registered: u64,
    /// The first row with a digest: from here on every row has the digest it is to have.
    proven_from: Option<i64>,
    /// Something was written before that, so imports may be older than their journal rows.
    begins_unproven: bool,
    /// Digests of imports by their numbers.
    pub(super) imports: BTreeMap<i64, String>,
    /// Digests of technical breaks by their identifiers.
    pub(super) breaks: BTreeMap<String, String>,
    /// When breaks were withdrawn (epoch milliseconds), by their identifiers.
    pub(super) withdrawn: BTreeMap<String, i64>,
    /// Digests of proposed forms by their identifiers.
    pub(super) forms: BTreeMap<String, String>,
    /// Digests of what became of them, by the same.
    pub(super) form_ends: BTreeMap<String, String>,
    /// Digests of what was proposed about people who serve, by its identifiers.
    pub(super) appointments: BTreeMap<String, String>,
    /// Digests of what was decided of it.
    pub(super) appointment_ends: BTreeMap<String, String>,
    /// Digests of roots by their days.
    pub(super) roots: BTreeMap<String, String>,
    /// Classes numbers were drawn from since each restoration, with its moment (epoch milliseconds).
    pub(super) classes: Vec<(String, i64)>,
    /// Digests of certificates of erased requests by their places.
    pub(super) erasures: BTreeMap<i64, String>,
    /// Places of rows that were emptied with the requests they tell of.
    pub(super) emptied: BTreeSet<i64>,
}

impl Told {
    /// The row from which on every row has the digest it is to have.
    pub(super) fn proven_from(&self) -> i64 {
        self.proven_from.unwrap_or(i64::MAX)
    }

    /// Imports were no business of the journal before there were digests: those with lesser numbers than the first it
    /// tells of, in a store that is as old as that.
    pub(super) fn is_older_than_proof(&self, import: i64) -> bool {
        let first = self.imports.keys().next().copied().unwrap_or(i64::MAX);
        self.begins_unproven && (1..first).contains(&import)
    }

    fn take(&mut self, rows: &[AuditRow], hash: String) {
        for row in rows {
            self.note(row);
            self.last.sequence = row.sequence;
        }
        self.last.hash = hash;
    }

    fn note(&mut self, row: &AuditRow) {
        let is = |action: AuditAction| row.action == action.code();
        let (key, digest) = (row.detail.clone(), row.evidence.clone());
        if !digest.is_empty() {
            self.proven_from.get_or_insert(row.sequence);
        } else if self.proven_from.is_none() && is(AuditAction::Registered) {
            self.begins_unproven = true;
        }
        if is(AuditAction::Registered) {
            self.registered += 1;
        } else if is(AuditAction::BreakAnnounced) {
            self.breaks.insert(key, digest);
        } else if is(AuditAction::BreakWithdrawn) {
            self.withdrawn.insert(key, row.at_ms);
        } else if is(AuditAction::FormProposed) {
            self.forms.insert(key, digest);
        } else if is(AuditAction::FormReleased) || is(AuditAction::FormClosed) {
            self.form_ends.insert(key, digest);
        } else if is(AuditAction::AppointmentProposed) {
            self.appointments.insert(key, digest);
        } else if is(AuditAction::AppointmentDecided) {
            self.appointment_ends.insert(key, digest);
        } else if is(AuditAction::RootTaken) {
            self.roots.insert(key, digest);
        } else if is(AuditAction::Erased) {
            if key.split(' ').next() == Some(ERASED_REQUESTS) {
                self.erasures.insert(row.sequence, digest);
            }
        } else if is(AuditAction::Restored) {
            self.classes.push((key, row.at_ms));
        } else if is(AuditAction::Imported)
            && let Ok(id) = key.parse()
        {
            self.imports.insert(id, digest);
        }
    }
}

impl Service {
    /// Walks on to where the journal's head is now. `false` where the chain is broken: then nothing behind the break
    /// can be relied on.
    pub(super) async fn walk_journal(
        &self,
        told: &mut Told,
        report: &mut IntegrityReport,
    ) -> Result<bool, StoreError> {
        // The head is read first: rows that are appended meanwhile lie behind it.
        let head = self.store().journal_head().await?;
        while told.last.sequence < head.sequence {
            let next = told.last.sequence + 1;
            let left = u32::try_from(head.sequence - told.last.sequence).unwrap_or(PAGE);
            let rows = self.store().audit_from(next, PAGE.min(left)).await?;
            if rows.is_empty() {
                break;
            }
            let may_be = self.emptied_among(&rows).await?;
            match verify_chain_with(&rows, next, &told.last.hash, &may_be) {
                Ok((hash, emptied)) => {
                    told.emptied.extend(emptied);
                    told.take(&rows, hash);
                }
                Err(fault) => {
                    report.faults.push(fault.into());
                    return Ok(false);
                }
            }
        }
        if told.last != head {
            report.find(IntegrityFault::Head { last: told.last.sequence, head: head.sequence });
        }
        report.rows = u64::try_from(told.last.sequence).unwrap_or_default();
        report.last_hash.clone_from(&told.last.hash);
        Ok(true)
    }

    /// Behind the head is nothing but what was appended since it was read.
    pub(super) async fn compare_end(
        &self,
        told: &Told,
        report: &mut IntegrityReport,
    ) -> Result<(), StoreError> {
        let head = told.last.sequence;
        let beyond = self.store().audit_from(head + 1, 1).await?;
        let went_on = self.store().journal_head().await?.sequence > head;
        if let (Some(row), false) = (beyond.last(), went_on) {
            report.find(IntegrityFault::Head { last: row.sequence, head });
        }
        Ok(())
    }
}
