//! Records as a file in the columns of the departments' template, made piece by piece: a department has more than fit into
//! memory.

use super::sheet_files::SheetFiles;
use crate::import::RegistryRow;

/// What the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// A workbook.
    Xlsx,
    /// Comma-separated text in UTF-8.
    Csv,
}

impl ExportFormat {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Xlsx, Self::Csv];

    /// Stable word, and the end of the file's name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
        }
    }

    /// The format of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the file of records cannot be made: {0}")]
pub struct RecordFileError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Makes files of records.
pub trait RecordFiles: SheetFiles + Send + Sync {
    /// A file without rows yet.
    ///
    /// # Errors
    /// [`RecordFileError`].
    fn begin(&self, format: ExportFormat) -> Result<Box<dyn RecordFile>, RecordFileError>;
}

/// A file that is being made.
pub trait RecordFile: Send {
    /// Adds rows; answers with what can be sent already.
    ///
    /// # Errors
    /// [`RecordFileError`].
    fn add(&mut self, rows: &[RegistryRow]) -> Result<Vec<u8>, RecordFileError>;

    /// The rest of the file.
    ///
    /// # Errors
    /// [`RecordFileError`].
    fn finish(self: Box<Self>) -> Result<Vec<u8>, RecordFileError>;
}
