//! What operators see of the service, gathered without asking anybody outside: counts of the store, breakers, contacts.
//!
//! Counts of answers only grow, and are the same whichever node tells them: what lies back further than any transaction is
//! remembered, the rest is counted anew each time. Knows no form in which it is told. Read next: `ports/operations.rs`.

use domain::{Iin, Source};
use jiff::{SignedDuration, Timestamp};

use crate::ports::{
    AnswerCounts, FIGURES_SPAN_MS, JobCounts, Measured, OpenCounts, OutboxStanding, StoreError,
};
use crate::service::Service;

/// Answers that lie back so far are all there: no transaction is open for so long, and no node's clock is so wrong.
const SETTLED: SignedDuration = SignedDuration::from_mins(10);
/// Answers are looked for so much before the first request and behind the present: clocks of nodes differ.
const CLOCKS: SignedDuration = SignedDuration::from_hours(1);

/// Counts of all answers there ever were, and how far they are remembered.
#[derive(Debug, Default)]
pub struct AnswerTally {
    settled: AnswerCounts,
    until: Option<Timestamp>,
}

impl AnswerTally {
    /// All answers up to now, and what has none. What was counted before a fault is not counted again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count(&mut self, service: &Service) -> Result<Measured, StoreError> {
        let (store, now) = (service.store(), service.now());
        let Some(mut from) = self.begins(service).await? else {
            return store.measured(now, ahead(now, CLOCKS), now).await;
        };
        let settled = back(now, SETTLED);
        while from < settled {
            let end = ahead(from, SignedDuration::from_millis(FIGURES_SPAN_MS)).min(settled);
            let span = store.measured(from, end, now).await?;
            self.settled = std::mem::take(&mut self.settled).plus(&span.answers);
            self.until = Some(end);
            from = end;
        }
        let Measured { answers, open } = store.measured(from, ahead(now, CLOCKS), now).await?;
        Ok(Measured { answers: self.settled.clone().plus(&answers), open })
    }

    async fn begins(&self, service: &Service) -> Result<Option<Timestamp>, StoreError> {
        if self.until.is_some() {
            return Ok(self.until);
        }
        Ok(service.store().first_figure().await?.map(|first| back(first, CLOCKS)))
    }
}

impl Measured {
    /// Requests whose term is decided: answered in time, or not answered when it passed. The second only grows, because
    /// whoever is answered late was overdue before.
    #[must_use]
    pub fn kept_and_missed(&self) -> (u64, u64) {
        let kept = self.answers.all().saturating_sub(self.answers.late);
        (kept, self.answers.late.saturating_add(self.open.overdue))
    }

    /// Requests accepted, answered or not.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.answers.all().saturating_add(self.open.open)
    }
}

impl OpenCounts {
    /// Age of the oldest.
    #[must_use]
    pub fn oldest_age(&self, now: Timestamp) -> SignedDuration {
        age(self.oldest_at, now)
    }
}

impl JobCounts {
    /// For how long the one that waits longest does.
    #[must_use]
    pub fn queue_age(&self, now: Timestamp) -> SignedDuration {
        age(self.due_since, now)
    }
}

impl OutboxStanding {
    /// For how long the notice waits that was written first.
    #[must_use]
    pub fn oldest_age(&self, now: Timestamp) -> SignedDuration {
        age(self.oldest, now)
    }
}

fn age(since: Option<Timestamp>, now: Timestamp) -> SignedDuration {
    since.map_or(SignedDuration::ZERO, |since| now.duration_since(since).max(SignedDuration::ZERO))
}

fn back(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn ahead(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl Service {
    /// The work that waits.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn job_counts(&self) -> Result<JobCounts, StoreError> {
        self.store().job_counts(self.now()).await
    }

    /// From now on this person is a synthetic one; `false` where requests of his were counted already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_synthetic_person(&self, iin: Iin) -> Result<bool, StoreError> {
        self.store().put_synthetic_person(iin, self.now()).await
    }

    /// Whom this process leaves alone now because they kept silent: consent, data bank, replica.
    #[must_use]
    pub fn left_alone(&self) -> [(&'static str, bool); 3] {
        [
            ("consent", !self.breaker(Source::Consent).is_closed()),
            ("data_bank", !self.breaker(Source::DataBank).is_closed()),
            ("replica", !self.replica_breaker().is_closed()),
        ]
    }
}
