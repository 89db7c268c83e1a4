//! The command line of `figures`.

use clap::Args;
use jiff::civil::Date;

use super::ConfigArguments;

/// Options of `figures`.
#[derive(Args)]
pub struct FiguresArguments {
    /// First day, in Kazakhstan; without it the first of the month of the last day.
    #[arg(long)]
    pub from: Option<Date>,
    /// Last day; without it today.
    #[arg(long)]
    pub to: Option<Date>,
    /// Of the department of this territory (KATO) alone.
    #[arg(long, conflicts_with = "check")]
    pub territory: Option<String>,
    /// As one JSON document.
    #[arg(long)]
    pub json: bool,
    /// As a table in UTF-8: one line for the whole and one for each row of each table.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Count them from the journal, too, and compare; ends with status 1 where anything differs.
    #[arg(long)]
    pub check: bool,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}
