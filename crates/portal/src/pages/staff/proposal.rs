//! One proposal: how far it is read, what is wrong with it or what it would change, and what may be done with it.
//!
//! Read next: `preview.rs` for the table of changes, `acting.rs` for the forms.

use app::{
    CellFault, ImportWords, Look, Progress, Proposal, ProposalError, ProposalId, Reading, Stage,
};
use askama::Template;
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::preview::PreviewView;
use super::start::{name_of, state, title};
use crate::failure::Failure;
use crate::page::{Page, html};
use crate::staff::{Desk, OfficerVisit};

/// Lines on one page.
pub(super) const PAGE: usize = 100;
/// A browser without script looks again after so many seconds.
const REFRESH: u32 = 2;

/// Which page of a long table.
#[derive(Debug, Default, Deserialize)]
pub struct Place {
    page: Option<usize>,
}

/// A page of a long table.
pub struct Pages {
    /// From 1.
    pub(super) number: usize,
    /// How many there are.
    pub(super) count: usize,
}

impl Pages {
    /// The page asked for, of so many lines.
    pub(super) fn of(place: &Place, lines: usize) -> Self {
        let count = lines.div_ceil(PAGE).max(1);
        Self { number: place.page.unwrap_or(1).clamp(1, count), count }
    }

    /// Lines before the page.
    pub(super) fn skipped(&self) -> usize {
        self.number.saturating_sub(1).saturating_mul(PAGE)
    }
}

/// How far it is read.
pub struct ReadingView {
    done: u32,
    total: u32,
}

/// A wrong cell in words.
pub struct FaultLine {
    row: String,
    column: String,
    what: String,
    expected: String,
}

/// What is wrong.
pub struct FaultyView {
    count: usize,
    faults: Vec<FaultLine>,
    pages: Pages,
}

/// How it ended.
pub struct ClosedView {
    by: String,
    at: Timestamp,
    remark: Option<String>,
}

#[derive(Template)]
#[template(path = "staff/proposal.html")]
struct ProposalPage {
    page: Page,
    desk: Desk,
    address: String,
    title: String,
    state: String,
    proposer: String,
    proposed_at: Timestamp,
    reason: Option<String>,
    is_waiting: bool,
    is_own: bool,
    fault: Option<String>,
    reading: Option<ReadingView>,
    faulty: Option<FaultyView>,
    preview: Option<PreviewView>,
    closed: Option<ClosedView>,
}

/// `GET /{language}/staff/proposals/{id}`
pub async fn show(
    visit: OfficerVisit,
    Path((_, id)): Path<(String, String)>,
    Query(place): Query<Place>,
) -> Result<Response, Failure> {
    shown(&visit, &ProposalId(id), &place, None).await
}

/// `GET /{language}/staff/proposals/{id}/state`: how far it is read, for the page's script.
pub async fn progress(
    visit: OfficerVisit,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let look = visit.staff.look(&visit.officer, &ProposalId(id)).await;
    let (done, total, is_read) = match look {
        Ok(Look { stage: Stage::Reading(progress), .. }) => {
            let (done, total) = progress.lines();
            (done, total, false)
        }
        Ok(_) => (0, 0, true),
        Err(error) => return Err(failure(error)),
    };
    let page = visit.page();
    let text = reading_text(&page, done, total);
    Ok(Json(json!({ "done": done, "total": total, "read": is_read, "text": text })).into_response())
}

/// The page of a proposal, with what went wrong on the way to it.
pub(super) async fn shown(
    visit: &OfficerVisit,
    id: &ProposalId,
    place: &Place,
    fault: Option<ProposalError>,
) -> Result<Response, Failure> {
    let look = visit.staff.look(&visit.officer, id).await.map_err(failure)?;
    let status = if fault.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let mut page = visit.page();
    page.place = format!("/staff/proposals/{}", id.0);
    let Look { proposal, stage } = look;
    let closed = closed(visit, &page, &proposal).await;
    let (mut reading, mut faulty, mut preview) = (None, None, None);
    match stage {
        Stage::Closed => {}
        Stage::Reading(progress) => {
            reading = Some(reading_view(&progress));
            page.refresh = Some(REFRESH);
        }
        Stage::Read(read) => match &*read {
            Reading::Faulty(faults) => faulty = Some(faulty_view(&page, faults, place)),
            Reading::Readable(readable) => {
                preview = Some(PreviewView::of(visit, &page, readable, place).await?);
            }
        },
    }
    let shown = ProposalPage {
        address: page.link(&page.place),
        title: title(&page, &proposal),
        state: state(&page, &proposal),
        proposer: name_of(visit, &page, proposal.officer).await,
        proposed_at: proposal.proposed_at,
        is_waiting: proposal.asked_at.is_some(),
        is_own: proposal.officer == visit.officer.iin,
        reason: proposal.reason,
        fault: fault.map(|error| fault_text(&page, &error)),
        desk: visit.desk(),
        reading,
        faulty,
        preview,
        closed,
        page,
    };
    html(status, &shown)
}

/// What went wrong; where the command line tells it too, in its words.
fn fault_text(page: &Page, error: &ProposalError) -> String {
    let text = page.texts().staff_fault(error.code());
    match error {
        ProposalError::Changed => {
            format!("{} {text}", ImportWords::of(page.language).another_than_previewed())
        }
        _ => text,
    }
}

async fn closed(visit: &OfficerVisit, page: &Page, proposal: &Proposal) -> Option<ClosedView> {
    let closed = proposal.closed.clone()?;
    let by = name_of(visit, page, closed.officer).await;
    Some(ClosedView { by, at: closed.at, remark: closed.remark })
}

fn reading_view(progress: &Progress) -> ReadingView {
    let (done, total) = progress.lines();
    ReadingView { done, total }
}

fn reading_text(page: &Page, done: u32, total: u32) -> String {
    let (done, total) = (done.to_string(), total.to_string());
    page.texts().with_all("staff-reading-lines", &[("done", &done), ("total", &total)])
}

fn faulty_view(page: &Page, faults: &[CellFault], place: &Place) -> FaultyView {
    let pages = Pages::of(place, faults.len());
    let line = |fault: &CellFault| {
        let column = fault.column.map(|name| page.t(&format!("column-{name}")));
        let parts = [fault.letters.clone(), column];
        FaultLine {
            row: fault.row.map(|row| row.to_string()).unwrap_or_default(),
            column: parts.into_iter().flatten().collect::<Vec<_>>().join(" – "),
            what: fault.what.of(page.language).to_owned(),
            expected: fault.expected.of(page.language).to_owned(),
        }
    };
    let faults_here = faults.iter().skip(pages.skipped()).take(PAGE).map(line).collect();
    FaultyView { count: faults.len(), faults: faults_here, pages }
}

/// What is told by a page of errors.
pub(super) fn failure(error: ProposalError) -> Failure {
    match error {
        ProposalError::Unknown => Failure::NotFound,
        ProposalError::Store(error) => error.into(),
        ProposalError::NotRead => Failure::Unavailable,
        _ => Failure::Broken,
    }
}
