//! All lines of a file together: the header, what rows say about each other, and the list of faults.
//!
//! Read next: `lines.rs` for a single line.

use std::collections::{BTreeMap, HashMap};

use app::RegistryRow;
use domain::{Iin, Kato, WardId};
use jiff::civil::Date;

use super::FileRows;
use super::columns::{Column, letters};
use super::fault::{Fault, FaultCode, FileFaults};
use super::lines::{self, Circumstances};
use super::sheet::{Cell, Line};

/// Most faults listed; a file with more is shifted or of another kind, and the first ones show it.
const FAULTS_MAX: usize = 10_000;

/// Collects faults up to the limit.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        if self.0.len() < FAULTS_MAX {
            self.0.push(fault);
        } else if self.0.len() == FAULTS_MAX {
            self.0.push(Fault::of_file(FaultCode::TooManyFaults));
        }
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() > FAULTS_MAX
    }
}

/// Where each column stands in this file.
#[derive(Default)]
pub(super) struct Header {
    positions: BTreeMap<Column, usize>,
    /// Positions with any header text, known or not.
    named: Vec<usize>,
}

impl Header {
    fn read(line: &Line, faults: &mut Faults) -> Option<Self> {
        let mut header = Self::default();
        let mut found = Vec::new();
        for (position, cell) in line.cells.iter().enumerate().filter(|(_, cell)| !cell.is_blank()) {
            header.named.push(position);
            let column = match cell {
                Cell::Text(text) => Column::parse(text),
                _ => None,
            };
            let code = match column {
                None => FaultCode::ColumnUnknown,
                Some(column) if header.positions.contains_key(&column) => FaultCode::ColumnTwice,
                Some(column) => {
                    header.positions.insert(column, position);
                    continue;
                }
            };
            let letters = Some(letters(position));
            found.push(Fault { row: Some(line.number), column, letters, ..Fault::of_file(code) });
        }
        if header.positions.is_empty() {
            faults.add(Fault::of_file(FaultCode::NoHeader));
            return None;
        }
        found.into_iter().for_each(|fault| faults.add(fault));
        for column in Column::ALL.into_iter().filter(|column| header.position(*column).is_none()) {
            let column = Some(column);
            faults.add(Fault { column, ..Fault::of_file(FaultCode::ColumnMissing) });
        }
        Some(header)
    }

    pub(super) fn position(&self, column: Column) -> Option<usize> {
        self.positions.get(&column).copied()
    }

    /// Whether a cell at this position stands under some header, so that it is not a stray.
    pub(super) fn covers(&self, position: usize) -> bool {
        self.named.contains(&position)
    }
}

/// Takes lines in and knows at the end either all rows or all faults.
pub(super) struct Register<'a> {
    circumstances: Circumstances<'a>,
    header: Option<Header>,
    hopeless: bool,
    faults: Faults,
    rows: Vec<(u32, RegistryRow)>,
    lines: usize,
    guardians: HashMap<Iin, usize>,
    wards: HashMap<WardId, usize>,
    placements: HashMap<String, usize>,
}

impl<'a> Register<'a> {
    pub(super) fn new(importing: &'a Kato, today: Date) -> Self {
        Self {
            circumstances: Circumstances { importing, today },
            header: None,
            hopeless: false,
            faults: Faults::default(),
            rows: Vec::new(),
            lines: 0,
            guardians: HashMap::new(),
            wards: HashMap::new(),
            placements: HashMap::new(),
        }
    }

    pub(super) fn take(&mut self, line: &Line) {
        if self.hopeless || self.faults.is_full() {
            return;
        }
        let Some(header) = &self.header else {
            self.header = Header::read(line, &mut self.faults);
            self.hopeless = self.header.is_none();
            return;
        };
        self.lines += 1;
        if let Some(row) = lines::read(line, header, &self.circumstances, &mut self.faults) {
            self.compare(line.number, &row);
            self.rows.push((line.number, row));
        }
    }

    /// Remembers who stands in this row and reports what contradicts an earlier one.
    fn compare(&mut self, number: u32, row: &RegistryRow) {
        let next = self.rows.len();
        let mut found = Vec::new();
        let guardian = *self.guardians.entry(row.guardian.iin).or_insert(next);
        if let Some((other, first)) = self.rows.get(guardian)
            && (first.guardian != row.guardian || first.accounting != row.accounting)
        {
            found.push((Column::GuardianIin, FaultCode::GuardianDiffers, *other));
        }
        let ward = *self.wards.entry(row.ward.ward.id.clone()).or_insert(next);
        if let Some((other, first)) = self.rows.get(ward)
            && first.ward.ward != row.ward.ward
        {
            found.push((Column::WardIin, FaultCode::WardDiffers, *other));
        }
        let placement = *self.placements.entry(row.record_key()).or_insert(next);
        if let Some((other, _)) = self.rows.get(placement) {
            found.push((Column::ActNumber, FaultCode::SamePlacementTwice, *other));
        }
        for (column, code, other) in found {
            let position = self.header.as_ref().and_then(|header| header.position(column));
            self.faults.add(Fault {
                code,
                row: Some(number),
                column: Some(column),
                letters: position.map(letters),
                shown: None,
                other_row: Some(other),
            });
        }
    }

    /// The rows, or everything that is wrong. `stopped` is what ended the reading before the end of the file.
    pub(super) fn finish(mut self, stopped: Result<(), FaultCode>) -> Result<FileRows, FileFaults> {
        if let Err(code) = stopped {
            self.faults.0.insert(0, Fault::of_file(code));
        } else if self.header.is_none() && !self.hopeless {
            self.faults.add(Fault::of_file(FaultCode::NoHeader));
        } else if self.header.is_some() && self.lines == 0 {
            self.faults.add(Fault::of_file(FaultCode::NoRows));
        }
        if self.faults.count() > 0 {
            return Err(FileFaults(self.faults.0));
        }
        let (lines, rows) = self.rows.into_iter().unzip();
        Ok(FileRows { rows, lines })
    }
}
