//! A department's file: XLSX or CSV in, registry rows or all faults of the file at once out.
//!
//! Which of the two it is follows from its bytes, not from its name. Nothing here writes to a registry.
//! Read next: `columns.rs`, `lines.rs`, `fault.rs`; `import.rs` in the crate joins this to the registry.

mod cells;
mod columns;
mod csv_text;
mod export;
mod fault;
mod lines;
mod office;
mod register;
mod shared_strings;
mod sheet;
mod sheets;
mod template;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::example_csv;
#[cfg(test)]
#[path = "tests/forty.rs"]
mod tests_forty;
mod texts;
mod words;
mod xlsx;

use std::path::Path;

use app::RegistryRow;
use domain::Kato;
use jiff::civil::Date;

pub use columns::Column;
pub use export::TemplateRecordFiles;
pub use fault::{Fault, FaultCode, FileFaults};
pub use office::TemplateFiles;
pub use template::{TemplateError, template, template_bytes};

pub(crate) use lines::ward_id;
use register::Register;
pub use sheet::FILE_BYTES_MAX;

/// What a file without fault says.
#[derive(Debug)]
pub struct FileRows {
    /// Its rows.
    pub rows: Vec<RegistryRow>,
    /// The line of each, as the spreadsheet numbers them.
    pub lines: Vec<u32>,
}

/// How a file cannot even be opened.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system refuses it.
    #[error("the file cannot be opened: {0}")]
    Io(#[from] std::io::Error),
    /// It was read and is faulty.
    #[error(transparent)]
    Faults(#[from] FileFaults),
}

/// Reads a file's bytes for the department that imports it, on a calendar day.
///
/// # Errors
/// Every fault of the file, in the order of the file; nothing personal is in them.
pub fn read(bytes: &[u8], importing: &Kato, today: Date) -> Result<FileRows, FileFaults> {
    read_watched(bytes, importing, today, &|_, _| ())
}

/// As [`read`]; `watch` hears with every line its number and about how many there are.
pub(crate) fn read_watched(
    bytes: &[u8],
    importing: &Kato,
    today: Date,
    watch: &dyn Fn(u32, u32),
) -> Result<FileRows, FileFaults> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(FileFaults::whole(FaultCode::FileTooLarge));
    }
    let mut register = Register::new(importing, today);
    let total = std::cell::Cell::new(0);
    let mut take = |line: sheet::Line| {
        watch(line.number, total.get());
        register.take(&line);
    };
    let stopped = match bytes {
        [] => Err(FaultCode::FileEmpty),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => xlsx::read(bytes, &total, &mut take),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(FaultCode::FileOldOrEncrypted),
        _ => {
            total.set(csv_text::lines(bytes));
            csv_text::read(bytes, &mut take)
        }
    };
    register.finish(stopped)
}

/// As [`read`], from a path. A file over the limit is not loaded.
///
/// # Errors
/// [`ReadError`].
pub fn read_path(path: &Path, importing: &Kato, today: Date) -> Result<FileRows, ReadError> {
    let bytes = std::fs::metadata(path)?.len();
    if usize::try_from(bytes).map_or(true, |bytes| bytes > FILE_BYTES_MAX) {
        return Err(FileFaults::whole(FaultCode::FileTooLarge).into());
    }
    Ok(read(&std::fs::read(path)?, importing, today)?)
}
