//! The command line of `doctor`.

use clap::Args;

use super::ConfigArguments;

/// Options of `doctor`.
#[derive(Args)]
pub struct DoctorArguments {
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
    /// Configuration.
    #[command(flatten)]
    pub config: ConfigArguments,
}
