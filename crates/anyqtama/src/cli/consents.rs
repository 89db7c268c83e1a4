//! The command line of `consents`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::ConfigArguments;

/// Commands about consents.
#[derive(Subcommand)]
pub enum ConsentsCommand {
    /// Write the register of consents, which Article 8 makes the operator keep, into a new file. It holds personal data.
    Register(RegisterArguments),
}

/// Options of `consents register`.
#[derive(Args)]
pub struct RegisterArguments {
    /// File to write; it must not exist, and only its owner may read it.
    pub file: PathBuf,
    /// Consents answered or withdrawn at this moment or later.
    #[arg(long)]
    pub from: Option<Timestamp>,
    /// Consents answered or withdrawn before this moment.
    #[arg(long)]
    pub until: Option<Timestamp>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = RegisterFormat::Csv)]
    pub format: RegisterFormat,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}

/// How the register is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RegisterFormat {
    /// A table in UTF-8 with a heading.
    Csv,
    /// One JSON document a line.
    Json,
}
