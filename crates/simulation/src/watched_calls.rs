//! The calls of the stage's store that are watched, or go wrong where a bug is planted.
//!
//! Read next: `planted.rs`.

use app::{Effect, Lease, ResultId, StoreError, StoredEvidence, Transition};
use domain::Number;
use jiff::Timestamp;

use crate::planted::Plant;
use crate::watched_store::WatchedStore;

impl WatchedStore {
    pub(crate) async fn commit_watched(&self, transition: &Transition) -> Result<(), StoreError> {
        let committed = self.store.commit(transition).await;
        if committed.is_ok() {
            self.require_last(&transition.lease);
        }
        match (committed, &transition.effect) {
            (Err(StoreError::LeaseLost | StoreError::Stale), Effect::Issued(documents))
                if self.plant == Some(Plant::DoubleSeal) =>
            {
                self.harm().sealed_again.extend(documents.iter().cloned());
                Ok(())
            }
            (committed, _) => committed,
        }
    }

    pub(crate) async fn lease_what_is_left(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        loop {
            let Some(lease) = self.store.lease_job(now, until).await? else { return Ok(None) };
            let mut harm = self.harm();
            harm.fences.insert(lease.number.clone(), lease.fence);
            if !harm.lost_jobs.contains(&lease.number) {
                return Ok(Some(lease));
            }
        }
    }

    pub(crate) async fn postpone_or_lose(
        &self,
        lease: &Lease,
        run_at: Timestamp,
    ) -> Result<(), StoreError> {
        if self.plant == Some(Plant::LostJob) {
            self.harm().lost_jobs.insert(lease.number.clone());
        }
        self.store.postpone_job(lease, run_at).await?;
        self.require_last(lease);
        Ok(())
    }

    pub(crate) async fn document_sealed_last(
        &self,
        id: &ResultId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let again = self.harm().sealed_again.get(id).cloned();
        if again.is_some() { Ok(again) } else { self.store.document(id).await }
    }

    pub(crate) async fn evidence_without_lost(
        &self,
        number: &Number,
    ) -> Result<Option<StoredEvidence>, StoreError> {
        let mut evidence = self.store.evidence(number).await?;
        if let Some(evidence) = &mut evidence
            && self.harm().lost_jobs.contains(number)
        {
            evidence.alarmed_percent = None;
        }
        Ok(evidence)
    }
}
