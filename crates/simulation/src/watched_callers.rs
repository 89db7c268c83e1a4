//! What is done for callers, of the store of the stage: nobody calls there.

use app::{
    AuditEvent, CallerAct, CallerDesk, CallerTurn, FaultReport, FaultReportKind, StoreError,
};
use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;

use crate::watched_store::WatchedStore;

#[async_trait]
impl CallerDesk for WatchedStore {
    async fn note_caller_act(
        &self,
        act: &CallerAct,
        audit: &AuditEvent,
    ) -> Result<CallerTurn, StoreError> {
        self.store.note_caller_act(act, audit).await
    }

    async fn notices_sent_again(
        &self,
        person: Iin,
        limit: u32,
    ) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        self.store.notices_sent_again(person, limit).await
    }

    async fn put_fault_report(
        &self,
        report: &FaultReport,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.store.put_fault_report(report, audit).await
    }

    async fn fault_reports(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<FaultReport>, StoreError> {
        self.store.fault_reports(since, limit).await
    }

    async fn fault_counts(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(FaultReportKind, u64)>, StoreError> {
        self.store.fault_counts(since).await
    }
}
