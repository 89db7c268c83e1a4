//! `docs/signature-reasons.md` names every reason and doubt with its texts, as people see them, and a test that is there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use std::path::PathBuf;

use signature::{Doubt, Reason};

fn read(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Codes, each with the name of its variant.
type Codes = Vec<(&'static str, String)>;

/// Of reasons and of doubts.
fn codes() -> (Codes, Codes) {
    let reasons = Reason::ALL.iter().map(|one| (one.code(), format!("Reason::{one:?}")));
    let doubts = Doubt::ALL.iter().map(|one| (one.code(), format!("Doubt::{one:?}")));
    (reasons.collect(), doubts.collect())
}

fn text(language: &str, code: &str) -> String {
    let texts = read(&format!("crates/portal/locales/{language}/faults.ftl"));
    let key = format!("signature-fault-{code} = ");
    let found = texts.lines().find_map(|line| line.strip_prefix(&key));
    found.unwrap_or_else(|| panic!("{language} has no text for {code}")).to_owned()
}

/// The rows of the page's tables, each as its cells.
fn rows() -> Vec<Vec<Vec<String>>> {
    let page = read("docs/signature-reasons.md");
    let mut tables: Vec<Vec<Vec<String>>> = Vec::new();
    for line in page.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<String> =
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        match (cells.first().map(String::as_str), tables.last_mut()) {
            (Some("Code"), _) => tables.push(Vec::new()),
            (Some(first), Some(table)) if first.starts_with('`') => table.push(cells),
            _ => {}
        }
    }
    tables
}

#[test]
fn the_page_has_a_row_for_each_code_with_the_texts_people_see() {
    let (reasons, doubts) = codes();
    let tables = rows();
    let [first, second] = tables.as_slice() else { panic!("two tables") };
    for (codes, table) in [(reasons, first), (doubts, second)] {
        let wanted = codes.iter().map(|(code, _)| {
            let texts = ["kk", "ru", "en"].map(|language| text(language, code));
            [vec![format!("`{code}`")], texts.to_vec()].concat()
        });
        let wanted: Vec<Vec<String>> = wanted.collect();
        for row in &wanted {
            let is_there = table.iter().any(|cells| cells.starts_with(row));
            assert!(is_there, "wanted: | {} | `FILE` `TEST` |", row.join(" | "));
        }
        assert_eq!(table.len(), wanted.len(), "a row of a code that is no more");
        let found = table.iter().filter_map(|cells| cells.first());
        assert!(found.eq(wanted.iter().filter_map(|row| row.first())), "in the order of the code");
    }
}

#[test]
fn each_row_names_a_test_that_reaches_its_code() {
    let (reasons, doubts) = codes();
    let rows: Vec<Vec<String>> = rows().concat();
    for ((code, variant), cells) in reasons.into_iter().chain(doubts).zip(rows) {
        let proof = cells.last().expect("a row has cells").clone();
        let [file, name] = proof
            .split(' ')
            .map(|word| word.trim_matches('`'))
            .collect::<Vec<_>>()
            .try_into()
            .unwrap_or_else(|_| panic!("{code}: `FILE` `TEST` expected, found {proof}"));
        let source = read(&format!("crates/{file}"));
        let quoted = format!("\"{code}\"");
        let names_it = source.contains(&format!("{variant},"))
            || source.contains(&format!("{variant})"))
            || source.contains(&quoted);
        assert!(names_it, "{file} does not name {variant}");
        let declared = source.find(&format!("fn {name}()"));
        let before = declared.and_then(|place| source.get(..place)).unwrap_or_default();
        let attribute = before.trim_end_matches("async ").trim_end().lines().last();
        let is_test = matches!(attribute, Some("#[test]" | "#[tokio::test]"));
        assert!(is_test, "{file} has no test {name}");
    }
}
