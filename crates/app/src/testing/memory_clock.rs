//! What the store in memory keeps of the legal clock and of evidence: alarms, notices, digests.
//!
//! Read next: `memory_state.rs`.

use domain::{Alarm, Iin, Number, RequestState, WaitingFor};
use jiff::Timestamp;

use super::memory_state::{Job, State};
use crate::audit::AuditEvent;
use crate::evidence::effect_digest;
use crate::ports::{
    Effect, Exception, Notice, NoticeKind, OpenRequest, StoreError, StoredEvidence, StoredNotice,
    Transition,
};

impl State {
    pub(super) fn keep_digest(
        &mut self,
        number: &Number,
        change: &Transition,
    ) -> Result<(), StoreError> {
        let version = change.expected_version.saturating_add(1);
        let digest = effect_digest(&change.effect, change.state, change.at, version)?;
        let kept = self.evidence.entry(number.clone()).or_default();
        match &change.effect {
            Effect::Waiting => {}
            Effect::Decided(..) => kept.decision = Some(digest),
            Effect::Intended(_) => kept.unsealed = Some(digest),
            Effect::Issued(_) => (kept.unsealed, kept.issued) = (None, Some(digest)),
        }
        Ok(())
    }

    pub(super) fn tell(&mut self, number: &Number, notices: &[Notice]) {
        for notice in notices {
            self.notices.entry((number.clone(), notice.kind.code())).or_insert(*notice);
        }
    }

    pub(super) fn release_waiting(&mut self, waiting_for: WaitingFor, now: Timestamp) -> u64 {
        let state = RequestState::Checking(Some(waiting_for));
        let mut released = 0;
        for (number, job) in &mut self.jobs {
            let request = self.requests.get(number).filter(|request| request.state == state);
            if let (Some(request), None) = (request, job.leased_until) {
                job.run_at = request.clock.accepted_at.min(now);
                released += 1;
            }
        }
        released
    }

    pub(super) fn open_requests(
        &self,
        alarm: Alarm,
        due_before: Timestamp,
        limit: u32,
    ) -> Vec<OpenRequest> {
        let below = |job: &Job| job.alarmed_percent < alarm.percent();
        let jobs = self.jobs.iter().filter(|(_, job)| below(job));
        let mut open: Vec<OpenRequest> = jobs
            .filter_map(|(number, _)| self.requests.get(number))
            .filter(|request| request.clock.due_at <= due_before)
            .map(OpenRequest::from)
            .collect();
        open.sort_by_key(|request| (request.clock.due_at, request.number.clone()));
        open.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        open
    }

    pub(super) fn raise_alarm(
        &mut self,
        number: &Number,
        alarm: Alarm,
        notice: Option<Notice>,
        audit: &AuditEvent,
    ) -> bool {
        let job = self.jobs.get_mut(number);
        let Some(job) = job.filter(|job| job.alarmed_percent < alarm.percent()) else {
            return false;
        };
        job.alarmed_percent = alarm.percent();
        self.tell(number, notice.as_slice());
        self.append(std::slice::from_ref(audit));
        true
    }

    pub(super) fn exceptions(&self, before: Option<Timestamp>, limit: u32) -> Vec<Exception> {
        let mut found: Vec<Exception> = self
            .notices
            .iter()
            .filter(|(_, notice)| notice.kind == NoticeKind::Overdue)
            .filter(|(_, notice)| before.is_none_or(|before| notice.at < before))
            .filter_map(|((number, _), notice)| {
                let request = self.requests.get(number)?.clone();
                Some(Exception { request, told_at: notice.at })
            })
            .collect();
        found.sort_by(|a, b| (b.told_at, &b.request.number).cmp(&(a.told_at, &a.request.number)));
        let last = usize::try_from(limit).ok().and_then(|limit| found.get(limit.checked_sub(1)?));
        if let Some(last) = last.map(|one| one.told_at) {
            found.retain(|one| one.told_at >= last);
        }
        found
    }

    pub(super) fn notices_of(&self, applicant: Iin, limit: u32) -> Vec<StoredNotice> {
        let of_applicant = |number: &Number| {
            self.requests.get(number).is_some_and(|one| one.request.applicant == applicant)
        };
        let mut found: Vec<StoredNotice> = self
            .notices
            .iter()
            .filter(|((number, _), _)| of_applicant(number))
            .map(|((number, _), notice)| StoredNotice { number: number.clone(), notice: *notice })
            .collect();
        found.sort_by(|a, b| {
            let key =
                |one: &StoredNotice| (one.notice.at, one.number.clone(), one.notice.kind.code());
            key(b).cmp(&key(a))
        });
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        found
    }

    pub(super) fn evidence_of(&self, number: &Number) -> Option<StoredEvidence> {
        if let Some(kept) = self.erased.get(number) {
            return Some(crate::erasing_requests::erased_evidence(&kept.left));
        }
        let request = self.requests.get(number)?;
        let kept = self.evidence.get(number)?.clone();
        Some(StoredEvidence {
            number: number.clone(),
            withdrawal: self.withdrawals.get(number).map(crate::ConsentWithdrawal::digest),
            recourses: self.recourse_digests(number),
            registration: kept.registration,
            decision: kept.decision,
            unsealed: kept.unsealed,
            issued: kept.issued,
            step: request.step.code().to_owned(),
            notices: self
                .notices
                .iter()
                .filter(|((of, _), _)| of == number)
                .map(|((_, kind), notice)| ((*kind).to_owned(), notice.at.as_millisecond()))
                .collect(),
            alarmed_percent: self.jobs.get(number).map(|job| job.alarmed_percent),
            case: {
                let annulments: Vec<_> =
                    self.annulments.iter().filter(|one| one.request == *number).cloned().collect();
                let notes: Vec<_> =
                    self.notes.iter().filter(|one| one.request == *number).cloned().collect();
                crate::ports::case_digests(&annulments, &notes)
            },
        })
    }
}
