//! Options of `keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The commands.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Make a master key of personal data and put it on top of a file, which is made where there is none. Every node wraps
    /// the data keys anew within a minute of having it.
    New(NewKeyArguments),
}

/// Options of `keys new`.
#[derive(Args)]
pub struct NewKeyArguments {
    /// The key file, as `[personal_data]` names it.
    pub file: PathBuf,
}
