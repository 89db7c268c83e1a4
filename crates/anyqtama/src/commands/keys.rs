//! `keys new`: master keys of personal data.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

use anyhow::{Context, Result, bail};
use app::Clock;
use vault::MasterKeys;
use zeroize::Zeroizing;

use crate::cli::{KeysCommand, NewKeyArguments};
use crate::commands::Status;
use crate::config::Config;
use crate::master_keys::open_token;
use crate::output::say;
use crate::system::SystemClock;

/// `keys …`
pub async fn keys(command: &KeysCommand) -> Result<Status> {
    match command {
        KeysCommand::New(NewKeyArguments { file, config }) => match (file, config) {
            (Some(file), _) => new_in_file(file)?,
            (None, Some(config)) => new_on_token(config).await?,
            (None, None) => bail!("neither a key file nor a configuration is named"),
        },
    }
    Ok(Status::Done)
}

/// Puts a new master key on top of a file; those below only open what they wrapped.
fn new_in_file(file: &Path) -> Result<()> {
    add_master_key(file).with_context(|| format!("{}", file.display()))?;
    say(format!(
        "{}: a new master key on top. Keep a copy apart from the database and its backups: without it nobody reads them again.",
        file.display()
    ));
    Ok(())
}

/// Makes a new master key on the token; those before it only open what they wrapped. The rest of the configuration may be
/// unfinished.
async fn new_on_token(config: &Path) -> Result<()> {
    let config = Config::read(config)?;
    let token = config.personal_data.and_then(|section| section.token);
    let token = token.context("the configuration has no [personal_data.token]")?;
    let id = open_token(&token)?.make_key(SystemClock.now()).await?;
    say(format!(
        "{}: a new master key on the token, with the id {id}. It never leaves it: have it on a second device by the vendor's means, or \
        whoever loses this one loses all personal data.",
        token.key
    ));
    Ok(())
}

/// The file is replaced as a whole, so that a crash leaves the old one or the new one. Whoever adds one at the same time waits.
pub(crate) fn add_master_key(named: &Path) -> Result<()> {
    // The file itself, where a link leads to it.
    let file = &fs::canonicalize(named).unwrap_or_else(|_| named.to_owned());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new(".")))?;
    folder.lock()?;
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
    // What a crash left, perhaps for others to read.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    // The private mode must be there before the key is.
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    new.write_all(text.as_bytes())?;
    if let Ok(old) = fs::metadata(file) {
        // Whoever could read the one before, the service above all, reads this one.
        fchown(&new, Some(old.uid()), Some(old.gid()))?;
        new.set_permissions(old.permissions())?;
    }
    new.sync_all()?;
    fs::rename(&beside, file)?;
    // The name must be on the disk before a database elsewhere stands under the key.
    folder.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::thread;

    use super::*;

    #[test]
    fn keys_added_at_once_all_stay_and_the_file_is_read_by_whoever_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("keys"), folder.path().join("link"));
        add_master_key(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| add_master_key(&link).unwrap());
            }
        });
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.lines().filter(|line| !line.is_empty()).count(), 9);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
