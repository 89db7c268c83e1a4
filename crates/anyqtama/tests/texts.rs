//! Every reason a signature or a sealed document can fail for has a text in the three languages of the portal; the texts of the
//! forms of documents, which the portal does not know, fit into its form.

#![allow(clippy::unwrap_used, reason = "a broken expectation must stop the test where it is")]

use std::path::Path;

use signature::{Doubt, Reason};

/// Fields beside the texts: what one form is changed for, and why.
const OTHER_FIELDS: usize = 10;

#[test]
fn an_administrator_can_hand_in_every_text_of_the_forms_at_once() {
    let wording = certificate::built_in_wording().unwrap();
    assert!(wording.0.len() * 2 + OTHER_FIELDS <= portal::FIELDS_MAX, "{}", wording.0.len());
}

#[test]
fn every_reason_of_a_signature_has_its_text_in_every_language() {
    let locales = Path::new(env!("CARGO_MANIFEST_DIR")).join("../portal/locales");
    let codes = Reason::ALL.iter().map(|one| one.code());
    let codes: Vec<_> = codes.chain(Doubt::ALL.iter().map(|one| one.code())).collect();
    for language in ["kk", "ru", "en"] {
        let text = std::fs::read_to_string(locales.join(language).join("faults.ftl")).unwrap();
        for code in &codes {
            let key = format!("signature-fault-{code} = ");
            assert!(text.lines().any(|line| line.starts_with(&key)), "{language}: {key}");
        }
    }
}
