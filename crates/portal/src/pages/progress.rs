//! What happened to a request so far: its times, its notices and its history, renewed while it waits.
//!
//! Read next: `status.rs` for how far it is.

use app::{HistoryLine, RequestView};
use jiff::Timestamp;

use crate::notices::notices_in;
use crate::page::Page;

/// What happened so far, as shown.
pub struct Progress {
    /// Changes whenever it must be shown anew.
    pub mark: String,
    /// Which way it came.
    pub channel: String,
    /// Accepted.
    pub accepted_at: Timestamp,
    /// Due.
    pub due_at: Timestamp,
    /// Ended.
    pub ended_at: Option<Timestamp>,
    /// What the person was told.
    pub notices: Vec<(Timestamp, String)>,
    /// What happened.
    pub history: Vec<(Timestamp, String)>,
}

impl Progress {
    /// Of a request on a page.
    #[must_use]
    pub fn of(view: &RequestView, page: &Page) -> Self {
        let notices = notices_in(&view.history);
        let told = |code: &str| page.t(&format!("notice-{code}"));
        Self {
            mark: view.history.len().to_string(),
            channel: page.t(&format!("channel-{}", view.request.channel.code())),
            accepted_at: view.request.clock.accepted_at,
            due_at: view.request.clock.due_at,
            ended_at: view.request.ended_at,
            notices: notices.iter().map(|one| (one.at, told(one.kind.code()))).collect(),
            history: history(&view.history, page),
        }
    }
}

/// A source that is asked again and again during an outage is one line, with its count and the last time.
fn history(lines: &[HistoryLine], page: &Page) -> Vec<(Timestamp, String)> {
    let run = |run: &[HistoryLine]| {
        let (first, last) = (run.first()?, run.last()?);
        let what = page.t(&format!("history-{}", first.action));
        if run.len() == 1 {
            return Some((first.at, what));
        }
        let (count, last) = (run.len().to_string(), page.moment(&last.at));
        let values = [("what", &*what), ("count", &*count), ("last", &*last)];
        Some((first.at, page.texts().with_all("history-repeated", &values)))
    };
    lines.chunk_by(|one, next| one.action == next.action).filter_map(run).collect()
}
