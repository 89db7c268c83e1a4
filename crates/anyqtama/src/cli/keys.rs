//! Options of `keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The commands.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Make a master key of personal data and put it on top of a file, which is made where there is none; or make it on the
    /// token of a configuration. Every node wraps the data keys anew within a minute of having it.
    New(NewKeyArguments),
}

/// Options of `keys new`.
#[derive(Args)]
pub struct NewKeyArguments {
    /// The key file, as `[personal_data]` names it.
    #[arg(required_unless_present = "config", conflicts_with = "config")]
    pub file: Option<PathBuf>,
    /// Make it on the token that `[personal_data.token]` of this configuration names: it never leaves it.
    #[arg(long)]
    pub config: Option<PathBuf>,
}
