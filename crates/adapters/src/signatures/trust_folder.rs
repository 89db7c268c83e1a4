//! Authorities from one folder, or named one by one, and revocation lists from another folder.
//!
//! A folder's authorities count for everything. Those named one by one are held to their fingerprints, so that no file
//! that somebody changed or mixed up is trusted, and count for what they were named for (`anchors.rs`).
//! Authorities are read once: changing whom we trust is a matter for a restart. Lists change every day, so their folder
//! is looked at again every few seconds. A list that cannot be read leaves the former ones in place; when these are too
//! old the answer becomes "cannot tell" by itself, never "valid".

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use app::Clock;
use jiff::{SignedDuration, Timestamp};
use signature::trust::{TrustError, TrustStore};
use signature::x509::{Certificate, Crl};

use super::anchors::{Anchor, AnchorFault, named_authorities};
use super::moment;

/// How long the folder of lists is not looked at again.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(5);

/// Where trust lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustFolders {
    /// Certificates of authorities, roots and issuing ones: DER or PEM, `.cer`, `.crt`, `.der` or `.pem`.
    pub anchors: PathBuf,
    /// Revocation lists: DER or PEM, `.crl`. May be the same folder, or one list.
    pub lists: PathBuf,
}

/// Why trust could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum TrustFolderError {
    /// A folder or file cannot be read.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file is no certificate or list.
    #[error("{path}: {code}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Stable code of the reason.
        code: &'static str,
    },
    /// The folder has no certificate of an authority.
    #[error("{0} has no certificate of an authority")]
    NoAuthority(PathBuf),
    /// A named authority is not as its line says.
    #[error("signatures.anchors, {name} ({path}): {fault}")]
    Anchor {
        /// What it is called.
        name: String,
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        fault: AnchorFault,
    },
    /// What was read does not belong together.
    #[error("{path}: {error}")]
    Untrusted {
        /// Which folder or file.
        path: PathBuf,
        /// Why.
        error: TrustError,
    },
}

/// What tells a changed file from an unchanged one.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

struct Lists {
    looked_at: Timestamp,
    seen: Seen,
    store: Arc<TrustStore>,
}

/// Trust that follows its folder of lists.
pub struct TrustFolder {
    lists_dir: PathBuf,
    clock: Arc<dyn Clock>,
    lists: Mutex<Lists>,
}

impl TrustFolder {
    /// Reads both folders. A list that cannot be read is an error here, so that it is noticed at the start.
    ///
    /// # Errors
    /// [`TrustFolderError`].
    pub fn load(folders: TrustFolders, clock: Arc<dyn Clock>) -> Result<Self, TrustFolderError> {
        let authorities = read_authorities(&folders.anchors)?;
        Self::over(&authorities, folders.lists, clock)
    }

    /// The same over authorities named one by one.
    ///
    /// # Errors
    /// [`TrustFolderError`].
    pub fn load_named(
        anchors: &[Anchor],
        lists_dir: PathBuf,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TrustFolderError> {
        let authorities = named_authorities(anchors, moment(clock.now()))?;
        Self::over(&authorities, lists_dir, clock)
    }

    fn over(
        authorities: &TrustStore,
        lists_dir: PathBuf,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TrustFolderError> {
        let seen = look(&lists_dir)?;
        let store = Arc::new(with_lists(authorities, &seen)?);
        let lists = Mutex::new(Lists { looked_at: clock.now(), seen, store });
        Ok(Self { lists_dir, clock, lists })
    }

    /// Trust with the lists as they lie there now.
    #[must_use]
    pub fn current(&self) -> Arc<TrustStore> {
        let now = self.clock.now();
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(lists.looked_at).abs() < LOOK_AGAIN {
            return Arc::clone(&lists.store);
        }
        lists.looked_at = now;
        match look(&self.lists_dir) {
            Ok(seen) if seen == lists.seen => {}
            Ok(seen) => match with_lists(&lists.store.without_lists(), &seen) {
                Ok(store) => {
                    lists.store = Arc::new(store);
                    lists.seen = seen;
                }
                Err(error) => tracing::warn!(%error, "the revocation lists stay as they were"),
            },
            Err(error) => tracing::warn!(%error, "the revocation lists stay as they were"),
        }
        Arc::clone(&lists.store)
    }
}

fn read_authorities(folder: &Path) -> Result<TrustStore, TrustFolderError> {
    let mut certificates = Vec::new();
    for path in files(folder, &["cer", "crt", "der", "pem"])? {
        let read = Certificate::all_from(&read_file(&path)?)
            .map_err(|reason| unreadable(&path, reason.code()))?;
        if read.is_empty() {
            // A file that is there and adds nobody is a mistake somebody should hear of.
            return Err(unreadable(&path, signature::Reason::Malformed.code()));
        }
        certificates.extend(read);
    }
    if certificates.is_empty() {
        return Err(TrustFolderError::NoAuthority(folder.to_owned()));
    }
    let mut store = TrustStore::default();
    store
        .add_authorities(certificates)
        .map_err(|error| TrustFolderError::Untrusted { path: folder.to_owned(), error })?;
    Ok(store)
}

fn with_lists(authorities: &TrustStore, seen: &Seen) -> Result<TrustStore, TrustFolderError> {
    let mut store = authorities.clone();
    for path in seen.keys() {
        let list =
            Crl::read(&read_file(path)?).map_err(|reason| unreadable(path, reason.code()))?;
        store
            .add_list(list)
            .map_err(|error| TrustFolderError::Untrusted { path: path.clone(), error })?;
    }
    Ok(store)
}

fn look(folder: &Path) -> Result<Seen, TrustFolderError> {
    let mut seen = Seen::new();
    for path in files(folder, &["crl"])? {
        let metadata = std::fs::metadata(&path).map_err(|error| io(&path, error))?;
        seen.insert(path, (metadata.modified().ok(), metadata.len()));
    }
    Ok(seen)
}

/// Files of these kinds, in the order of their names; a file named itself is taken whatever its kind.
fn files(folder: &Path, kinds: &[&str]) -> Result<Vec<PathBuf>, TrustFolderError> {
    if folder.is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| io(folder, error))? {
        let path = entry.map_err(|error| io(folder, error))?.path();
        let kind = path.extension().and_then(|kind| kind.to_str()).map(str::to_lowercase);
        if path.is_file() && kind.is_some_and(|kind| kinds.contains(&kind.as_str())) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, TrustFolderError> {
    std::fs::read(path).map_err(|error| io(path, error))
}

fn io(path: &Path, error: std::io::Error) -> TrustFolderError {
    TrustFolderError::Io { path: path.to_owned(), error }
}

fn unreadable(path: &Path, code: &'static str) -> TrustFolderError {
    TrustFolderError::Unreadable { path: path.to_owned(), code }
}
