//! A department's file into the registry: read whole, then previewed or taken in whole.
//!
//! Read next: `data_bank_file/mod.rs` for reading, `app::Registry` for what taking in means.

use app::{ImportBatch, ImportSummary, Registry, StoreError};
use domain::{Kato, astana_date};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::data_bank_file::{self, FileFaults};

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// Only says what would change.
    DryRun,
    /// Takes the file in.
    Apply,
}

/// Why a file was not taken in; then nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is faulty.
    #[error(transparent)]
    Faults(#[from] FileFaults),
    /// The registry does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reading was broken off, as happens when the process ends.
    #[error("reading the file was broken off")]
    BrokenOff,
}

/// Reads the bytes of a department's file and previews or takes in what it says.
///
/// # Errors
/// [`ImportError`].
pub async fn import_file(
    registry: &dyn Registry,
    bytes: Vec<u8>,
    importing: &Kato,
    now: Timestamp,
    mode: ImportMode,
) -> Result<ImportSummary, ImportError> {
    let department = importing.clone();
    // A large file takes seconds: other tasks of the process go on meanwhile.
    let read = tokio::task::spawn_blocking(move || {
        let rows = data_bank_file::read(&bytes, &department, astana_date(now))?;
        Ok::<_, FileFaults>((rows, hex::encode(Sha256::digest(&bytes))))
    });
    let (rows, file_digest) = read.await.map_err(|_| ImportError::BrokenOff)??;
    let batch = ImportBatch { file_digest, entered_by: importing.clone(), entered_at: now, rows };
    Ok(match mode {
        ImportMode::DryRun => registry.preview_import(&batch).await?,
        ImportMode::Apply => registry.apply_import(&batch).await?,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use domain::{GuardianRecord, Iin};

    use super::*;

    /// Remembers what it was asked to do.
    #[derive(Default)]
    struct Remembering(Mutex<Vec<(&'static str, ImportBatch)>>);

    impl Remembering {
        fn note(&self, what: &'static str, batch: &ImportBatch) -> ImportSummary {
            self.0.lock().unwrap().push((what, batch.clone()));
            ImportSummary { new: 1, ..ImportSummary::default() }
        }
    }

    #[async_trait]
    impl Registry for Remembering {
        async fn guardian_record(&self, _: Iin) -> Result<Option<GuardianRecord>, StoreError> {
            Ok(None)
        }
        async fn preview_import(&self, batch: &ImportBatch) -> Result<ImportSummary, StoreError> {
            Ok(self.note("preview", batch))
        }
        async fn apply_import(&self, batch: &ImportBatch) -> Result<ImportSummary, StoreError> {
            Ok(self.note("apply", batch))
        }
        async fn import_digests(&self) -> Result<Vec<(i64, String)>, StoreError> {
            Ok(vec![])
        }
        async fn misplaced_records(&self) -> Result<u64, StoreError> {
            Ok(0)
        }
        async fn last_import_at(&self) -> Result<Option<Timestamp>, StoreError> {
            Ok(None)
        }
    }

    #[tokio::test]
    async fn a_dry_run_only_previews_and_a_faulty_file_reaches_no_registry() {
        let registry = Remembering::default();
        let department = Kato::parse("710000000").unwrap();
        let now: Timestamp = "2026-11-23T20:00:00Z".parse().unwrap();
        let good = data_bank_file::example_csv();
        for (mode, asked) in [(ImportMode::DryRun, "preview"), (ImportMode::Apply, "apply")] {
            let summary =
                import_file(&registry, good.clone(), &department, now, mode).await.unwrap();
            assert_eq!(summary.new, 1);
            let (what, batch) = registry.0.lock().unwrap().pop().unwrap();
            assert_eq!((what, batch.rows.len(), batch.entered_at), (asked, 1, now));
            assert_eq!(batch.file_digest.len(), 64);
        }
        let empty = import_file(&registry, vec![], &department, now, ImportMode::Apply).await;
        assert!(matches!(empty, Err(ImportError::Faults(_))));
        assert!(registry.0.lock().unwrap().is_empty());
    }
}
