//! The rules of the decision as people are told of them: each with its clause, what follows, and the tests that hold it.
//!
//! What happens is in `decide.rs`; this is the list by which it is published, word for word with its text. A test compares
//! the names of tests with those there are. Read next: `decide.rs`.

use jiff::civil::{Date, date};

/// What follows from a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleEffect {
    /// A certificate.
    Certificate,
    /// A refusal by item 9.1.
    NoGuardianRecord,
    /// A refusal by item 9.2.
    NoConsent,
    /// No answer yet, and no refusal.
    Waits,
    /// Nothing: it is not looked at.
    Nothing,
}

impl RuleEffect {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::NoGuardianRecord => "no_guardian_record",
            Self::NoConsent => "no_consent",
            Self::Waits => "waits",
            Self::Nothing => "nothing",
        }
    }
}

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable word; the texts of the portal have it in three languages.
    pub code: &'static str,
    /// Its clause: `item_9`, `article_8` and the like, whose texts the portal has as well.
    pub clause: &'static str,
    /// What follows.
    pub effect: RuleEffect,
    /// Tests of `tests/decision.rs` that hold it.
    pub tests: &'static [&'static str],
}

const fn rule(
    code: &'static str,
    clause: &'static str,
    effect: RuleEffect,
    tests: &'static [&'static str],
) -> Rule {
    Rule { code, clause, effect, tests }
}

/// All of them, in the order in which they are applied.
pub const RULES: [Rule; 12] = [
    rule(
        "consent_unknown",
        "item_9",
        RuleEffect::Waits,
        &["consent_comes_first_and_its_absence_is_ground_two"],
    ),
    rule(
        "no_consent",
        "article_8",
        RuleEffect::NoConsent,
        &["consent_comes_first_and_its_absence_is_ground_two"],
    ),
    rule(
        "protected_secret",
        "item_9",
        RuleEffect::Nothing,
        &["refusing_the_consent_to_protected_secrets_is_no_ground_for_refusal"],
    ),
    rule("bank_silent", "item_9", RuleEffect::Waits, &["an_outage_is_never_a_refusal"]),
    rule(
        "bank_knows_nobody",
        "item_9_1",
        RuleEffect::NoGuardianRecord,
        &["an_authoritative_absence_is_ground_one"],
    ),
    rule(
        "record_of_another",
        "item_9",
        RuleEffect::Waits,
        &["a_record_about_somebody_else_is_a_fault_of_the_source"],
    ),
    rule(
        "record_contradicts_itself",
        "item_9",
        RuleEffect::Waits,
        &[
            "a_faulty_record_of_one_ward_does_not_keep_the_certificates_of_the_others_back",
            "every_state_of_one_record_has_its_lawful_answer",
        ],
    ),
    rule(
        "other_form",
        "family_code",
        RuleEffect::Nothing,
        &["only_guardianship_and_custodianship_give_a_certificate"],
    ),
    rule(
        "accounting",
        "family_code",
        RuleEffect::Nothing,
        &["accounting_in_the_data_bank_never_decides"],
    ),
    rule(
        "current",
        "item_5",
        RuleEffect::Certificate,
        &[
            "every_state_of_one_record_has_its_lawful_answer",
            "of_several_current_acts_on_one_ward_the_latest_is_certified",
        ],
    ),
    rule(
        "named_without_record",
        "item_9_1",
        RuleEffect::NoGuardianRecord,
        &["wards_are_answered_one_by_one_when_named"],
    ),
    rule(
        "none_current",
        "item_9_1",
        RuleEffect::NoGuardianRecord,
        &[
            "every_state_of_one_record_has_its_lawful_answer",
            "a_refusal_names_who_keeps_the_latest_record",
        ],
    ),
];

/// A version of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleChange {
    /// Version, as decisions keep it.
    pub version: &'static str,
    /// Since when.
    pub since: Date,
    /// Stable word of what changed; the texts of the portal have it.
    pub what: &'static str,
}

/// Every version there was, the last one first.
pub const RULE_HISTORY: [RuleChange; 1] =
    [RuleChange { version: "1", since: date(2026, 11, 23), what: "first" }];

/// The rules themselves, as the program has them: name of the file and its text.
pub const RULE_TEXT: [(&str, &str); 3] = [
    ("decide.rs", include_str!("decide.rs")),
    ("role.rs", include_str!("role.rs")),
    ("placement.rs", include_str!("placement.rs")),
];
