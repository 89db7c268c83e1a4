//! Tables as a file for a spreadsheet.

use super::record_files::{ExportFormat, RecordFileError};

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetCell {
    /// Nothing.
    Empty,
    /// A text; never taken for a formula.
    Text(String),
    /// A count.
    Whole(u64),
    /// A number in thousandths: seconds from milliseconds.
    Thousandths(i64),
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its name in a workbook; CSV has one table and no names.
    pub name: String,
    /// What stands above the columns.
    pub heading: Vec<String>,
    /// Cells, row by row.
    pub rows: Vec<Vec<SheetCell>>,
}

/// Makes files of tables.
pub trait SheetFiles: Send + Sync {
    /// A file of all tables; of CSV, one under another.
    ///
    /// # Errors
    /// [`RecordFileError`].
    fn sheets(&self, format: ExportFormat, sheets: &[Sheet]) -> Result<Vec<u8>, RecordFileError>;
}
