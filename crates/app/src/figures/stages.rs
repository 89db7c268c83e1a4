//! The stages of the service, for the national system that monitors it (Law No. 88-V, Article 5(2)(11)): numbers, moments and
//! kinds of answers, and nobody's data.
//!
//! The feed is the journal seen through a sieve. Its cursor is a place in the journal, which has no gaps and never changes, so
//! whoever asks again from the same cursor is told the same, and nothing is told that is not committed. A stage that was told
//! but not kept by the other side is asked for again: at least once. Read next: `docs/figures.md`.

use std::collections::HashMap;

use domain::{Bin, Kato, Number};
use jiff::Timestamp;

use crate::audit::{AuditAction, AuditRow};
use crate::ports::{FigureLine, StoreError};
use crate::service::Service;

/// Rows of the journal read at once.
const ROWS: u32 = 1_000;
/// Rows read for one page at most; a page may therefore be empty and yet go on.
const ROWS_MAX: i64 = 20_000;

/// A stage of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestStage {
    /// Accepted: the term runs.
    Registered,
    /// A source did not answer: it waits.
    Waiting,
    /// The decision is made.
    Decided,
    /// The answer is in the cabinet.
    Issued,
    /// The term has passed without an answer.
    Overdue,
}

impl RequestStage {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Registered, Self::Waiting, Self::Decided, Self::Issued, Self::Overdue];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Waiting => "waiting",
            Self::Decided => "decided",
            Self::Issued => "issued",
            Self::Overdue => "overdue",
        }
    }

    fn of(action: AuditAction) -> Option<Self> {
        match action {
            AuditAction::Registered => Some(Self::Registered),
            AuditAction::Waiting => Some(Self::Waiting),
            AuditAction::Decided => Some(Self::Decided),
            AuditAction::Issued => Some(Self::Issued),
            AuditAction::Overdue => Some(Self::Overdue),
            _ => None,
        }
    }

    /// Whether the answer is known at it.
    fn knows_the_answer(self) -> bool {
        matches!(self, Self::Decided | Self::Issued)
    }
}

/// What is told of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageEvent {
    /// Its place; the cursor of whoever kept it.
    pub cursor: i64,
    /// The request.
    pub number: Number,
    /// Business identification number of the provider: of the answer once it is decided, before that of the department
    /// addressed, else of the one that stands in for it.
    pub provider: Bin,
    /// Which.
    pub stage: RequestStage,
    /// When.
    pub at: Timestamp,
    /// Whether the answer has certificates and refusals; `None` before it is decided.
    pub answer: Option<(bool, bool)>,
}

/// Some stages, and where to go on; those of synthetic people are left out, so that a page may have fewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagePage {
    /// In their order.
    pub events: Vec<StageEvent>,
    /// The cursor to ask from next.
    pub next: i64,
    /// Whether everything there was has been read.
    pub is_last: bool,
}

impl Service {
    /// Stages behind a cursor, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stages(&self, after: i64, limit: usize) -> Result<StagePage, StoreError> {
        let (mut next, mut is_last, mut found) = (after.max(0), false, Vec::new());
        let mut before = self.store().audit_from(next, 1).await?.pop().filter(|_| next > 0);
        while found.len() < limit && next < after.max(0).saturating_add(ROWS_MAX) {
            let rows = self.store().audit_from(next.saturating_add(1), ROWS).await?;
            is_last = rows.len() < usize::try_from(ROWS).unwrap_or(usize::MAX);
            for row in rows {
                if found.len() >= limit {
                    is_last = false;
                    break;
                }
                next = row.sequence;
                if !before.is_some_and(|before| is_same_answer(&before, &row)) {
                    found.extend(stage_row(&row)?);
                }
                before = Some(row);
            }
            if is_last {
                break;
            }
        }
        Ok(StagePage { events: self.stage_events(found).await?, next, is_last })
    }

    async fn stage_events(
        &self,
        rows: Vec<(RequestStage, Number, AuditRow)>,
    ) -> Result<Vec<StageEvent>, StoreError> {
        let mut numbers: Vec<Number> = rows.iter().map(|(_, number, _)| number.clone()).collect();
        numbers.sort();
        numbers.dedup();
        let lines = self.store().figures_of(&numbers).await?;
        let lines: HashMap<Number, FigureLine> = lines.into_iter().collect();
        let event = |(stage, number, row): (RequestStage, Number, AuditRow)| {
            let line = lines.get(&number).ok_or(StoreError::Corrupt("figures"))?;
            if line.is_synthetic {
                return Ok(None);
            }
            let known = stage.knows_the_answer();
            let answered_by = line.answered_by.as_ref().filter(|_| known);
            let territory = answered_by.or(line.addressed.as_ref());
            let at = Timestamp::from_millisecond(row.at_ms);
            Ok(Some(StageEvent {
                cursor: row.sequence,
                provider: self.bin_of(territory),
                stage,
                at: at.map_err(|_| StoreError::Corrupt("audit"))?,
                answer: known.then_some((line.certificates > 0, line.refusals > 0)),
                number,
            }))
        };
        rows.into_iter().filter_map(|row| event(row).transpose()).collect()
    }

    fn bin_of(&self, territory: Option<&Kato>) -> Bin {
        let providers = self.providers();
        territory.map_or_else(|| providers.fallback(), |kato| providers.of(kato)).bin
    }
}

/// A journal row that tells of a stage.
fn stage_row(row: &AuditRow) -> Result<Option<(RequestStage, Number, AuditRow)>, StoreError> {
    let Some(stage) = AuditAction::parse(&row.action).and_then(RequestStage::of) else {
        return Ok(None);
    };
    let number = Number::parse(&row.request).map_err(|_| StoreError::Corrupt("audit"))?;
    Ok(Some((stage, number, row.clone())))
}

/// An answer has a row for each of its documents, one behind another; its first row is the stage.
fn is_same_answer(before: &AuditRow, row: &AuditRow) -> bool {
    let issued = AuditAction::Issued.code();
    before.action == issued && row.action == issued && before.request == row.request
}
