//! What a table is after its file format is forgotten: numbered lines of cells, with limits.
//!
//! Knows no columns. Read next: `xlsx.rs` and `csv_text.rs`, which make lines; `lines.rs`, which reads them.

use jiff::civil::Date;

use super::fault::FaultCode;

/// Most lines read, with the header.
pub(super) const ROWS_MAX: u32 = 200_001;
/// Most columns read.
pub(super) const COLUMNS_MAX: usize = 100;
/// Most bytes of a file.
pub const FILE_BYTES_MAX: usize = 64 << 20;
/// Most bytes an XLSX unpacks to; 200,000 full rows take about 300 MB of XML.
pub(super) const UNPACKED_BYTES_MAX: u64 = 512 << 20;

/// A cell's value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Cell {
    #[default]
    Empty,
    Text(String),
    Number(f64),
    /// A date cell; `None` where the spreadsheet's number is no day.
    Date(Option<Date>),
    Error,
}

impl Cell {
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

/// A line with its number as the spreadsheet shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    pub(super) number: u32,
    pub(super) cells: Vec<Cell>,
}

impl Line {
    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(Cell::is_blank)
    }

    /// Puts a value at a position, leaving empty cells before it.
    pub(super) fn put(&mut self, position: usize, cell: Cell) -> Result<(), FaultCode> {
        if position >= COLUMNS_MAX {
            return if cell.is_blank() { Ok(()) } else { Err(FaultCode::TooManyColumns) };
        }
        if self.cells.len() <= position {
            self.cells.resize(position + 1, Cell::Empty);
        }
        if let Some(place) = self.cells.get_mut(position) {
            *place = cell;
        }
        Ok(())
    }
}
