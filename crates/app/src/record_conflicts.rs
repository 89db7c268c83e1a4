//! The list of contradictions in a department's records, page by page.
//!
//! Read next: `conflicts.rs` for the rules, `records.rs` for looks.

use domain::{Kato, astana_date};
use jiff::civil::Date;

use crate::conflicts::{Conflict, RelatedRecords, conflicts};
use crate::ports::{LookWay, PresentRecord, StoreError};
use crate::records::{AtDesk, LookError, PAGE, subjects_of};
use crate::service::Service;

/// Contradictions on one page of the list, and records looked through for it.
const CONFLICTS_MAX: usize = 50;
const LOOKED_THROUGH_MAX: u32 = 10_000;
/// Most records that are read because others are related to them.
const RELATED_MAX: u32 = 5_000;

/// A part of a department's list of contradictions.
#[derive(Debug)]
pub struct ConflictsPage {
    /// Records with what contradicts them.
    pub found: Vec<(PresentRecord, Vec<Conflict>)>,
    /// Key of the record behind which the next part begins; `None` at the end.
    pub next: Option<String>,
}

impl Service {
    /// A part of the department's list of contradictions, behind a record.
    ///
    /// # Errors
    /// [`LookError`].
    pub async fn conflicts_of(
        &self,
        at_desk: &AtDesk,
        after: Option<&str>,
    ) -> Result<ConflictsPage, LookError> {
        // What has no keys yet is on the list once it has.
        self.has_all_keys().await;
        let page = self.conflicts_behind(&at_desk.department, after).await?;
        let found = page.found.iter().flat_map(|(record, _)| subjects_of(&record.row));
        self.note(at_desk, LookWay::Conflicts, "", found.collect()).await?;
        Ok(page)
    }

    /// The same, for whoever shows nobody's data.
    pub(crate) async fn conflicts_behind(
        &self,
        department: &Kato,
        after: Option<&str>,
    ) -> Result<ConflictsPage, StoreError> {
        let keepers = self.kept_by(department).await?;
        let today = astana_date(self.now());
        let (mut found, mut looked_through) = (Vec::new(), 0);
        let mut after = after.map(ToOwned::to_owned);
        let next = loop {
            let page = self.desk().records_kept_by(&keepers, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { break None };
            after = Some(last.key.clone());
            let related = self.desk().related_records(&page, RELATED_MAX).await?;
            found.extend(judged(page, related, today).await?);
            looked_through += PAGE;
            if found.len() >= CONFLICTS_MAX || looked_through >= LOOKED_THROUGH_MAX {
                break after;
            }
        };
        Ok(ConflictsPage { found, next })
    }
}

/// Those records of a page that something contradicts. Thousands of names are folded for it, which is not for the threads
/// that answer people.
async fn judged(
    page: Vec<PresentRecord>,
    related: Vec<PresentRecord>,
    today: Date,
) -> Result<Vec<(PresentRecord, Vec<Conflict>)>, StoreError> {
    let judging = tokio::task::spawn_blocking(move || {
        let related = RelatedRecords::of(&related);
        let judged = page.into_iter().map(|record| {
            let conflicts = conflicts(&record, &related, today);
            (record, conflicts)
        });
        judged.filter(|(_, conflicts)| !conflicts.is_empty()).collect::<Vec<_>>()
    });
    // Nothing is shown then, and asking again may help: as where the store does not answer.
    judging.await.map_err(|stopped| StoreError::Unavailable(Box::new(stopped)))
}
