//! The load generator: a new installation, real `serve` processes on a database that waits for the disk, and thousands
//! of distinct signed requests over HTTP. Documents are prepared and signed before the measurement begins.
//!
//! Knows nothing of how the service works inside; it is a client of the API that also reads the kernel's accounts.
//! Run by `cargo xtask load`. Read next: `run.rs` for the order of a run, `drive.rs` for the two kinds of load, `suite.rs` for
//! runs that make a table together.

#![allow(clippy::print_stdout, reason = "the figures go to the terminal")]

mod accounts;
mod browser;
mod drive;
mod installation;
mod latency;
mod machine;
mod nodes;
mod overload;
mod people;
mod report;
mod requests;
mod run;
mod seed;
mod status;
mod suite;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::suite::Suite;

/// Where the requests are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Database {
    /// One file of this machine, every commit synced.
    Sqlite,
    /// A server of its own, every commit synced.
    Postgres,
}

/// Drives many signed requests through real processes and tells latency, throughput and processor time.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo xtask load")]
pub struct Options {
    /// The program under load.
    #[arg(long, default_value = "target/release/anyqtama")]
    pub program: std::path::PathBuf,
    /// The database.
    #[arg(long, value_enum, default_value_t = Database::Postgres)]
    pub database: Database,
    /// Processes that serve and work.
    #[arg(long, default_value_t = 1)]
    pub nodes: usize,
    /// Requests each process advances at the same time.
    #[arg(long, default_value_t = 2)]
    pub workers: usize,
    /// Requests measured; 3,000 where a suite asks for no other number.
    #[arg(long)]
    pub requests: Option<usize>,
    /// Requests before those, not measured.
    #[arg(long, default_value_t = 300)]
    pub warm_up: usize,
    /// People who take turns; one person has one open request.
    #[arg(long, default_value_t = 1_000)]
    pub people: usize,
    /// Requests a second, whatever the answers; without it each of `in_flight` clients waits for its answer.
    #[arg(long)]
    pub rate: Option<f64>,
    /// Clients that each wait for an answer before they ask anew.
    #[arg(long, default_value_t = 32)]
    pub in_flight: usize,
    /// Looks at pages of states a second, beside the load.
    #[arg(long)]
    pub status_rate: Option<f64>,
    /// Send at the rate whatever comes back, then see how the service recovers and that no accepted request is lost.
    #[arg(long)]
    pub overload: bool,
    /// Personal data stand open in the database, to see what it costs to seal them.
    #[arg(long)]
    pub unsealed: bool,
    /// Requests that may wait for a worker before no more are registered; without it what is configured by itself.
    #[arg(long)]
    pub waiting_max: Option<u64>,
    /// Runs that answer one question together, one suite after the other, each with its table.
    #[arg(long, value_enum)]
    pub suite: Vec<Suite>,
    /// A document with a place for the table of each suite.
    #[arg(long, value_name = "FILE", requires = "suite")]
    pub write: Option<std::path::PathBuf>,
    /// Requests stored before the load begins.
    #[arg(long, default_value_t = 0)]
    pub stored: u64,
    /// Begin the measurement only when this file is there: two runs side by side share whatever else the machine does.
    #[arg(long, value_name = "FILE")]
    pub wait_for: Option<std::path::PathBuf>,
    /// A setting of the PostgreSQL server, to see what it changes; may be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    pub server_setting: Vec<String>,
}

impl Options {
    /// How many are measured.
    pub fn count(&self) -> usize {
        self.requests.unwrap_or(3_000)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    if options.suite.is_empty() {
        run::run(&options).await?;
    }
    for suite in &options.suite {
        let table = suite.measure(&options).await?;
        println!("{table}");
        if let Some(document) = &options.write {
            suite.write(document, &table)?;
        }
    }
    Ok(())
}
