//! What is done for callers, of an intercepted store.

use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;

use super::intercepted::{Intercepted, Interceptor};
use crate::audit::AuditEvent;
use crate::ports::{CallerAct, CallerDesk, CallerTurn, FaultReport, FaultReportKind, StoreError};

#[async_trait]
impl<I: Interceptor> CallerDesk for Intercepted<I> {
    async fn note_caller_act(
        &self,
        act: &CallerAct,
        audit: &AuditEvent,
    ) -> Result<CallerTurn, StoreError> {
        self.around("note_caller_act", self.store.note_caller_act(act, audit)).await
    }

    async fn notices_sent_again(
        &self,
        person: Iin,
        limit: u32,
    ) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        self.around("notices_sent_again", self.store.notices_sent_again(person, limit)).await
    }

    async fn put_fault_report(
        &self,
        report: &FaultReport,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.around("put_fault_report", self.store.put_fault_report(report, audit)).await
    }

    async fn fault_reports(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<FaultReport>, StoreError> {
        self.around("fault_reports", self.store.fault_reports(since, limit)).await
    }

    async fn fault_counts(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(FaultReportKind, u64)>, StoreError> {
        self.around("fault_counts", self.store.fault_counts(since)).await
    }
}
