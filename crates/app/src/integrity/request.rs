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
    /// Registered before digests were kept; everything that needs none is as the journal says.
    WithoutDigests,
    /// This part is not.
    Differs(&'static str),
}

/// What is stored against what the request's own rows say. From row `proven_from` on every row has the digest it is to
/// have.
pub(super) fn compare(evidence: &StoredEvidence, rows: &[AuditRow], proven_from: i64) -> Compared {
    let of = |action: AuditAction| -> Vec<&AuditRow> {
        rows.iter().filter(|row| row.action == action.code()).collect()
    };
    let registered = of(AuditAction::Registered);
    let [first] = registered.as_slice() else { return Compared::Differs("registration") };
    let decided = of(AuditAction::Decided);
    let intended = of(AuditAction::Intended);
    let issued = of(AuditAction::Issued);
    let step = match (decided.is_empty(), intended.is_empty(), issued.is_empty()) {
        (true, true, true) => Step::Registered,
        (false, true, true) => Step::Decided,
        (false, false, true) => Step::Intended,
        _ => Step::Issued,
    };
    let proves = |row: &AuditRow, digest: &String| {
        let is_older = row.sequence < proven_from && row.evidence.is_empty();
        row.evidence == *digest || is_older
    };
    let same = |stored: Option<&String>, rows: &[&AuditRow]| match stored {
        None => rows.is_empty(),
        Some(digest) => !rows.is_empty() && rows.iter().all(|row| proves(row, digest)),
    };
    let unsealed = if step == Step::Intended { intended.as_slice() } else { &[] };
    let parts = [
        ("registration", proves(first, &evidence.registration)),
        ("decision", same(evidence.decision.as_ref(), &decided)),
        ("unsealed documents", same(evidence.unsealed.as_ref(), unsealed)),
        ("answer", same(evidence.issued.as_ref(), &issued)),
        ("withdrawal", same(evidence.withdrawal.as_ref(), &of(AuditAction::ConsentWithdrawn))),
        ("reviews and complaints", evidence.recourses == recourses(rows)),
        ("step", evidence.step == step.code()),
        ("notices", evidence.notices == notices(rows)),
        ("annulments and notes", evidence.case == case(rows)),
        ("alarms", evidence.alarmed_percent == alarmed_percent(rows, step)),
    ];
    match parts.into_iter().find(|(_, same)| !same) {
        Some((part, _)) => Compared::Differs(part),
        None if first.evidence.is_empty() => Compared::WithoutDigests,
        None => Compared::Same,
    }
}

/// Every step of a review or complaint, as its own row has it.
fn recourses(rows: &[AuditRow]) -> Vec<String> {
    let actions = AuditAction::OF_RECOURSES.map(AuditAction::code);
    let of_them = rows.iter().filter(|row| actions.contains(&row.action.as_str()));
    let mut digests: Vec<String> = of_them.map(|row| row.evidence.clone()).collect();
    digests.sort_unstable();
    digests
}

/// Answers from before digests were kept are from before notices too.
fn notices(rows: &[AuditRow]) -> Vec<(String, i64)> {
    let tells = |row: &&AuditRow, action: AuditAction| {
        let is_older = action == AuditAction::Issued && row.evidence.is_empty();
        row.action == action.code() && !is_older
    };
    let first = |action: AuditAction| rows.iter().find(|row| tells(row, action));
    [(NoticeKind::Answered, AuditAction::Issued), (NoticeKind::Overdue, AuditAction::Overdue)]
        .into_iter()
        .filter_map(|(kind, action)| Some((kind.code().to_owned(), first(action)?.at_ms)))
        .collect()
}

/// What the journal tells of annulments and notes, sorted.
fn case(rows: &[AuditRow]) -> Vec<(String, String)> {
    let actions = [
        AuditAction::AnnulmentProposed,
        AuditAction::CertificateAnnulled,
        AuditAction::AnnulmentDropped,
        AuditAction::RequestNoted,
    ];
    let told = rows.iter().filter(|row| actions.iter().any(|one| one.code() == row.action));
    let mut told: Vec<_> = told.map(|row| (row.action.clone(), row.evidence.clone())).collect();
    told.sort();
    told
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
