//! A department's file into the registry: read whole, then previewed or taken in whole.
//!
//! Read next: `data_bank_file/mod.rs` for reading, `app::Registry` for what taking in means.

use std::fmt;
use std::sync::Arc;

use app::{
    ImportBatch, ImportOrigin, ImportOutcome, ImportPreview, ImportRefusal, ImportSummary,
    ImportTerms, OthersRecords, Registry, StoreError,
};
use domain::{Kato, astana_date};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::data_bank_file::{self, FileFaults};

/// Hears while a file is read which line that has come to, and about how many there are.
#[derive(Clone, Default)]
pub struct ImportWatch(Option<Arc<dyn Fn(u32, u32) + Send + Sync>>);

impl ImportWatch {
    /// Tells this.
    #[must_use]
    pub fn telling(watch: impl Fn(u32, u32) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(watch)))
    }

    fn hear(&self, line: u32, total: u32) {
        if let Some(watch) = &self.0 {
            watch(line, total);
        }
    }
}

impl fmt::Debug for ImportWatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ImportWatch")
    }
}

/// Whose file it is, and under which terms it is taken in.
#[derive(Clone, Debug)]
pub struct ImportOrder {
    /// The department.
    pub department: Kato,
    /// When.
    pub entered_at: Timestamp,
    /// By whom and why.
    pub origin: ImportOrigin,
    /// Under which terms.
    pub terms: ImportTerms,
    /// Who watches it being read.
    pub watch: ImportWatch,
}

impl ImportOrder {
    /// By whoever runs the program, of the department's own records.
    #[must_use]
    pub fn of(department: Kato, entered_at: Timestamp) -> Self {
        let (origin, terms) = (ImportOrigin::default(), ImportTerms::default());
        Self { department, entered_at, origin, terms, watch: ImportWatch::default() }
    }

    /// The same of many departments' records at once, as a bank is filled for the first time.
    #[must_use]
    pub fn of_all(department: Kato, entered_at: Timestamp) -> Self {
        let terms = ImportTerms { others: OthersRecords::Taken, ..ImportTerms::default() };
        Self { terms, ..Self::of(department, entered_at) }
    }

    /// The same for a reason, without which nothing is ended or corrected.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.origin.reason = Some(reason.to_owned());
        self
    }
}

/// What a file would change.
#[derive(Debug)]
pub struct FilePreview {
    /// Row by row.
    pub preview: ImportPreview,
    /// The line of each row, as the spreadsheet numbers them.
    pub lines: Vec<u32>,
}

impl FilePreview {
    /// Whether it is about the department's own records alone, as an import requires unless its terms allow others'.
    ///
    /// # Errors
    /// [`ImportError::OthersRecords`].
    pub fn own_records(&self) -> Result<(), ImportError> {
        let others = self.preview.changes.iter().filter(|change| change.kept_by.is_some());
        let lines = others.filter_map(|change| self.lines.get(change.place).copied());
        let lines: Vec<u32> = lines.collect();
        if lines.is_empty() { Ok(()) } else { Err(ImportError::OthersRecords(lines)) }
    }
}

/// Why a file was not taken in; then nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is faulty.
    #[error(transparent)]
    Faults(#[from] FileFaults),
    /// These lines of it, as the spreadsheet numbers them, change records that another department keeps.
    #[error("{} lines change records that another department keeps", .0.len())]
    OthersRecords(Vec<u32>),
    /// The registry has changed since the preview that was confirmed.
    #[error("the registry has changed since the preview")]
    AnotherThanPreviewed,
    /// It ends or corrects records, and nobody says why.
    #[error("ends and corrections need a reason")]
    NoReason,
    /// What officers enter is bound to more than a file that an operator takes in.
    #[error(transparent)]
    OfOfficers(ImportRefusal),
    /// The registry does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reading was broken off, as happens when the process ends.
    #[error("reading the file was broken off")]
    BrokenOff,
}

/// What the bytes of a department's file would change.
///
/// # Errors
/// [`ImportError`].
pub async fn preview_file(
    registry: &dyn Registry,
    bytes: Vec<u8>,
    order: ImportOrder,
) -> Result<FilePreview, ImportError> {
    let (batch, lines) = read(bytes, order).await?;
    Ok(FilePreview { preview: registry.preview_import(&batch).await?, lines })
}

