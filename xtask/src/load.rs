//! The load: builds the program and the generator for release, and runs the one against the other.
//! Knows no figure. Next: `crates/load`.

use anyhow::Result;

use crate::shell::run;
use crate::workspace::Workspace;

/// Builds and runs; `words` are the generator's.
pub fn run_load(workspace: &Workspace, words: &[String]) -> Result<()> {
    run(workspace.cargo().args([
        "build",
        "--release",
        "--package",
        "anyqtama",
        "--package",
        "load",
    ]))?;
    let mut generator = workspace.program(workspace.in_target("release/load"));
    run(generator.arg("--program").arg(workspace.in_target("release/anyqtama")).args(words))
}
