//! The register of the automated decision: its rules with clause and tests, the data it uses, what it cannot do, how a person
//! demands that people look at it, and the very text of the rules.
//!
//! Rules and text come from `domain`, where the decision is made; here they only get words. Read next: `domain/src/rules.rs`.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{RULE_HISTORY, RULE_TEXT, RULE_VERSION, RULES};
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::times::date_words;
use crate::visitor::Visitor;

/// Cells of the matrix of decisions, each of which a test takes the whole way.
const MATRIX: &str = include_str!("../../../../docs/decision-matrix.md");
/// Cells of a line of the matrix behind its name and clause.
const COLUMNS_OF_CONSENT: usize = 5;

#[derive(Template)]
#[template(path = "automated_decision.html")]
struct RegisterPage {
    page: Page,
    version: &'static str,
    rules: Vec<RuleLine>,
    cells: String,
    history: Vec<ChangeLine>,
    digest: String,
    texts: [(&'static str, &'static str); 3],
}

struct RuleLine {
    text: String,
    clause: String,
    effect: String,
    tests: &'static [&'static str],
}

struct ChangeLine {
    version: &'static str,
    since: String,
    what: String,
}

/// `GET /{language}/automated-decision`
pub async fn show(visitor: Visitor) -> Result<Response, Failure> {
    let page = visitor.page();
    let line = |rule: &domain::Rule| RuleLine {
        text: page.t(&format!("rule-{}", rule.code)),
        clause: page.t(&format!("rule-clause-{}", rule.clause)),
        effect: page.t(&format!("rule-effect-{}", rule.effect.code())),
        tests: rule.tests,
    };
    let change = |change: &domain::RuleChange| ChangeLine {
        version: change.version,
        since: date_words(page.texts(), change.since),
        what: page.t(&format!("rule-change-{}", change.what)),
    };
    let view = RegisterPage {
        version: RULE_VERSION,
        rules: RULES.iter().map(line).collect(),
        cells: cells().to_string(),
        history: RULE_HISTORY.iter().map(change).collect(),
        digest: digest(),
        texts: RULE_TEXT,
        page,
    };
    html(StatusCode::OK, &view)
}

/// How many cells the matrix has: lines whose first cell is the name of a case, with a cell for each outcome of consent.
fn cells() -> usize {
    let is_case =
        |line: &&str| line.starts_with("| `") && line.split('|').count() == COLUMNS_OF_CONSENT + 4;
    MATRIX.lines().filter(is_case).count() * COLUMNS_OF_CONSENT
}

/// SHA-256 of the text of the rules, one file behind another.
fn digest() -> String {
    let mut hash = Sha256::new();
    for (_, text) in RULE_TEXT {
        hash.update(text.as_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;
    use crate::texts::texts;

    #[test]
    fn every_rule_clause_effect_and_change_has_its_words() {
        for language in Language::ALL {
            let has = |key: String| assert!(texts(language).find(&key).is_some(), "{key}");
            for rule in RULES {
                has(format!("rule-{}", rule.code));
                has(format!("rule-clause-{}", rule.clause));
                has(format!("rule-effect-{}", rule.effect.code()));
            }
            for change in RULE_HISTORY {
                has(format!("rule-change-{}", change.what));
            }
        }
    }

    /// The matrix has well over a hundred cells; a table of another shape would show none.
    #[test]
    fn the_cells_of_the_matrix_are_counted() {
        assert!(cells() > 100, "{}", cells());
    }
}
