//! Files of records as readable lines: one for each record, with its act.

use crate::import::RegistryRow;
use crate::ports::{ExportFormat, RecordFile, RecordFileError, RecordFiles, Sheet, SheetFiles};

/// Makes them.
#[derive(Clone, Copy, Debug, Default)]
pub struct FakeRecordFiles;

struct Lines;

impl RecordFiles for FakeRecordFiles {
    fn begin(&self, _: ExportFormat) -> Result<Box<dyn RecordFile>, RecordFileError> {
        Ok(Box::new(Lines))
    }
}

impl SheetFiles for FakeRecordFiles {
    fn sheets(&self, _: ExportFormat, sheets: &[Sheet]) -> Result<Vec<u8>, RecordFileError> {
        Ok(format!("{sheets:?}").into_bytes())
    }
}

impl RecordFile for Lines {
    fn add(&mut self, rows: &[RegistryRow]) -> Result<Vec<u8>, RecordFileError> {
        let line = |row: &RegistryRow| format!("{}\n", row.ward.placement.act.number);
        Ok(rows.iter().map(line).collect::<String>().into_bytes())
    }

    fn finish(self: Box<Self>) -> Result<Vec<u8>, RecordFileError> {
        Ok(b"end\n".to_vec())
    }
}
