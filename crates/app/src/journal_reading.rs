//! The journal as an auditor reads it: by day, request and kind of event. Reading leaves a row of its own, and whose data a row is
//! about is shown only to whoever says what for.
//!
//! A day is found by halving, since moments grow with places in the chain but for seconds between the clocks of nodes; nothing
//! is read that is not looked at. Read next: `audit/mod.rs`.

use domain::{ASTANA_OFFSET, Iin, Number};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::audit::{AuditAction, AuditRow};
use crate::ports::{LookWay, StoreError};
use crate::records::purpose_of;
use crate::service::Service;
use crate::staff::{Permit, acts};

/// Rows on one page.
const PAGE: usize = 100;
/// Rows read with one question, and looked through for one page.
const ROWS: u32 = 500;
const LOOKED_THROUGH: usize = 20_000;
/// Clocks of nodes differ by no more.
const SKEW: SignedDuration = SignedDuration::from_mins(2);

/// Which rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalQuery {
    /// Of this day in Kazakhstan.
    pub day: Option<Date>,
    /// About this request.
    pub request: Option<Number>,
    /// Of this kind.
    pub action: Option<AuditAction>,
    /// From this row on.
    pub from: Option<i64>,
}

/// A page of the journal.
#[derive(Clone, Default)]
pub struct JournalPage {
    /// In the order of the chain. Without a purpose nobody is named in them.
    pub rows: Vec<AuditRow>,
    /// Where the next page begins, if there may be one.
    pub next: Option<i64>,
}

impl Service {
    /// Reads the journal. Without a purpose nobody's IIN is shown; with one, each person named sees the look.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_journal(
        &self,
        permit: &Permit<acts::ReadJournal>,
        query: &JournalQuery,
        purpose: &str,
    ) -> Result<JournalPage, StoreError> {
        let mut page = self.journal_page(query).await?;
        let purpose = purpose_of(purpose).ok();
        let mut subjects: Vec<Iin> = Vec::new();
        for row in &mut page.rows {
            if purpose.is_none() {
                row.subject.clear();
            }
            subjects.extend(Iin::parse(&row.subject).ok());
        }
        let words = purpose.unwrap_or_default();
        let request = query.request.as_ref();
        self.note_about(permit, LookWay::Journal, &words, subjects, request).await?;
        Ok(page)
    }

    async fn journal_page(&self, query: &JournalQuery) -> Result<JournalPage, StoreError> {
        let until = query.day.map(|day| midnight(day.tomorrow().unwrap_or(day)));
        let from = query.day.map(midnight);
        let is_wanted = |row: &AuditRow| {
            let at = Timestamp::from_millisecond(row.at_ms).unwrap_or(Timestamp::MAX);
            query.action.is_none_or(|action| row.action == action.code())
                && from.is_none_or(|from| at >= from)
                && until.is_none_or(|until| at < until)
                && query.from.is_none_or(|from| row.sequence >= from)
        };
        if let Some(number) = &query.request {
            let mut rows: Vec<_> =
                self.store().audit_of(number).await?.into_iter().filter(is_wanted).collect();
            let next = rows.get(PAGE).map(|row| row.sequence);
            rows.truncate(PAGE);
            return Ok(JournalPage { rows, next });
        }
        let begins = match (query.from, from) {
            (Some(sequence), _) => sequence,
            (None, Some(from)) => self.row_at(from).await?,
            (None, None) => {
                let last = self.store().journal_head().await?.sequence;
                last.saturating_sub(i64::try_from(PAGE).unwrap_or(i64::MAX) - 1).max(1)
            }
        };
        let beyond = until.and_then(|until| until.checked_add(SKEW).ok());
        let (mut page, mut next, mut looked_through) = (JournalPage::default(), begins, 0);
        loop {
            let rows = self.store().audit_from(next, ROWS).await?;
            let is_last = rows.len() < usize::try_from(ROWS).unwrap_or(usize::MAX);
            looked_through += rows.len();
            for row in rows {
                let at = Timestamp::from_millisecond(row.at_ms).unwrap_or(Timestamp::MAX);
                if beyond.is_some_and(|beyond| at >= beyond) {
                    return Ok(page);
                }
                if page.rows.len() == PAGE {
                    page.next = Some(row.sequence);
                    return Ok(page);
                }
                next = row.sequence + 1;
                if is_wanted(&row) {
                    page.rows.push(row);
                }
            }
            if is_last {
                return Ok(page);
            }
            if looked_through >= LOOKED_THROUGH {
                page.next = Some(next);
                return Ok(page);
            }
        }
    }

    /// The first row that may be of a moment or later, by halving.
    async fn row_at(&self, moment: Timestamp) -> Result<i64, StoreError> {
        let moment = moment.checked_sub(SKEW).unwrap_or(Timestamp::MIN).as_millisecond();
        let (mut low, mut high) = (1, self.store().journal_head().await?.sequence + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let row = self.store().audit_from(middle, 1).await?;
            if row.first().is_some_and(|row| row.at_ms < moment) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}

/// The beginning of a day in Kazakhstan.
fn midnight(day: Date) -> Timestamp {
    let local = day.to_zoned(ASTANA_OFFSET.to_time_zone());
    local.map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}
