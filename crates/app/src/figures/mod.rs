//! The figures of the service: how many requests, by what they led to, where, how long answers took.
//!
//! A request counts on the day when it was accepted, by the calendar of Kazakhstan, and for one territory: of the department
//! in whose name the first document of its answer was made. Everything is counted anew from its lines, so quantiles are
//! exact. Knows no SQL. Read next: `counting.rs`, then `published.rs` for what the public sees, `against_journal.rs` for
//! the proof, `stages.rs` for what a monitoring system is told.

mod against_journal;
mod counting;
mod period;
mod published;
mod stages;
mod tally;

pub use against_journal::{FigureDifference, FiguresCheck};
pub use counting::{FigureAxis, FigureReport, FigureRow, FigureTable};
pub use period::FigurePeriod;
pub use published::{Published, PublishedMonth, PublishedRow, PublishedTable, SMALL};
pub use stages::{RequestStage, StageEvent, StagePage};
pub use tally::{Figure, FigureResult, Tally};

use std::sync::Arc;

use domain::Kato;
use jiff::civil::Date;

use crate::ports::{ExportFormat, FigureGroup, RecordFileError, Sheet, StoreError};
use crate::service::Service;
use crate::staff::{Permit, Territory, acts};

impl Service {
    /// The figures of a period, of the whole republic or of one territory.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn figures(
        self: &Arc<Self>,
        period: FigurePeriod,
        territory: Option<Kato>,
    ) -> Result<FigureReport, StoreError> {
        let groups = self.figure_groups(period).await?;
        let service = Arc::clone(self);
        // A year's lines take hundredths of a second of processor time: not on the threads that answer people.
        let counted = tokio::task::spawn_blocking(move || {
            FigureReport::of(&groups, period, territory, service.providers(), service.now())
        });
        counted.await.map_err(|error| StoreError::Unavailable(Box::new(error)))
    }

    /// Tables as a file.
    ///
    /// # Errors
    /// [`RecordFileError`].
    pub fn sheets(
        &self,
        format: ExportFormat,
        sheets: &[Sheet],
    ) -> Result<Vec<u8>, RecordFileError> {
        self.parts.record_files.sheets(format, sheets)
    }

    pub(crate) async fn figure_groups(
        &self,
        period: FigurePeriod,
    ) -> Result<Vec<FigureGroup>, StoreError> {
        self.store().figures_between(period.begins(), period.ends()).await
    }

    /// The same for somebody who serves: a department sees its own, the others the republic or any department. `None` where
    /// another territory is asked for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn figures_for(
        self: &Arc<Self>,
        permit: &Permit<acts::ReadFigures>,
        period: FigurePeriod,
        territory: Option<Kato>,
    ) -> Result<Option<FigureReport>, StoreError> {
        let may = match (permit.territory(), &territory) {
            (Territory::Republic, None) => true,
            (Territory::Republic, Some(asked)) => self.providers().knows(asked),
            (Territory::Of(_), None) => false,
            (own @ Territory::Of(_), Some(asked)) => own.takes_in(asked),
        };
        if may { self.figures(period, territory).await.map(Some) } else { Ok(None) }
    }

    /// Months that are over and in which there were requests or might have been, the last one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn published_months(&self) -> Result<Vec<Date>, StoreError> {
        let Some(first) = self.store().first_figure().await? else { return Ok(Vec::new()) };
        Ok(FigurePeriod::months_before(domain::astana_date(first), domain::astana_date(self.now())))
    }

    /// What the public sees of a month; `None` where it is not over, or lies before the first request.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn published_month(
        self: &Arc<Self>,
        month: Date,
    ) -> Result<Option<PublishedMonth>, StoreError> {
        if !self.published_months().await?.contains(&month) {
            return Ok(None);
        }
        let report = self.figures(FigurePeriod::month(month), None).await?;
        Ok(Some(PublishedMonth::of(month, &report)))
    }
}
