//! Words that may not stand in the repository: paths of one person's machine, and promises without a number.
//! Knows no language's syntax. Next: `identifiers.rs`.

use std::path::Path;

use super::{Finding, SourceFile, Tree};

/// Folders under which people and build machines keep their checkouts.
const HOMES: [&str; 6] = ["home", "root", "Users", "work", "workspace", "builds"];

/// Words that put work off.
const PROMISES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

const CODE: [&str; 10] =
    [".rs", ".html", ".js", ".mjs", ".css", ".toml", ".sql", ".sh", ".ftl", ".yml"];

/// Every text file of the tree; `root` is where this very checkout lies.
pub fn check(tree: &Tree, root: &Path) -> Vec<Finding> {
    let mut paths: Vec<String> = HOMES.iter().map(|home| format!("/{home}/")).collect();
    paths.push(format!("{}/", root.display()));
    tree.files().iter().flat_map(|file| check_file(file, &paths)).collect()
}

fn check_file(file: &SourceFile, paths: &[String]) -> Vec<Finding> {
    let is_code = CODE.iter().any(|ending| file.path.ends_with(ending));
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let place = || format!("{}:{}", file.path, index + 1);
        if let Some(path) = paths.iter().find(|path| holds_path(line, path)) {
            findings.push(Finding::new(place(), format!("names a place of one machine: {path}")));
        }
        if let Some(word) = PROMISES.iter().find(|word| is_code && holds_promise(line, word)) {
            findings.push(Finding::new(place(), format!("{word} without the number of an issue")));
        }
    }
    findings
}

/// Whether an absolute path starts here: not the middle of an address or of a longer path.
fn holds_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|letter| letter.is_alphanumeric() || "./_-}*~".contains(letter))
    })
}

fn holds_promise(line: &str, word: &str) -> bool {
    let is_part = |letter: Option<char>| {
        letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    };
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).unwrap_or_default();
        !is_part(before) && !is_part(after.chars().next()) && !names_an_issue(after)
    })
}

/// `#12` somewhere behind the word.
fn names_an_issue(text: &str) -> bool {
    text.split('#').skip(1).any(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)]), Path::new("/srv/checkout")).len()
    }

    #[test]
    fn a_home_folder_is_found_and_an_address_is_not() {
        assert_eq!(count("docs/a.md", &format!("see /{}/anna/notes", HOMES[0])), 1);
        assert_eq!(count("docs/a.md", "see https://example.kz/home/page and ./work/x"), 0);
    }

    #[test]
    fn the_place_of_this_checkout_is_found() {
        assert_eq!(count("docs/a.md", "cd /srv/checkout/crates"), 1);
    }

    #[test]
    fn a_promise_needs_the_number_of_an_issue() {
        let promise = PROMISES[0];
        assert_eq!(count("src/a.rs", &format!("// {promise}: later")), 1);
        assert_eq!(count("src/a.rs", &format!("// {promise} (#12): later")), 0);
        assert_eq!(count("src/a.rs", "// mastodons and XXXL shirts"), 0);
    }

    #[test]
    fn prose_may_speak_of_promises() {
        assert_eq!(count("CONTRIBUTING.md", &format!("no {}", PROMISES[0])), 0);
    }
}
