//! docs/threat-model.md joins an attack to what stops it and to the tests that prove it. Here the tests are looked for in the
//! code. Knows no attack. Next: the model itself.

use super::legal_map::{has_test, quoted};
use super::{Finding, Tree};

const MODEL: &str = "docs/threat-model.md";

/// Rows that name no test, or one that does not exist.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(model) = tree.text(MODEL) else {
        return vec![Finding::new(MODEL, "is missing")];
    };
    let mut rows = 0;
    let mut findings = Vec::new();
    for (index, line) in model.lines().enumerate() {
        let Some(tests) = tests_of(line) else { continue };
        rows += 1;
        let place = format!("{MODEL}:{}", index + 1);
        if tests.is_empty() {
            findings.push(Finding::new(&place, "the row names no test"));
        }
        let missing = tests.iter().filter(|name| !has_test(tree, name));
        findings
            .extend(missing.map(|name| Finding::new(&place, format!("there is no test `{name}`"))));
    }
    if rows == 0 {
        findings.push(Finding::new(MODEL, "has no row"));
    }
    findings
}

/// Tests of `| who | what he tries | what stops him | test |`; `None` for prose, a table's head and its ruler.
fn tests_of(line: &str) -> Option<Vec<&str>> {
    let cells: Vec<&str> =
        line.trim().strip_prefix('|')?.trim_end_matches('|').split('|').collect();
    let [who, _, _, tests] = cells.as_slice() else { return None };
    let is_ruler = who.chars().all(|letter| "-: ".contains(letter));
    let is_head = tests.trim() == "test";
    (!is_ruler && !is_head).then(|| quoted(tests))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(row: &str) -> Vec<String> {
        let model = format!("| who | tries | stops | test |\n|---|---|---|---|\n{row}\n");
        let test = "//! t\n#[test]\nfn nobody_comes_in() {}\n";
        let tree = Tree::of(&[(MODEL, &model), ("crates/app/tests/door.rs", test)]);
        check(&tree).into_iter().map(|finding| finding.fault).collect()
    }

    #[test]
    fn a_row_whose_tests_exist_is_let_be_and_every_other_is_found() {
        assert_eq!(faults("| a thief | the door | a lock | `nobody_comes_in` |"), [""; 0]);
        let found = faults("| a thief | the door | a lock | `nobody_goes_out` |");
        assert_eq!(found, ["there is no test `nobody_goes_out`"]);
        assert_eq!(faults("| a thief | the door | a lock | hope |"), ["the row names no test"]);
        assert_eq!(faults("prose"), ["has no row"]);
    }
}
