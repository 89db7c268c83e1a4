//! The files of the repository as git sees them: tracked, and new ones that are not ignored.
//! Knows no rule. Next: any of the rules beside it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::OnceLock;

use anyhow::{Context, Result};

use super::rust_files;
use crate::shell;
use crate::workspace::Workspace;

/// A text file.
#[derive(Debug)]
pub struct SourceFile {
    /// Path from the top of the checkout, with forward slashes.
    pub path: String,
    /// What stands in it.
    pub text: String,
    /// Reading a file as Rust is most of all the work here, so it is done once.
    test_lines: OnceLock<BTreeSet<usize>>,
}

impl SourceFile {
    /// A file at a path.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), test_lines: OnceLock::new() }
    }

    /// The lines of tests in it, none where it is no Rust, for those who judge product code alone.
    pub fn test_lines(&self) -> &BTreeSet<usize> {
        let read =
            || if self.is_rust() { rust_files::test_lines(&self.text) } else { BTreeSet::new() };
        self.test_lines.get_or_init(read)
    }

    /// Whether the whole file is there for tests: integration tests, benches, contract suites, counterparts' fixtures.
    pub fn is_test(&self) -> bool {
        let rooms = ["/tests/", "/benches/", "/src/testing/"];
        self.path.starts_with("tests/")
            || rooms.iter().any(|room| self.path.contains(room))
            || self.path.ends_with("/tests.rs")
    }

    /// Whether it is Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// Everything tidy looks at.
#[derive(Debug, Default)]
pub struct Tree {
    files: Vec<SourceFile>,
    others: Vec<String>,
    ignored: Vec<String>,
}

impl Tree {
    /// Reads the checkout through git.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let mut tree =
            Self { ignored: listed(workspace, &["--cached", "--ignored"])?, ..Self::default() };
        for path in listed(workspace, &["--cached", "--others"])? {
            let place = workspace.root().join(&path);
            if !place.is_file() {
                continue;
            }
            let bytes = fs::read(&place).with_context(|| format!("cannot read {path}"))?;
            match String::from_utf8(bytes) {
                Ok(text) => tree.files.push(SourceFile::new(path, text)),
                Err(_) => tree.others.push(path),
            }
        }
        Ok(tree)
    }

    /// The text files.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Paths of the files that are no text.
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// Paths git both tracks and ignores: something generated was committed.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The text at a path.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// A tree that never was on disk.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| SourceFile::new(*path, *text);
        Self { files: files.iter().map(file).collect(), ..Self::default() }
    }
}

fn listed(workspace: &Workspace, which: &[&str]) -> Result<Vec<String>> {
    let mut git = workspace.program("git");
    // A checkout made by another user (a CI runner's volume) is still ours to read.
    git.args(["-c", "safe.directory=*", "ls-files", "-z", "--exclude-standard"]).args(which);
    let text = shell::text_of(&mut git)?;
    Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_rooms_are_told_from_product_code() {
        let is_test = |path: &str| SourceFile::new(path, "").is_test();
        assert!(is_test("crates/domain/tests/decision.rs"));
        assert!(is_test("tests/browser/journey.mjs"));
        assert!(is_test("crates/app/src/testing/store.rs"));
        assert!(!is_test("crates/app/src/submit.rs"));
        assert!(!is_test("xtask/src/test.rs"));
    }

    #[test]
    fn the_checkout_itself_is_read() {
        let tree = Tree::read(&Workspace::find().unwrap()).unwrap();
        assert!(tree.text("xtask/src/tidy/tree.rs").is_some_and(|text| text.starts_with("//!")));
    }
}
