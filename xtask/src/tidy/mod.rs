//! `cargo xtask tidy`: the rules of the house that lints cannot hold, each in a file of its own.
//! A rule is a function from the tree to its findings; none of them changes anything.
//! Next: `tree.rs` (what is read), then the rule one is interested in.

mod arrows;
mod decisions;
mod identifiers;
mod legal_map;
mod root;
mod rust_files;
mod threat_model;
mod tree;
mod words;

use std::fmt;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
pub use tree::{SourceFile, Tree};

/// One thing to put right.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    place: String,
    fault: String,
}

impl Finding {
    /// Where, and what is wrong there.
    pub fn new(place: impl Into<String>, fault: impl Into<String>) -> Self {
        Self { place: place.into(), fault: fault.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.fault)
    }
}

/// Checks every rule and prints every finding.
pub fn run(workspace: &Workspace) -> Result<()> {
    let tree = Tree::read(workspace)?;
    let crates = arrows::crates(workspace.metadata())?;
    let findings: Vec<Finding> = [
        root::check(&tree),
        rust_files::check(&tree),
        words::check(&tree, workspace.root()),
        identifiers::check(&tree),
        arrows::check(&crates),
        decisions::check(&crates, &tree),
        legal_map::check(&tree),
        threat_model::check(&tree),
    ]
    .into_iter()
    .flatten()
    .collect();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("tidy: {} files, nothing to put right", tree.files().len());
            Ok(())
        }
        count => bail!("tidy: {count} to put right"),
    }
}
