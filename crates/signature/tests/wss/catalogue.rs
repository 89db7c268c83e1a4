//! `docs/wss-reasons.md` has a row for each reason a message is refused for, and each row happens.

use std::collections::BTreeSet;
use std::path::Path;

use signature::wss::Reason;

use crate::faults;

fn rows() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/wss-reasons.md");
    let page = std::fs::read_to_string(page).unwrap();
    let codes = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    codes.map(str::to_owned).collect()
}

#[test]
fn every_reason_is_reached_by_the_fault_it_names() {
    for (expected, found) in faults::all() {
        assert_eq!(expected, found);
    }
}

#[test]
fn the_page_has_a_row_for_each_reason_that_happens_and_no_other() {
    let rows = rows();
    let happen: BTreeSet<_> = faults::all().into_iter().map(|(_, found)| found).collect();
    let on_page: BTreeSet<_> = rows.iter().map(String::as_str).collect();
    assert_eq!(on_page, happen);
    assert_eq!(rows.len(), happen.len(), "a row stands twice");
    for reason in Reason::OWN {
        assert!(happen.contains(reason.code()), "{reason} has no fault");
    }
}
