//! All records of a department as a file, page by page, so that no file lies in memory whole.
//!
//! Read next: `records.rs`.

use domain::Kato;

use crate::ports::{ExportFormat, LookWay, RecordFile, RecordFileError};
use crate::records::{AtDesk, LookError, PAGE, purpose_of};
use crate::service::Service;

impl Service {
    /// Begins a file of all records a department keeps; the look stands in the journal from here on.
    ///
    /// # Errors
    /// [`LookError`].
    pub async fn export_records(
        &self,
        at_desk: &AtDesk,
        format: ExportFormat,
        purpose: &str,
    ) -> Result<RecordExport, LookError> {
        let purpose = purpose_of(purpose)?;
        self.write_all_keys().await?;
        let keepers = self.kept_by(&at_desk.department).await?;
        let file = self.parts.record_files.begin(format)?;
        self.note(at_desk, LookWay::Export, &purpose, Vec::new()).await?;
        Ok(RecordExport { keepers, after: None, file: Some(file) })
    }

    /// The next piece of a file; `None` behind the last.
    ///
    /// # Errors
    /// [`LookError`]; the file is broken off then.
    pub async fn export_piece(
        &self,
        export: &mut RecordExport,
    ) -> Result<Option<Vec<u8>>, LookError> {
        let Some(mut file) = export.file.take() else { return Ok(None) };
        let after = export.after.as_deref();
        let page = self.desk().records_kept_by(&export.keepers, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(Some(filed(move || file.finish()).await?));
        };
        export.after = Some(last.key.clone());
        let rows: Vec<_> = page.into_iter().map(|one| one.row).collect();
        let (file, piece) = filed(move || {
            let piece = file.add(&rows)?;
            Ok((file, piece))
        })
        .await?;
        export.file = Some(file);
        Ok(Some(piece))
    }
}

/// A file of records on its way.
pub struct RecordExport {
    keepers: Vec<Kato>,
    after: Option<String>,
    file: Option<Box<dyn RecordFile>>,
}

/// Works at a file. Writing cells and deflating a workbook is not for the threads that answer people.
async fn filed<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RecordFileError> + Send + 'static,
) -> Result<T, RecordFileError> {
    let working = tokio::task::spawn_blocking(work);
    working.await.map_err(|stopped| RecordFileError(Box::new(stopped)))?
}
