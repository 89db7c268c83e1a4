//! What operators measure of the work, counted by the store, so that any node tells the same and a restart loses nothing.
//!
//! Requests of synthetic people ([`Operations::put_synthetic_person`]) are in no count but those of jobs. Read next:
//! `../operations.rs`, then adr 39.

use async_trait::async_trait;
use domain::{Alarm, Iin};
use jiff::Timestamp;

use super::store::StoreError;

/// Upper ends of the classes by which times to answer are counted, in milliseconds. The statements of both stores name them.
pub const ANSWER_CLASSES_MS: [i64; 12] = [
    500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 900_000, 1_800_000,
    86_400_000,
];

/// A row as stores hand it over. Of answers: place of the class, how many, those after their term, milliseconds of all
/// together, two noughts. Of what has none: -1, how many, those past their term, past four fifths, past half of it, and when
/// the oldest was accepted.
pub type MeasuredRow = (i64, i64, i64, i64, i64, i64);

/// Answered requests by the time their answers took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerCounts {
    /// How many in each class of [`ANSWER_CLASSES_MS`]; behind the last those that took longer.
    pub by_class: [u64; ANSWER_CLASSES_MS.len() + 1],
    /// How many were answered after their term.
    pub late: u64,
    /// Milliseconds that all of them took.
    pub took_ms: u64,
}

impl AnswerCounts {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.by_class.iter().sum()
    }

    /// With what was counted elsewhere.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for (own, more) in self.by_class.iter_mut().zip(&other.by_class) {
            *own = own.saturating_add(*more);
        }
        self.late = self.late.saturating_add(other.late);
        self.took_ms = self.took_ms.saturating_add(other.took_ms);
        self
    }

    fn add(&mut self, row: MeasuredRow) -> Result<(), StoreError> {
        let (place, answers, late, took_ms, ..) = row;
        let place = usize::try_from(place).map_err(|_| CORRUPT)?;
        let own = self.by_class.get_mut(place).ok_or(CORRUPT)?;
        *own = own.saturating_add(rows_count(answers)?);
        self.late = self.late.saturating_add(rows_count(late)?);
        self.took_ms = self.took_ms.saturating_add(rows_count(took_ms)?);
        Ok(())
    }
}

/// Requests without an answer at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenCounts {
    /// All of them.
    pub open: u64,
    /// Those of which half the term has passed.
    pub past_half: u64,
    /// Those of which four fifths have passed.
    pub past_most: u64,
    /// Those whose term has passed.
    pub overdue: u64,
    /// When the oldest was accepted.
    pub oldest_at: Option<Timestamp>,
}

/// Answers of a span of time, and what was open, as one statement sees both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Answers.
    pub answers: AnswerCounts,
    /// What has none.
    pub open: OpenCounts,
}

impl Measured {
    /// Reads what a store hands over.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn read(rows: Vec<MeasuredRow>) -> Result<Self, StoreError> {
        let mut measured = Self::default();
        for row in rows {
            let (class, open, overdue, past_most, past_half, oldest_ms) = row;
            if class >= 0 {
                measured.answers.add(row)?;
                continue;
            }
            let oldest_at = Timestamp::from_millisecond(oldest_ms).map_err(|_| CORRUPT)?;
            measured.open = OpenCounts {
                open: rows_count(open)?,
                past_half: rows_count(past_half)?,
                past_most: rows_count(past_most)?,
                overdue: rows_count(overdue)?,
                oldest_at: (open > 0).then_some(oldest_at),
            };
        }
        Ok(measured)
    }
}

/// Work that waits at a moment, of synthetic people too: it stands in the same queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Requests with work left.
    pub jobs: u64,
    /// Those whose turn has come and which nobody works on.
    pub due: u64,
    /// When the turn came of the one that waits longest.
    pub due_since: Option<Timestamp>,
}

/// A number of rows, as a database counts them.
///
/// # Errors
/// [`StoreError::Corrupt`] where it is less than none.
pub fn rows_count(rows: i64) -> Result<u64, StoreError> {
    u64::try_from(rows).map_err(|_| CORRUPT)
}

/// Until when a term ends of which so much has passed now as makes this alarm due.
#[must_use]
pub fn due_by(now: Timestamp, alarm: Alarm) -> Timestamp {
    now.checked_add(alarm.left()).unwrap_or(Timestamp::MAX)
}

const CORRUPT: StoreError = StoreError::Corrupt("a count");

/// Counts for operators.
#[async_trait]
pub trait Operations: Send + Sync {
    /// Requests answered from a moment on and before another, and what has no answer, by its term at `now`.
    async fn measured(
        &self,
        from: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Measured, StoreError>;

    /// The work that waits at a moment.
    async fn job_counts(&self, now: Timestamp) -> Result<JobCounts, StoreError>;

    /// From now on whatever this person asks is synthetic: answered like any request, and counted nowhere. Twice is the
    /// same as once. `false` where requests of this person were counted already: then it is no synthetic person, and
    /// nothing changes.
    async fn put_synthetic_person(&self, iin: Iin, at: Timestamp) -> Result<bool, StoreError>;
}
