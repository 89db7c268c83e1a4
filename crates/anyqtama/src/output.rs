//! Printing for people and scripts: the one place that writes to standard output and standard error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what commands print with")]

use std::io::IsTerminal;

use serde::Serialize;

/// A line on standard output.
pub fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// A line on standard error.
pub fn complain(line: impl std::fmt::Display) {
    eprintln!("{line}");
}

/// A value as one JSON document on standard output.
pub fn say_json(value: &impl Serialize) -> anyhow::Result<()> {
    say(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A line of standard error that is written over again and again, where somebody sits before it; empty to take it away.
pub fn progress(line: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{line}");
    }
}
