//! docs/legal-map.md joins a clause of the law to the function that holds it and the test that proves it.
//! Here both are looked for in the code. Knows no clause. Next: the map itself.

use super::{Finding, SourceFile, Tree};

const MAP: &str = "docs/legal-map.md";

/// Rows that name no function or test, or one that does not exist.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(map) = tree.text(MAP) else {
        return vec![Finding::new(MAP, "is missing")];
    };
    let mut rows = 0;
    let mut findings = Vec::new();
    for (index, line) in map.lines().enumerate() {
        if let Some(row) = Row::read(line) {
            rows += 1;
            let place = format!("{MAP}:{}", index + 1);
            findings.extend(row.faults(tree).into_iter().map(|fault| Finding::new(&place, fault)));
        }
    }
    if rows == 0 {
        findings.push(Finding::new(MAP, "has no row"));
    }
    findings
}

/// `| clause | what it asks | function | test |`
struct Row<'a> {
    clause: &'a str,
    functions: Vec<&'a str>,
    tests: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// `None` for prose, the table's head and its ruler.
    fn read(line: &'a str) -> Option<Self> {
        let cells: Vec<&str> = line
            .trim()
            .strip_prefix('|')?
            .trim_end_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        let [clause, _, functions, tests, ..] = cells.as_slice() else { return None };
        let is_ruler = clause.chars().all(|letter| "-: ".contains(letter));
        let is_head = !functions.contains('`')
            && !tests.contains('`')
            && functions.to_lowercase().starts_with("function");
        (!is_ruler && !is_head).then(|| Row {
            clause,
            functions: quoted(functions),
            tests: quoted(tests),
        })
    }

    fn faults(&self, tree: &Tree) -> Vec<String> {
        let mut faults = Vec::new();
        if self.clause.is_empty() {
            faults.push("the row names no clause".into());
        }
        if self.functions.is_empty() {
            faults.push("the row names no function".into());
        }
        if self.tests.is_empty() {
            faults.push("the row names no test".into());
        }
        let absent = |kind: &str, name: &str| format!("there is no {kind} `{name}`");
        faults.extend(
            self.functions
                .iter()
                .filter(|path| !has_function(tree, path))
                .map(|path| absent("function", path)),
        );
        faults.extend(
            self.tests.iter().filter(|path| !has_test(tree, path)).map(|path| absent("test", path)),
        );
        faults
    }
}

/// What stands between backticks.
pub(super) fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// `domain::decide::decide`, `domain::Iin::parse`, `decide.rs:decide`: the first word leads to files, the last is a
/// function in one of them outside its tests.
fn has_function(tree: &Tree, path: &str) -> bool {
    let Some((place, name)) = split(path) else { return false };
    let files = tree
        .files()
        .iter()
        .filter(|file| file.is_rust() && !file.is_test() && lies_in(file, place));
    files.into_iter().any(|file| {
        let tests = file.test_lines();
        declarations(&file.text, name).any(|line| !tests.contains(&line))
    })
}

/// The last word is a test somewhere in the crate or file named, or anywhere when only the test is named.
pub(super) fn has_test(tree: &Tree, path: &str) -> bool {
    let (place, name) = split(path).unwrap_or(("", path));
    let in_journey =
        |file: &SourceFile| !file.is_rust() && file.is_test() && file.text.contains(name);
    tree.files().iter().filter(|file| place.is_empty() || lies_in(file, place)).any(|file| {
        let tests = file.test_lines();
        let is_test = |line: usize| file.is_test() || tests.contains(&line);
        in_journey(file) || (file.is_rust() && declarations(&file.text, name).any(is_test))
    })
}

/// Place and name of a path: `a::b::c` → `a::b`, `c`; `file.rs:c` → `file.rs`, `c`.
fn split(path: &str) -> Option<(&str, &str)> {
    path.rsplit_once("::").or_else(|| path.rsplit_once(':'))
}

fn lies_in(file: &SourceFile, place: &str) -> bool {
    if place.ends_with(".rs") || place.ends_with(".mjs") {
        return file.path == place || file.path.ends_with(&format!("/{place}"));
    }
    let name = place.split("::").next().unwrap_or(place);
    let folder = format!("crates/{}/", name.replace('_', "-"));
    file.path.starts_with(&folder)
}

/// Lines that declare a function of this name.
fn declarations<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let head = format!("fn {name}");
    let declares = move |line: &str| {
        line.match_indices(&head).any(|(at, _)| {
            let follows = line.get(at + head.len()..).and_then(|rest| rest.chars().next());
            let starts = line
                .get(..at)
                .is_none_or(|before| before.is_empty() || before.ends_with([' ', '(']));
            starts && follows.is_some_and(|letter| letter == '(' || letter == '<')
        })
    };
    text.lines().enumerate().filter(move |(_, line)| declares(line)).map(|(index, _)| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "//! a\npub fn decide(now: u8) {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn an_outage_is_no_refusal() {}\n}\n";

    fn faults(row: &str) -> Vec<String> {
        let map =
            format!("| Clause | What it asks | Function | Test |\n|---|---|---|---|\n{row}\n");
        let tree = Tree::of(&[
            (MAP, &map),
            ("crates/domain/src/decide.rs", CODE),
            ("crates/domain/tests/decision.rs", "//! t\n#[test]\nfn every_row_is_proved() {}\n"),
        ]);
        check(&tree).into_iter().map(|finding| finding.fault).collect()
    }

    #[test]
    fn a_row_whose_function_and_tests_exist_is_let_be() {
        let none = [""; 0];
        assert_eq!(
            faults("| 9.1 | refuse | `domain::decide::decide` | `an_outage_is_no_refusal` |"),
            none
        );
        assert_eq!(
            faults(
                "| 9.1 | refuse | `decide.rs:decide` | `an_outage_is_no_refusal`, `every_row_is_proved` |"
            ),
            none
        );
        assert_eq!(
            faults("| 9.1 | refuse | `domain::decide` | `domain::every_row_is_proved` |"),
            none
        );
    }

    #[test]
    fn a_function_that_does_not_exist_is_found() {
        let found =
            faults("| 9.1 | refuse | `domain::decide::decree` | `an_outage_is_no_refusal` |");
        assert_eq!(found, ["there is no function `domain::decide::decree`"]);
        let elsewhere = faults("| 9.1 | refuse | `app::decide` | `an_outage_is_no_refusal` |");
        assert_eq!(elsewhere, ["there is no function `app::decide`"]);
    }

    #[test]
    fn a_test_that_does_not_exist_is_found_and_a_function_is_no_test() {
        let found = faults("| 9.1 | refuse | `domain::decide` | `decide` |");
        assert_eq!(found, ["there is no test `decide`"]);
    }

    #[test]
    fn a_test_is_no_function_of_the_law() {
        let found = faults(
            "| 9.1 | refuse | `domain::an_outage_is_no_refusal` | `an_outage_is_no_refusal` |",
        );
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_row_that_names_nothing_is_found() {
        assert_eq!(faults("| 9.1 | refuse | | |").len(), 2);
    }

    #[test]
    fn an_empty_map_is_found() {
        assert_eq!(faults("prose"), ["has no row"]);
    }
}
