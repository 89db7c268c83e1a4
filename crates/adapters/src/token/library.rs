//! A device's library, which is one for the whole process, whoever uses it.
//!
//! Whoever starts it anew ends everybody's sessions, whose numbers are then given to others: so it is told apart how often that
//! happened, and nobody does it while somebody calls. Read next: `device.rs`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use cryptoki::context::Pkcs11;

use super::TokenFault;

/// Those of this process.
static ALL: Mutex<BTreeMap<PathBuf, Arc<Library>>> = Mutex::new(BTreeMap::new());

/// A library that was loaded.
pub(super) struct Library {
    pub(super) calls: Pkcs11,
    /// How often it was started anew.
    starts: RwLock<u64>,
}

impl Library {
    /// The one of a file, loaded unless it is already.
    pub(super) fn at(path: &Path) -> Result<Arc<Self>, TokenFault> {
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is named without its folder is found by the system.
        let place = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if let Some(known) = all.get(&place) {
            return Ok(Arc::clone(known));
        }
        let calls = Pkcs11::new(path)
            .map_err(|error| TokenFault::Library(format!("{}: {error}", path.display())))?;
        let library = Arc::new(Self { calls, starts: RwLock::new(0) });
        all.insert(place, Arc::clone(&library));
        Ok(library)
    }

    /// How often it was started anew; while this is held nobody does so.
    pub(super) fn hold(&self) -> RwLockReadGuard<'_, u64> {
        self.starts.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it, so that it is started anew, unless that was done since it had been done so often.
    pub(super) fn end(&self, seen: u64) {
        let mut starts = self.starts.write().unwrap_or_else(PoisonError::into_inner);
        if *starts == seen {
            *starts = seen.saturating_add(1);
            // It may be down already.
            let _ = self.calls.clone().finalize();
        }
    }
}
