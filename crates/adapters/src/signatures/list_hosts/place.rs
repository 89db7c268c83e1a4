//! The place of one list in its folder: who puts one there, and what is still on its way.
//!
//! Several processes may fetch into one folder. Names of their own keep them out of each other's files, but not from
//! judging what they bring by a list that another replaces meanwhile: the slower one would put an older list over a newer.
//! So the place is compared and changed under a lock of the operating system, which ends with its holder however that
//! ends; by the same means a part that nobody writes any more is known from one that is still coming, whatever the clocks
//! of the machines say. Downloading needs no lock: whoever is slow keeps nobody else from a newer list.
//! Knows nothing of what a list says.

use std::fs::{File, TryLockError, rename};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Response;
use sha2::{Digest, Sha256};

use super::fetching::{NotFetched, broken};

/// How long another process may compare and rename before one gives up for this round.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// SHA-256 of a list's bytes.
pub(super) type ListDigest = [u8; 32];

/// Where a list lies.
#[derive(Clone)]
pub(super) struct Place {
    folder: PathBuf,
    name: String,
}

/// The right to change a place, until it is dropped.
pub(super) struct Held {
    _file: File,
}

/// A file on its way, locked while it is; gone unless it is put into its place.
pub(super) struct Part {
    path: PathBuf,
    file: File,
}

impl Place {
    pub(super) fn new(folder: &Path, name: &str) -> Self {
        Self { folder: folder.to_owned(), name: name.to_owned() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The list that lies there, where one does.
    pub(super) fn read(&self) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join(&self.name)).ok()
    }

    /// Which list lies there.
    pub(super) async fn digest(&self) -> Option<ListDigest> {
        let place = self.clone();
        let read = tokio::task::spawn_blocking(move || place.read().map(|list| digest(&list)));
        read.await.ok().flatten()
    }

    /// A file for a list that begins to come, beside its place and under a name that no reader looks at. What processes
    /// that are no more have left there goes.
    pub(super) async fn begin(&self, random: u64) -> Result<Part, NotFetched> {
        // Nobody sweeps between the making of this file and its lock.
        let _held = self.lock().await?;
        self.sweep()?;
        let path = self.folder.join(format!("{}{random:016x}.part", self.prefix()));
        let file = File::create_new(&path)?;
        let part = Part { path, file };
        part.file.try_lock().map_err(std::io::Error::from)?;
        Ok(part)
    }

    /// The right to change what lies there.
    pub(super) async fn lock(&self) -> Result<Held, NotFetched> {
        self.lock_in(LOCK_TRIES).await
    }

    pub(super) async fn lock_in(&self, tries: u32) -> Result<Held, NotFetched> {
        let path = self.folder.join(format!("{}lock", self.prefix()));
        let file = File::options().create(true).append(true).open(path)?;
        for _ in 0..tries {
            match file.try_lock() {
                Ok(()) => return Ok(Held { _file: file }),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PAUSE).await,
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Err(NotFetched::Busy)
    }

    /// In one step, so that a reader sees the old list or the new one. For whoever holds the place.
    pub(super) fn put(&self, part: &Part) -> std::io::Result<()> {
        rename(&part.path, self.folder.join(&self.name))?;
        File::open(&self.folder)?.sync_all()
    }

    fn sweep(&self) -> std::io::Result<()> {
        let prefix = self.prefix();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_part = |name: &str| name.strip_prefix(&prefix).is_some_and(is_end_of_part);
            if name.to_str().is_some_and(is_part)
                && File::open(entry.path()).is_ok_and(|part| part.try_lock().is_ok())
            {
                // Gone already will do.
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    fn prefix(&self) -> String {
        format!(".{}.", self.name)
    }
}

/// As [`Place::begin`] names them; a list of a longer name, guarded by another lock, has other parts.
fn is_end_of_part(rest: &str) -> bool {
    let random = rest.strip_suffix(".part");
    random.is_some_and(|random| {
        random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

impl Part {
    pub(super) fn read(&self) -> std::io::Result<Vec<u8>> {
        std::fs::read(&self.path)
    }

    /// Chunk by chunk, so that a list of tens of megabytes does not lie in memory while it comes.
    pub(super) async fn fill(
        &self,
        mut response: Response,
        bytes_max: u64,
    ) -> Result<(), NotFetched> {
        let (mut file, mut left) = (&self.file, bytes_max);
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            let bytes = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            left = left.checked_sub(bytes).ok_or(NotFetched::TooLarge(bytes_max))?;
            file.write_all(&chunk)?;
        }
        file.sync_all()?;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Renamed it is no longer there, which is how it should be.
        let _ = std::fs::remove_file(&self.path);
    }
}

pub(super) fn digest(list: &[u8]) -> ListDigest {
    Sha256::digest(list).into()
}
