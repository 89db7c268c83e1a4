//! The chores of the repository: `cargo xtask test`, `cargo xtask tidy`, `cargo xtask load` and `cargo xtask package`.
//! Knows nothing of the service itself beyond what its documents must prove to outside judges.
//! Next: `test.rs` (the steps in their order), `tidy/mod.rs` (what lints cannot hold), `load.rs`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks on its streams"
)]

mod browser;
mod dependencies;
mod generated_calls;
mod installed;
mod judges;
mod load;
mod package;
mod scratch;
mod shell;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::test::Step;
use crate::workspace::Workspace;

/// Chores of the repository.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Install what the tests need and run all of them; the first failing step ends it.
    Test {
        /// Run this step alone; may be given several times.
        #[arg(long, value_enum)]
        only: Vec<Step>,
    },
    /// Check the rules of the house that no lint can hold.
    Tidy,
    /// Build for release and make the Debian package, with the bill of materials in it.
    Package(package::Options),
    /// Build for release and put the service under load; `cargo xtask load --help` lists what can be chosen.
    #[command(disable_help_flag = true)]
    Load {
        /// Handed to the load generator.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

fn main() -> ExitCode {
    let outcome = Workspace::find().and_then(|workspace| match Cli::parse().chore {
        Chore::Test { only } => test::run(&workspace, &only),
        Chore::Tidy => tidy::run(&workspace),
        Chore::Package(options) => package::run(&workspace, &options),
        Chore::Load { words } => load::run_load(&workspace, &words),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
