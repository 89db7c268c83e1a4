//! One request: what is stored of it against what its own journal rows say.
//!
//! Pure. Read next: `../evidence.rs` for the digests.

use domain::Alarm;

use crate::audit::{AuditAction, AuditRow};
use crate::ports::{NoticeKind, Step, StoredEvidence};

/// What a comparison shows.
pub(super) enum Compared {
    /// Everything is as the journal says.
    Same,
    /// Registered before digests were kept.
    WithoutDigests,
    /// This part is not.
    Differs(&'static str),
}

/// What is stored against what the request's own rows say.
pub(super) fn compare(evidence: &StoredEvidence, rows: &[AuditRow]) -> Compared {
    let of = |action: AuditAction| -> Vec<&AuditRow> {
        rows.iter().filter(|row| row.action == action.code()).collect()
    };
    let registered = of(AuditAction::Registered);
    let [first] = registered.as_slice() else { return Compared::Differs("registration") };
    if first.evidence.is_empty() {
        return Compared::WithoutDigests;
    }
    let decided = of(AuditAction::Decided);
    let intended = of(AuditAction::Intended);
    let issued = of(AuditAction::Issued);
    let step = match (decided.is_empty(), intended.is_empty(), issued.is_empty()) {
        (true, true, true) => Step::Registered,
        (false, true, true) => Step::Decided,
        (false, false, true) => Step::Intended,
        _ => Step::Issued,
    };
    let same = |stored: Option<&String>, rows: &[&AuditRow]| match stored {
        None => rows.is_empty(),
        Some(digest) => !rows.is_empty() && rows.iter().all(|row| row.evidence == *digest),
    };
    let unsealed = if step == Step::Intended { intended.as_slice() } else { &[] };
    let parts = [
        ("registration", first.evidence == evidence.registration),
        ("decision", same(evidence.decision.as_ref(), &decided)),
        ("unsealed documents", same(evidence.unsealed.as_ref(), unsealed)),
        ("answer", same(evidence.issued.as_ref(), &issued)),
        ("step", evidence.step == step.code()),
        ("notices", evidence.notices == notices(rows)),
        ("alarms", evidence.alarmed_percent == alarmed_percent(rows, step)),
    ];
    let differs = parts.into_iter().find(|(_, same)| !same);
    differs.map_or(Compared::Same, |(part, _)| Compared::Differs(part))
}

fn notices(rows: &[AuditRow]) -> Vec<(String, i64)> {
    let first = |action: AuditAction| rows.iter().find(|row| row.action == action.code());
    [(NoticeKind::Answered, AuditAction::Issued), (NoticeKind::Overdue, AuditAction::Overdue)]
        .into_iter()
        .filter_map(|(kind, action)| Some((kind.code().to_owned(), first(action)?.at_ms)))
        .collect()
}

fn alarmed_percent(rows: &[AuditRow], step: Step) -> Option<i32> {
    if step == Step::Issued {
        return None;
    }
    let of = |row: &AuditRow| {
        Alarm::ALL.into_iter().find(|alarm| row.detail == alarm.code()).map(Alarm::percent)
    };
    let is_alarm = |row: &&AuditRow| {
        row.action == AuditAction::Alarmed.code() || row.action == AuditAction::Overdue.code()
    };
    Some(rows.iter().filter(is_alarm).filter_map(of).max().unwrap_or_default())
}
