//! The notices of one request, read off its history: the journal's rows have the same moments, and have them however
//! long the person's list of notices has grown.

use app::{AuditAction, HistoryLine, Notice, NoticeKind};

/// Notices of a request, the oldest first, each kind once.
#[must_use]
pub fn notices_in(history: &[HistoryLine]) -> Vec<Notice> {
    let first = |action: AuditAction| history.iter().find(|line| line.action == action.code());
    let notice = |kind: NoticeKind| first(kind.action()).map(|line| Notice { kind, at: line.at });
    let mut notices: Vec<Notice> = NoticeKind::ALL.into_iter().filter_map(notice).collect();
    notices.sort_by_key(|notice| notice.at);
    notices
}
