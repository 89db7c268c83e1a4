//! `keys new`: master keys of personal data.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use vault::MasterKeys;
use zeroize::Zeroizing;

use crate::cli::{KeysCommand, NewKeyArguments};
use crate::commands::Status;
use crate::output::say;

/// `keys …`
pub fn keys(command: &KeysCommand) -> Result<Status> {
    match command {
        KeysCommand::New(arguments) => new(arguments),
    }
}

/// Puts a new master key on top of a file; those below only open what they wrapped.
fn new(arguments: &NewKeyArguments) -> Result<Status> {
    let file = &arguments.file;
    add_master_key(file).with_context(|| format!("{}", file.display()))?;
    say(format!(
        "{}: a new master key on top. Keep a copy apart from the database and its backups: without it nobody reads them again.",
        file.display()
    ));
    Ok(Status::Done)
}

/// The file is replaced as a whole, so that a crash leaves the old one or the new one.
pub(crate) fn add_master_key(file: &Path) -> Result<()> {
    let before = match fs::read_to_string(file) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Zeroizing::new(String::new()),
        Err(error) => return Err(error.into()),
    };
    if !before.trim().is_empty() {
        MasterKeys::parse(&before)?;
    }
    let text = Zeroizing::new(format!("{}\n{}", *MasterKeys::new_line(), *before));
    let beside = file.with_added_extension("new");
    // The private mode must be there before the key is.
    let mut new =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    new.write_all(text.as_bytes())?;
    new.sync_all()?;
    fs::rename(&beside, file)?;
    Ok(())
}
