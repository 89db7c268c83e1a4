//! What is done for callers, in memory.

use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;

use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::audit::AuditEvent;
use crate::ports::{
    CallerAct, CallerActKind, CallerDesk, CallerTurn, EarlierAct, FaultReport, FaultReportKind,
    StoreError,
};

#[derive(Clone, Default)]
pub(super) struct CallersState {
    pub(super) acts: Vec<CallerAct>,
    pub(super) reports: Vec<FaultReport>,
}

impl State {
    fn note_caller_act(
        &mut self,
        act: &CallerAct,
        audit: &AuditEvent,
    ) -> Result<CallerTurn, StoreError> {
        let earlier = |one: &CallerAct| EarlierAct {
            at: one.at,
            kind: one.kind,
            is_same_person: one.person == act.person,
            is_same_operator: one.operator == act.operator,
            number: one.number.clone(),
        };
        let earlier: Vec<EarlierAct> = self
            .callers
            .acts
            .iter()
            .filter(|one| one.at > act.counts_since())
            .map(earlier)
            .filter(|one| one.is_same_person || one.is_same_operator)
            .collect();
        if let Some(until) = act.must_wait(&earlier) {
            return Ok(CallerTurn::Wait(until));
        }
        self.require_kept(act.number.as_ref())?;
        self.callers.acts.push(act.clone());
        self.append(std::slice::from_ref(audit));
        Ok(CallerTurn::Kept)
    }

    fn fault_reports(&self, since: Timestamp) -> Vec<FaultReport> {
        let since = |one: &&FaultReport| one.at >= since;
        let mut reports: Vec<_> = self.callers.reports.iter().filter(since).cloned().collect();
        reports.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
        reports
    }
}

fn most(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[async_trait]
impl CallerDesk for MemoryStore {
    async fn note_caller_act(
        &self,
        act: &CallerAct,
        audit: &AuditEvent,
    ) -> Result<CallerTurn, StoreError> {
        self.write(|state| state.note_caller_act(act, audit))
    }

    async fn notices_sent_again(
        &self,
        person: Iin,
        limit: u32,
    ) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        self.read(|state| {
            let sent =
                |one: &&CallerAct| one.kind == CallerActKind::SentAgain && one.person == person;
            let acts = state.callers.acts.iter().filter(sent);
            let mut sent: Vec<_> =
                acts.filter_map(|one| Some((one.number.clone()?, one.at))).collect();
            sent.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
            sent.truncate(most(limit));
            sent
        })
    }

    async fn put_fault_report(
        &self,
        report: &FaultReport,
        audit: &AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(|state| {
            state.callers.reports.push(report.clone());
            state.append(std::slice::from_ref(audit));
            Ok(())
        })
    }

    async fn fault_reports(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<FaultReport>, StoreError> {
        self.read(|state| {
            let mut reports = state.fault_reports(since);
            reports.truncate(most(limit));
            reports
        })
    }

    async fn fault_counts(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(FaultReportKind, u64)>, StoreError> {
        self.read(|state| {
            let reports = state.fault_reports(since);
            let count = |kind: FaultReportKind| {
                let of_kind = reports.iter().filter(|one| one.kind == kind).count();
                (kind, u64::try_from(of_kind).unwrap_or(u64::MAX))
            };
            FaultReportKind::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
        })
    }
}
