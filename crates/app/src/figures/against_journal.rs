//! The figures again, from the journal and what it vouches for, compared with the lines they are usually counted from.
//!
//! Which requests there were and when each was accepted and answered the journal says itself; way, language, territory and
//! documents are read from the request and its answer, whose digests the journal holds (`audit verify` compares those).
//! Of the lines nothing is used, so whatever is missing, too much or altered among them shows.

use std::collections::BTreeMap;

use domain::{DocumentContent, LegalClock, Number};
use jiff::Timestamp;

use super::counting::FigureReport;
use super::period::FigurePeriod;
use crate::audit::{AuditAction, AuditRow};
use crate::ports::{ErasedRequest, FigureGroup, FigureLine, ResultKind, StoreError};
use crate::service::Service;

/// Rows of the journal read at once.
const ROWS: u32 = 5_000;
/// Lines asked for at once.
const LINES: usize = 500;

/// What is wrong with the line of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FigureDifference {
    /// The journal knows a request that is not counted.
    Missing(Number),
    /// It is counted as something else than it is.
    Unlike(Number),
    /// So many more lines are counted than the journal knows requests.
    TooMany(u64),
}

/// What a comparison found.
#[derive(Clone, Debug)]
pub struct FiguresCheck {
    /// The figures by the journal.
    pub by_journal: FigureReport,
    /// The figures by the lines.
    pub by_lines: FigureReport,
    /// Everything in which the lines differ.
    pub differences: Vec<FigureDifference>,
}

impl FiguresCheck {
    /// Whether nothing differs, in no line and in no figure.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && self.by_journal == self.by_lines
    }
}

/// What the journal says of a request.
struct Told {
    accepted_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl Service {
    /// Counts the figures of a period from the journal and compares. Requests that change meanwhile may show as different:
    /// then it is asked again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn check_figures(&self, period: FigurePeriod) -> Result<FiguresCheck, StoreError> {
        let told = self.told_of(period).await?;
        let mut proven = Vec::with_capacity(told.len());
        let mut differences = Vec::new();
        let all: Vec<(Number, Told)> = told.into_iter().collect();
        for some in all.chunks(LINES) {
            let numbers: Vec<Number> = some.iter().map(|(number, _)| number.clone()).collect();
            let lines: BTreeMap<Number, FigureLine> =
                self.store().figures_of(&numbers).await?.into_iter().collect();
            for (number, told) in some {
                if lines.get(number).is_some_and(|line| line.is_synthetic) {
                    continue;
                }
                let line = self.proven_line(number, told, lines.get(number)).await?;
                match lines.get(number) {
                    None => differences.push(FigureDifference::Missing(number.clone())),
                    Some(counted) if *counted != line => {
                        differences.push(FigureDifference::Unlike(number.clone()));
                    }
                    Some(_) => {}
                }
                proven.push(line);
            }
        }
        let counted = self.figure_groups(period).await?;
        let lines: usize = counted.iter().map(|group| group.lines.len()).sum();
        let more = lines.saturating_sub(proven.len());
        if more > 0 {
            let more = u64::try_from(more).unwrap_or(u64::MAX);
            differences.push(FigureDifference::TooMany(more));
        }
        let now = self.now();
        let report =
            |groups: &[FigureGroup]| FigureReport::of(groups, period, None, self.providers(), now);
        let by_journal = report(&FigureGroup::of(&proven));
        Ok(FiguresCheck { by_journal, by_lines: report(&counted), differences })
    }

    async fn told_of(&self, period: FigurePeriod) -> Result<BTreeMap<Number, Told>, StoreError> {
        let (mut told, mut next) = (BTreeMap::new(), 1);
        loop {
            let rows = self.store().audit_from(next, ROWS).await?;
            let Some(last) = rows.last() else { return Ok(told) };
            next = last.sequence.saturating_add(1);
            for row in &rows {
                note(&mut told, row, period)?;
            }
        }
    }

    /// The line of a request as it ought to be. Of an erased one nothing is left that could prove its language, territories and ground.
    async fn proven_line(
        &self,
        number: &Number,
        told: &Told,
        counted: Option<&FigureLine>,
    ) -> Result<FigureLine, StoreError> {
        let missing = StoreError::Corrupt("a request the journal tells of is missing");
        let Some(stored) = self.store().request(number).await? else {
            let left = self.erased_request(number).await?;
            return left
                .zip(counted)
                .map(|(left, line)| erased_line(&left, told, line))
                .ok_or(missing);
        };
        let answers = self.store().results_of(number).await?;
        let contents = || answers.iter().map(|one| &one.planned.content);
        let count = |kind| contents().filter(|one| ResultKind::of(one) == kind).count();
        let count = |kind| u32::try_from(count(kind)).unwrap_or(u32::MAX);
        let mut clock = stored.clock;
        clock.accepted_at = told.accepted_at;
        Ok(FigureLine {
            clock,
            ended_at: told.ended_at,
            channel: stored.channel,
            language: Some(stored.request.language),
            addressed: stored.request.provider,
            answered_by: contents().next().map(|one| one.provider().kato.clone()),
            certificates: count(ResultKind::Certificate),
            refusals: count(ResultKind::Refusal),
            ground: contents().find_map(|one| match one {
                DocumentContent::Refusal(refusal) => Some(refusal.ground),
                DocumentContent::Certificate(_) | DocumentContent::Answer(_) => None,
            }),
            is_synthetic: false,
        })
    }
}

/// What its certificate of erasure proves, and the rest as it is counted.
fn erased_line(left: &ErasedRequest, told: &Told, counted: &FigureLine) -> FigureLine {
    let count = |kind| left.documents.iter().filter(|one| one.kind == kind).count();
    let count = |kind| u32::try_from(count(kind)).unwrap_or(u32::MAX);
    FigureLine {
        clock: LegalClock { accepted_at: told.accepted_at, due_at: left.due_at },
        ended_at: told.ended_at,
        channel: left.channel,
        certificates: count(ResultKind::Certificate),
        refusals: count(ResultKind::Refusal),
        ..counted.clone()
    }
}

fn note(
    told: &mut BTreeMap<Number, Told>,
    row: &AuditRow,
    period: FigurePeriod,
) -> Result<(), StoreError> {
    let corrupt = StoreError::Corrupt("audit");
    let action = AuditAction::parse(&row.action);
    let (Some(AuditAction::Registered | AuditAction::Issued), false) =
        (action, row.request.is_empty())
    else {
        return Ok(());
    };
    let at = Timestamp::from_millisecond(row.at_ms).map_err(|_| StoreError::Corrupt("audit"))?;
    let number = Number::parse(&row.request).map_err(|_| corrupt)?;
    if action == Some(AuditAction::Registered) {
        if period.contains(at) {
            told.insert(number, Told { accepted_at: at, ended_at: None });
        }
    } else if let Some(told) = told.get_mut(&number) {
        told.ended_at = Some(at);
    }
    Ok(())
}
