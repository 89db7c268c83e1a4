//! What lies at the top of the repository, and what may not lie in it at all.
//! Knows no file's content. Next: `words.rs`.

use super::{Finding, Tree};

const EXPECTED: [&str; 7] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "anyqtama.example.toml",
];

/// Endings that only a program writes: nobody edits these by hand, so nobody reviews them.
const GENERATED: [&str; 8] =
    [".sqlite", ".sqlite3", ".sqlite-wal", ".db", ".log", ".pyc", ".snap.new", ".profraw"];

/// Missing files of the root, and generated files in the repository.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let missing = EXPECTED
        .iter()
        .filter(|path| tree.text(path).is_none())
        .map(|path| Finding::new(*path, "is missing"));
    let tracked =
        tree.ignored().iter().map(|path| Finding::new(path, "is ignored by git and yet committed"));
    let all = tree.files().iter().map(|file| &file.path).chain(tree.others());
    let generated = all
        .filter(|path| GENERATED.iter().any(|ending| path.ends_with(ending)))
        .map(|path| Finding::new(path, "is generated; it is not committed"));
    missing.chain(tracked).chain(generated).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Vec<(&'static str, &'static str)> {
        EXPECTED.iter().map(|path| (*path, "text")).collect()
    }

    #[test]
    fn a_whole_root_has_nothing_to_put_right() {
        assert_eq!(check(&Tree::of(&whole())), []);
    }

    #[test]
    fn a_missing_readme_is_found() {
        let rest: Vec<_> = whole().into_iter().filter(|(path, _)| *path != "README.md").collect();
        assert_eq!(check(&Tree::of(&rest)), [Finding::new("README.md", "is missing")]);
    }

    #[test]
    fn a_database_in_the_repository_is_found() {
        let mut files = whole();
        files.push(("data/demo.sqlite", ""));
        assert_eq!(check(&Tree::of(&files)).len(), 1);
    }
}
