//! Dependencies as cargo-deny judges them by `deny.toml`: licences, bans and sources, and known weaknesses where the data
//! about them is on this machine.
//! Knows no licence. What is not there is skipped, and said.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::shell;
use crate::workspace::Workspace;

/// Judges; answers a closing line.
pub fn check(workspace: &Workspace) -> Result<String> {
    if !workspace.has_program("cargo-deny") {
        return Ok(skipped("cargo-deny is not installed (`cargo install --locked cargo-deny`)"));
    }
    shell::run(deny(workspace).args(["check", "bans", "licenses", "sources"]))?;
    if advisories().is_none_or(|folder| !folder.is_dir()) {
        return Ok(skipped(
            "there are no advisories here (`cargo deny fetch`); the rest was judged",
        ));
    }
    shell::run(deny(workspace).args(["check", "--disable-fetch", "advisories"]))?;
    Ok("     Dependencies: licences, bans, sources and advisories are in order".to_owned())
}

fn deny(workspace: &Workspace) -> Command {
    let mut deny = workspace.program("cargo-deny");
    deny.args(["--offline", "--workspace", "--all-features"]);
    deny
}

/// Where cargo-deny keeps what it fetched.
fn advisories() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    Some(home?.join("advisory-dbs"))
}

fn skipped(why: &str) -> String {
    let told = format!("     Dependencies: SKIPPED, {why}");
    println!("{told}");
    told
}
