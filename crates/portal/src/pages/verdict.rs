//! The answer to a check in words and, never by colour alone, in a mark. It says no more than the use case gave.

use app::{CheckedDocument, DocumentCheck, ResultKind, Standing};
use domain::Role;
use jiff::Timestamp;

use crate::page::Page;
use crate::pages::form_words;
use crate::times::date_words;

/// The answer as shown.
pub struct Verdict {
    /// Style of its frame: good, bad or unsure.
    pub style: &'static str,
    /// The answer.
    pub title: String,
    /// What it means or what to do.
    pub text: String,
    /// The few facts a checker sees.
    pub facts: Vec<(String, String)>,
}

impl Verdict {
    /// The words of an answer.
    #[must_use]
    pub fn of(check: &DocumentCheck, page: &Page) -> Self {
        match check {
            DocumentCheck::Genuine(document) => genuine(document, page),
            DocumentCheck::NoLongerKept { annulled_at } => no_longer_kept(*annulled_at, page),
            DocumentCheck::NotFound => {
                let text = page.t("verdict-not_found-text");
                unproved(page, "verdict--bad", "verdict-not_found-title", text)
            }
            DocumentCheck::NotGenuine { code } => {
                let text = page.texts().document_fault(code);
                unproved(page, "verdict--bad", "verdict-not_genuine-title", text)
            }
            DocumentCheck::Unreadable { code } => {
                let text = page.texts().document_fault(code);
                unproved(page, "verdict--bad", "verdict-unreadable-title", text)
            }
            DocumentCheck::CannotTell { .. } => {
                let text = page.t("document-fault-cannot_tell");
                unproved(page, "verdict--unsure", "verdict-cannot_tell-title", text)
            }
        }
    }
}

/// Never good: nobody can tell any more what such a document says.
fn no_longer_kept(annulled_at: Option<Timestamp>, page: &Page) -> Verdict {
    let text = page.t("verdict-no_longer_kept-text");
    let title = "verdict-no_longer_kept-title";
    match annulled_at {
        None => unproved(page, "verdict--unsure", title, text),
        Some(at) => {
            let day = date_words(page.texts(), domain::astana_date(at));
            let annulled = page.with("verdict-no_longer_kept-annulled", "day", &day);
            unproved(page, "verdict--bad", title, format!("{annulled} {text}"))
        }
    }
}

fn unproved(page: &Page, style: &'static str, title: &str, text: String) -> Verdict {
    Verdict { style, title: page.t(title), text, facts: Vec::new() }
}

fn genuine(document: &CheckedDocument, page: &Page) -> Verdict {
    let mut annulled = None;
    let (style, standing) = match document.standing {
        Standing::Matches => ("verdict--good", "standing-matches"),
        Standing::RoleChanged => ("verdict--unsure", "standing-role_changed"),
        Standing::NoLongerMatches => ("verdict--bad", "standing-no_longer_matches"),
        Standing::CannotTell => ("verdict--unsure", "standing-cannot_tell"),
        Standing::NotCompared => ("verdict--unsure", "standing-not_compared"),
        Standing::NotApplicable => ("verdict--good", "standing-not_applicable"),
        Standing::Annulled { at } => {
            let day = date_words(page.texts(), domain::astana_date(at));
            annulled = Some(page.with("verdict-annulled", "day", &day));
            ("verdict--bad", "standing-annulled")
        }
    };
    let title = annulled.unwrap_or_else(|| match document.kind {
        ResultKind::Certificate => page.t("verdict-genuine-certificate"),
        ResultKind::Refusal => page.t("verdict-genuine-refusal"),
        ResultKind::Answer => page.t("verdict-genuine-answer"),
    });
    let mut facts = vec![
        (page.t("fact-number"), document.number.to_string()),
        (page.t("fact-issued"), page.moment(&document.issued_at)),
        (page.t("fact-holder-masked"), document.holder_masked.clone()),
    ];
    if let Some(role) = document.role {
        let role = match role {
            Role::Guardian => page.t("role-guardian"),
            Role::Custodian => page.t("role-custodian"),
        };
        facts.push((page.t("fact-role"), role));
    }
    if let Some(ward) = &document.ward_masked {
        facts.push((page.t("fact-ward-masked"), ward.clone()));
    }
    facts.push((page.t("fact-provider"), document.provider.on_screen(page.language).to_owned()));
    facts.push((page.t("fact-form"), form_words(page, document.form_version)));
    Verdict { style, title, text: page.t(standing), facts }
}
