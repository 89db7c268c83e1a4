//! Erased requests against their certificates: a row of the journal that carries a digest of everything that is left of them, and
//! of every row that was emptied with them.
//!
//! Nothing is taken on trust that way: an emptied row keeps its hash, which the next row covers; whatever else it says the
//! certificate covers; and the certificate is a row like any other, under the roots. Who writes a certificate in due form
//! behind the program's back leaves it there to be seen, as whoever appends any row does (adr 12). Read next: `../ports/erased.rs`.

use std::collections::BTreeSet;

use domain::Number;
use jiff::SignedDuration;

use crate::audit::{AuditAction, AuditRow};
use crate::erasing::KEPT_DAYS_MIN;
use crate::erasing_requests::erased_evidence;
use crate::ports::{ErasedRequest, JournalRoot, StoreError, erasure_digest};
use crate::service::Service;

use super::journal::Told;
use super::{IntegrityDoubt, IntegrityFault, IntegrityReport};

impl Service {
    /// Places of rows that may have been emptied: they tell nothing of anybody, and of a request that was erased behind them.
    pub(super) async fn emptied_among(
        &self,
        rows: &[AuditRow],
    ) -> Result<BTreeSet<i64>, StoreError> {
        let empty = rows.iter().filter(|row| row.is_empty_of_anybody());
        let numbers: BTreeSet<Number> =
            empty.clone().filter_map(|row| Number::parse(&row.request).ok()).collect();
        if numbers.is_empty() {
            return Ok(BTreeSet::new());
        }
        let numbers: Vec<Number> = numbers.into_iter().collect();
        let erased = self.store().erased_requests(&numbers).await?;
        let is_behind = |row: &&AuditRow| {
            erased
                .iter()
                .any(|one| one.number.as_str() == row.request && row.sequence < one.certificate)
        };
        Ok(empty.filter(is_behind).map(|row| row.sequence).collect())
    }

    /// Nothing of an erased request is stored but what is left of it.
    pub(super) async fn compare_erased(
        &self,
        left: &ErasedRequest,
        report: &mut IntegrityReport,
    ) -> Result<(), StoreError> {
        let stored = match self.store().evidence(&left.number).await {
            Err(StoreError::Corrupt(_)) => None,
            stored => stored?,
        };
        if stored.as_ref() == Some(&erased_evidence(left)) {
            report.erased += 1;
        } else {
            report.find(IntegrityFault::Erased(left.number.clone()));
        }
        Ok(())
    }

    /// Every certificate names what is left and was answered long enough ago, and whatever is left has a certificate.
    pub(super) async fn compare_erasures(
        &self,
        told: &Told,
        roots: &[JournalRoot],
        report: &mut IntegrityReport,
    ) -> Result<(), StoreError> {
        let mut covered = BTreeSet::new();
        for (certificate, digest) in &told.erasures {
            let left = self.store().erased_by(*certificate).await?;
            let mut rows = Vec::new();
            for request in &left {
                let of_request = self.store().audit_of(&request.number).await?;
                rows.extend(of_request.into_iter().filter(|row| row.sequence < *certificate));
            }
            rows.sort_by_key(|row| row.sequence);
            let was_time = |one: &ErasedRequest| {
                let least = SignedDuration::from_hours(24 * i64::from(KEPT_DAYS_MIN - 1));
                one.erased_at.duration_since(one.ended_at) > least
            };
            let is_told = erasure_digest(&left, &rows) == *digest;
            if left.is_empty() || !is_told || !left.iter().all(was_time) {
                report.find(IntegrityFault::Erasure(*certificate));
            }
            let emptied = rows.iter().filter(|row| told.emptied.contains(&row.sequence));
            covered.extend(emptied.clone().map(|row| row.sequence));
            // Looks of the last days may have been covered by no root yet; the answers are older than a month.
            let answers = emptied.filter(|row| row.action == AuditAction::Issued.code());
            let last = answers.map(|row| row.sequence).max().unwrap_or_default();
            let is_between =
                |root: &JournalRoot| (last..*certificate).contains(&root.head.sequence);
            if last > 0 && !roots.iter().any(is_between) {
                report.doubts.push(IntegrityDoubt::ErasedUncovered(*certificate));
            }
        }
        report.emptied_rows = u64::try_from(covered.len()).unwrap_or(u64::MAX);
        // A row that was emptied under no certificate: its request names another one, or none that is there.
        for row in told.emptied.difference(&covered) {
            report.find(IntegrityFault::Erasure(*row));
        }
        Ok(())
    }
}