/// Takes in what the bytes of a department's file say.
///
/// # Errors
/// [`ImportError`].
pub async fn import_file(
    registry: &dyn Registry,
    bytes: Vec<u8>,
    order: ImportOrder,
) -> Result<ImportSummary, ImportError> {
    let (batch, lines) = read(bytes, order).await?;
    match registry.apply_import(&batch).await? {
        ImportOutcome::TakenIn(summary) => Ok(summary),
        ImportOutcome::Refused(ImportRefusal::AnotherThanPreviewed) => {
            Err(ImportError::AnotherThanPreviewed)
        }
        ImportOutcome::Refused(ImportRefusal::OthersRecords(places)) => {
            let line = |place| lines.get(place).copied();
            Err(ImportError::OthersRecords(places.into_iter().filter_map(line).collect()))
        }
        ImportOutcome::Refused(ImportRefusal::ReasonMissing) => Err(ImportError::NoReason),
        ImportOutcome::Refused(
            refusal @ (ImportRefusal::SecondPersonMissing | ImportRefusal::ProposalClosed),
        ) => Err(ImportError::OfOfficers(refusal)),
    }
}

async fn read(bytes: Vec<u8>, order: ImportOrder) -> Result<(ImportBatch, Vec<u32>), ImportError> {
    // A large file takes seconds: other tasks of the process go on meanwhile.
    let read = tokio::task::spawn_blocking(move || {
        let ImportOrder { department, entered_at, origin, terms, watch } = order;
        let today = astana_date(entered_at);
        let heard = |line, total| watch.hear(line, total);
        let file = data_bank_file::read_watched(&bytes, &department, today, &heard)?;
        let file_digest = hex::encode(Sha256::digest(&bytes));
        let rows = file.rows;
        let entered_by = department;
        let batch = ImportBatch { file_digest, entered_by, entered_at, origin, terms, rows };
        Ok::<_, FileFaults>((batch, file.lines))
    });
    Ok(read.await.map_err(|_| ImportError::BrokenOff)??)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use app::RecordVersion;
    use async_trait::async_trait;
    use domain::{GuardianRecord, Iin};

    use super::*;

    /// Remembers what it was asked to do.
    #[derive(Default)]
    struct Remembering(Mutex<Vec<(&'static str, ImportBatch)>>);

    impl Remembering {
        fn note(&self, what: &'static str, batch: &ImportBatch) {
            self.0.lock().unwrap().push((what, batch.clone()));
        }
    }

    #[async_trait]
    impl Registry for Remembering {
        async fn guardian_record(&self, _: Iin) -> Result<Option<GuardianRecord>, StoreError> {
            Ok(None)
        }
        async fn history_of(&self, _: Iin) -> Result<Vec<RecordVersion>, StoreError> {
            Ok(vec![])
        }
        async fn preview_import(&self, batch: &ImportBatch) -> Result<ImportPreview, StoreError> {
            self.note("preview", batch);
            let summary = ImportSummary { new: 1, ..ImportSummary::default() };
            Ok(ImportPreview { summary, changes: vec![], digest: String::new() })
        }
        async fn apply_import(&self, batch: &ImportBatch) -> Result<ImportOutcome, StoreError> {
            self.note("apply", batch);
            Ok(ImportOutcome::Refused(ImportRefusal::OthersRecords(vec![0])))
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
    async fn a_preview_only_previews_and_a_faulty_file_reaches_no_registry() {
        let registry = Remembering::default();
        let department = Kato::parse("710000000").unwrap();
        let now: Timestamp = "2026-11-23T20:00:00Z".parse().unwrap();
        let order = ImportOrder::of(department, now);
        let good = data_bank_file::example_csv();
        let preview = preview_file(&registry, good.clone(), order.clone()).await.unwrap();
        assert_eq!((preview.preview.summary.new, preview.lines), (1, vec![2]));
        // A refusal names the lines as the officer sees them.
        let refused = import_file(&registry, good, order.clone()).await;
        assert!(matches!(refused, Err(ImportError::OthersRecords(lines)) if lines == [2]));
        let asked = std::mem::take(&mut *registry.0.lock().unwrap());
        for ((what, batch), expected) in asked.iter().zip(["preview", "apply"]) {
            assert_eq!((*what, batch.rows.len(), batch.entered_at), (expected, 1, now));
            assert_eq!(batch.file_digest.len(), 64);
        }
        let empty = import_file(&registry, vec![], order).await;
        assert!(matches!(empty, Err(ImportError::Faults(_))));
        assert!(registry.0.lock().unwrap().is_empty());
    }
}
