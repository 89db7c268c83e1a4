//! Files of secrets, folders that are written to, room on their disks.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::config::{Config, DatabaseKind, KeysInFilesConfig};

use super::{Findings, faults};

/// Rights of everybody who is neither the owner nor of his group.
const OTHERS: u32 = 0o007;
/// With less room than this, or than a twentieth of the disk, somebody should look.
const ROOM: u64 = 1 << 30;
const SHARE: u64 = 20;
/// With less room than this it is a matter of hours.
const LAST_ROOM: u64 = 128 << 20;

/// Each file with a secret is there, says something, and is nobody else's to read.
pub fn secrets(config: &Config, found: &mut Findings) {
    for (key, path) in named(config) {
        look(&key, &path, found);
    }
}

fn look(key: &str, path: &Path, found: &mut Findings) {
    let shown = format!("{key}: {}", path.display());
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return found.wrong(&faults::SECRET_MISSING, format!("{shown}: {error}")),
    };
    if bytes.trim_ascii().is_empty() {
        // A drawn word is no master key, and a new key opens nothing that was sealed.
        let is_master = key == "personal_data.key_file";
        let fault = if is_master { &faults::PERSONAL_DATA_KEY } else { &faults::SECRET_EMPTY };
        found.wrong(fault, format!("{shown} is empty"));
    }
    let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & OTHERS != 0 {
        found.wrong(&faults::SECRET_OPEN, format!("{shown} has the rights {:o}", mode & 0o777));
    }
}

/// Keys of the configuration that name secrets, with their files.
fn named(config: &Config) -> Vec<(String, PathBuf)> {
    let mut all: Vec<(String, PathBuf)> = Vec::new();
    let mut add = |key: &str, path: Option<&PathBuf>| {
        all.extend(path.map(|path| (key.to_owned(), path.clone())));
    };
    add("database.password_file", config.database.password_file.as_ref());
    let personal = config.personal_data.as_ref();
    add("personal_data.key_file", personal.and_then(|section| section.key_file.as_ref()));
    let token = personal.and_then(|section| section.token.as_ref());
    add("personal_data.token.pin_file", token.map(|token| &token.pin_file));
    add("portal.api_token_file", config.portal.api_token_file.as_ref());
    add("portal.tls.key_file", config.portal.tls.as_ref().map(|tls| &tls.key_file));
    add("contact_centre.token_file", config.contact_centre.token_file.as_ref());
    add("monitoring.token_file", config.monitoring.as_ref().map(|one| &one.token_file));
    add("seal.token.pin_file", config.seal.token.as_ref().map(|token| &token.pin_file));
    let provider = config.identity_provider.as_ref();
    let secret = provider.and_then(|one| one.client_secret_file.as_ref());
    add("identity_provider.client_secret_file", secret);
    add("limits.key_file", config.limits.key_file.as_ref());
    add("email.password_file", config.email.as_ref().and_then(|one| one.password_file.as_ref()));
    let prober = config.operations.as_ref().and_then(|one| one.prober.as_ref());
    add("operations.prober.key_file", prober.map(|prober| &prober.key_file));
    if let Some(shep) = &config.data_bank.shep {
        add("data_bank.shep.password_file", shep.password_file.as_ref());
        add("data_bank.shep.key_file", Some(&shep.key_file));
    }
    if let Some(portal) = &config.egov_portal {
        add("egov_portal.password_file", portal.password_file.as_ref());
        add("egov_portal.key_file", Some(&portal.key_file));
    }
    if let Some(passwords) = &config.one_time_passwords {
        let base = passwords.mobile_citizens_base.token_file.as_ref();
        add("one_time_passwords.mobile_citizens_base.token_file", base);
        let gateway = passwords.http.as_ref().and_then(|http| http.token_file.as_ref());
        add("one_time_passwords.http.token_file", gateway);
        let smpp = passwords.smpp.as_ref().map(|smpp| &smpp.password_file);
        add("one_time_passwords.smpp.password_file", smpp);
    }
    all.extend(sealing_keys(config).into_iter().map(|path| ("seal.keys_dir".to_owned(), path)));
    all
}

/// Keys of seals that lie in files, where they may.
fn sealing_keys(config: &Config) -> Vec<PathBuf> {
    if config.seal.keys_in_files != Some(KeysInFilesConfig::Accepted) {
        return Vec::new();
    }
    let Ok(entries) = std::fs::read_dir(&config.seal.keys_dir) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "key")).collect()
}

/// Folders the program writes to.
pub fn folders(config: &Config, found: &mut Findings) {
    let mut folders = Vec::new();
    if config.database.kind().ok() == Some(DatabaseKind::Sqlite) {
        let file = config.database.url.trim_start_matches("sqlite://");
        let file = file.split('?').next().unwrap_or(file);
        let folder = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty());
        folders.push(folder.unwrap_or(Path::new(".")).to_owned());
    }
    if !config.signatures.lists.is_empty() {
        folders.push(config.signatures.crl_dir.clone());
    }
    for folder in folders {
        if let Err(error) = try_to_write(&folder) {
            found.wrong(&faults::FOLDER, format!("{}: {error}", folder.display()));
            continue;
        }
        if let Ok(disk) = rustix::fs::statvfs(&folder) {
            room(&folder, disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize, found);
        }
    }
}

fn try_to_write(folder: &Path) -> std::io::Result<()> {
    let trial = folder.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::write(&trial, b"trial");
    let _ = std::fs::remove_file(&trial);
    written
}

fn room(folder: &Path, free: u64, whole: u64, found: &mut Findings) {
    let what = format!(
        "{}: {} MB of {} MB are free",
        folder.display(),
        free / 1_000_000,
        whole / 1_000_000
    );
    if free < LAST_ROOM {
        found.wrong(&faults::DISK, what);
    } else if free < ROOM || free < whole / SHARE {
        found.soon(&faults::DISK, what);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Gravity;
    use super::*;

    #[test]
    fn a_disk_is_told_before_it_is_full() {
        let gib = |count: u64| count << 30;
        for (free, whole, told) in [
            (gib(10), gib(100), None),
            (gib(4), gib(100), Some(Gravity::Soon)),
            (gib(1) / 2, gib(1), Some(Gravity::Soon)),
            (1 << 20, gib(100), Some(Gravity::Wrong)),
        ] {
            let mut found = Findings::default();
            room(Path::new("/var/lib/anyqtama"), free, whole, &mut found);
            assert_eq!(found.iter().next().map(|one| one.gravity), told, "{free} of {whole}");
        }
    }
}
