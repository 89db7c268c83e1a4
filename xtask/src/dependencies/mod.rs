//! Dependencies judged by `deny.toml`: licences, bans and sources from `cargo metadata` here (`listed.rs`), and everything by
//! cargo-deny where it is installed, with known weaknesses where the data about them is on this machine.
//! Knows no licence. What is not there is skipped, and said.

mod listed;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::shell;
use crate::workspace::Workspace;
use listed::Rules;

/// Judges; answers a closing line.
pub fn check(workspace: &Workspace) -> Result<String> {
    let count = listed(workspace)?;
    let told =
        format!("     Dependencies: licences, bans and sources of {count} crates are in order");
    if !workspace.has_program("cargo-deny") {
        let why = "cargo-deny is not installed (`cargo install --locked cargo-deny`)";
        return Ok(skipped(&told, why));
    }
    shell::run(deny(workspace).args(["check", "bans", "licenses", "sources"]))?;
    if advisories().is_none_or(|folder| !folder.is_dir()) {
        return Ok(skipped(&told, "there are none here (`cargo deny fetch`)"));
    }
    shell::run(deny(workspace).args(["check", "--disable-fetch", "advisories"]))?;
    Ok(format!("{told}; no advisory is against them"))
}

/// What is linked on any platform, with all features; answers how many crates of others that is.
fn listed(workspace: &Workspace) -> Result<usize> {
    let rules = Rules::parse(&fs::read_to_string(workspace.root().join("deny.toml"))?)?;
    let mut cargo = workspace.cargo();
    cargo.args(["metadata", "--locked", "--all-features", "--format-version", "1"]);
    let metadata: Value =
        serde_json::from_str(&shell::text_of(&mut cargo)?).context("cargo metadata is no JSON")?;
    let (count, wrong) = rules.judge(&metadata)?;
    ensure!(wrong.is_empty(), "by deny.toml:\n{}", wrong.join("\n"));
    Ok(count)
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

fn skipped(told: &str, why: &str) -> String {
    let told = format!("{told}; advisories SKIPPED: {why}");
    println!("{told}");
    told
}
