//! What operators measure, in memory: counted from what is kept.

use async_trait::async_trait;
use domain::{Alarm, Iin};
use jiff::Timestamp;

use super::intercepted::{Intercepted, Interceptor};
use super::memory_state::State;
use super::memory_store::MemoryStore;
use crate::ports::{
    ANSWER_CLASSES_MS, FigureLine, JobCounts, Measured, MeasuredRow, Operations, StoreError,
    StoredRequest, due_by,
};

impl State {
    fn counted(&self) -> impl Iterator<Item = &StoredRequest> {
        self.requests.values().filter(|one| !self.synthetic.contains(&one.number))
    }

    fn answer_rows(&self, from: Timestamp, until: Timestamp) -> Vec<MeasuredRow> {
        let ended = |one: FigureLine| {
            let ended_at = one.ended_at.filter(|at| (from..until).contains(at))?;
            let took = ended_at.as_millisecond() - one.clock.accepted_at.as_millisecond();
            let class = ANSWER_CLASSES_MS.iter().position(|end| took <= *end);
            let class = class.unwrap_or(ANSWER_CLASSES_MS.len());
            let late = i64::from(ended_at > one.clock.due_at);
            Some((i64::try_from(class).unwrap(), 1, late, took.max(0), 0, 0))
        };
        let counted = self.figure_lines().map(|(_, line)| line).filter(|line| !line.is_synthetic);
        counted.filter_map(ended).collect()
    }

    fn open_row(&self, now: Timestamp) -> MeasuredRow {
        let open: Vec<_> = self.counted().filter(|one| one.ended_at.is_none()).collect();
        let due = |by: Timestamp| {
            i64::try_from(open.iter().filter(|one| one.clock.due_at <= by).count()).unwrap()
        };
        let oldest = open.iter().map(|one| one.clock.accepted_at.as_millisecond()).min();
        (
            -1,
            i64::try_from(open.len()).unwrap(),
            due(now),
            due(due_by(now, Alarm::MostOfTerm)),
            due(due_by(now, Alarm::HalfTerm)),
            oldest.unwrap_or_default(),
        )
    }
}

#[async_trait]
impl Operations for MemoryStore {
    async fn measured(
        &self,
        from: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Measured, StoreError> {
        let rows = self.read(|state| {
            let mut rows = state.answer_rows(from, until);
            rows.push(state.open_row(now));
            rows
        })?;
        Measured::read(rows)
    }

    async fn job_counts(&self, now: Timestamp) -> Result<JobCounts, StoreError> {
        self.read(|state| {
            let free =
                state.jobs.values().filter(|job| job.leased_until.is_none_or(|at| at <= now));
            let due: Vec<Timestamp> = free.map(|job| job.run_at).filter(|at| *at <= now).collect();
            JobCounts {
                jobs: u64::try_from(state.jobs.len()).unwrap(),
                due: u64::try_from(due.len()).unwrap(),
                due_since: due.into_iter().min(),
            }
        })
    }

    async fn put_synthetic_person(&self, iin: Iin, _at: Timestamp) -> Result<bool, StoreError> {
        self.write(|state| {
            if state.counted().any(|one| one.request.applicant == iin) {
                return Ok(false);
            }
            state.synthetic_people.insert(iin);
            Ok(true)
        })
    }
}

#[async_trait]
impl<I: Interceptor> Operations for Intercepted<I> {
    async fn measured(
        &self,
        from: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Measured, StoreError> {
        self.around("measured", self.store.measured(from, until, now)).await
    }

    async fn job_counts(&self, now: Timestamp) -> Result<JobCounts, StoreError> {
        self.around("job_counts", self.store.job_counts(now)).await
    }

    async fn put_synthetic_person(&self, iin: Iin, at: Timestamp) -> Result<bool, StoreError> {
        self.around("put_synthetic_person", self.store.put_synthetic_person(iin, at)).await
    }
}
