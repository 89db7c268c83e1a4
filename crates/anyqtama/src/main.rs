//! The program: reads the command line and runs one command. Read next: `lib.rs`.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    anyqtama::main(anyqtama::cli::Cli::parse()).await
}
