//! The command line of `data-bank`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ConfigArguments;

/// Commands of the data bank.
#[derive(Subcommand)]
pub enum DataBankCommand {
    /// Take a department's file in, whole or not at all.
    Import(ImportArguments),
    /// Write an empty file with the columns, drop-downs and an example.
    Template {
        /// File to write.
        file: PathBuf,
    },
}

/// Options of `data-bank import`.
#[derive(Args)]
pub struct ImportArguments {
    /// XLSX, or CSV in UTF-8.
    pub file: PathBuf,
    /// KATO of the department that enters it.
    #[arg(long)]
    pub provider: String,
    /// Say what would change and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Digest that a preview told (`--dry-run --json`): where anything else would be written by now, nothing is.
    #[arg(long)]
    pub previewed: Option<String>,
    /// Why records are ended or corrected, which needs one; kept with every version of them.
    #[arg(long)]
    pub reason: Option<String>,
    /// Also enter and change records that other departments keep, as a load of many departments at once must.
    #[arg(long)]
    pub others_records: bool,
    /// Language of messages: kk, ru or en.
    #[arg(long, default_value = "kk")]
    pub language: String,
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}
