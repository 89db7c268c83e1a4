//! What the decision of a case used and came to, in words, for who considers the case.
//!
//! Read next: `recourses.rs`.

use app::{CaseFile, Replayed};
use domain::{Answer, Decision, Outcome};

use crate::page::Page;

/// Exactly what the decision used, and what it comes to when it is made again.
pub fn decision_of(file: &CaseFile, page: &Page) -> Vec<(String, String)> {
    let stored = match &file.replayed {
        Replayed::Same(stored) | Replayed::Different { stored, .. } => stored,
        Replayed::Unknown | Replayed::Undecided | Replayed::Erased => return Vec::new(),
    };
    let evidence = &stored.evidence;
    let consent = match &evidence.consent {
        Answer::Known(consents) if consents.restricted_data.is_given() => "staff-evidence-consent",
        Answer::Known(_) => "staff-evidence-no_consent",
        Answer::Absent | Answer::Unavailable => "staff-evidence-consent_unknown",
    };
    let bank = match &evidence.data_bank {
        None => page.t("staff-evidence-bank_not_asked"),
        Some(Answer::Absent) => page.t("staff-evidence-bank_absent"),
        Some(Answer::Unavailable) => page.t("staff-evidence-bank_unavailable"),
        Some(Answer::Known(record)) => {
            page.with("staff-evidence-bank_known", "count", &record.wards.len().to_string())
        }
    };
    let mut lines = vec![
        (page.t("staff-evidence-decided"), page.moment(&stored.decided_at)),
        (page.t("staff-evidence-rules"), stored.rule_version.clone()),
        (page.t("staff-evidence-consent_title"), page.t(consent)),
        (page.t("staff-evidence-bank_title"), bank),
    ];
    if let Some(at) = evidence.data_bank_asked_at {
        lines.push((page.t("staff-evidence-bank_asked"), page.moment(&at)));
    }
    if let Some(Answer::Known(record)) = &evidence.data_bank {
        lines.extend(record.wards.iter().map(|ward| {
            let placement = &ward.placement;
            let end = placement.end.as_ref().map_or_else(
                || page.t("staff-evidence-no_end"),
                |end| page.with("staff-evidence-end", "date", &end.on.to_string()),
            );
            let act = format!("№ {} {}", placement.act.number, placement.act.date);
            (
                page.t("staff-evidence-ward"),
                format!("{}; {act}; {}; {end}", ward.ward.name.full(), placement.start),
            )
        }));
    }
    lines.push((page.t("staff-evidence-outcome"), outcome_words(&stored.outcome, page)));
    let again = match &file.replayed {
        Replayed::Different { now, .. } => match &**now {
            Decision::Answer(outcome) => outcome_words(outcome, page),
            Decision::AskDataBank | Decision::Wait(_) => page.t("staff-evidence-undecided"),
        },
        _ => page.t("staff-evidence-same"),
    };
    lines.push((page.t("staff-evidence-again"), again));
    lines
}

fn outcome_words(outcome: &Outcome, page: &Page) -> String {
    match outcome {
        Outcome::Granted { .. } => page.t("staff-evidence-granted"),
        Outcome::Refused { ground, .. } => page.t(&format!("ground-{}", ground.code())),
    }
}

/// The documents that answered the request.
pub fn results_of(file: &CaseFile, page: &Page) -> Vec<(String, String)> {
    let kind = |one: &app::ResultView| page.t(&format!("kind-{}", one.kind.code()));
    let line = |one: &app::ResultView| {
        (kind(one), format!("{}, {}", one.number, page.moment(&one.content.made_at())))
    };
    file.results.iter().map(line).collect()
}
