//! XLSX to lines, with every limit checked before anything is held in memory.
//!
//! A workbook is a zip: each part is unpacked once into nothing to learn its true size, because the sizes that a zip
//! declares may lie. Cells are then streamed; no cell grid is built, so one cell in the last corner costs nothing.

use std::io::{Cursor, Read, copy, sink};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxCellReader};
use jiff::civil::Date;

use super::fault::FaultCode;
use super::shared_strings;
use super::sheet::{Cell, Line, ROWS_MAX, UNPACKED_BYTES_MAX};

/// Name of the sheet that holds the rows; in a workbook with one sheet any name will do.
pub(super) const SHEET: &str = "registry";

/// Feeds every line that is not blank to `take`, in order.
/// `total` is set to the number of the last line, as the sheet itself has it: good for showing progress only.
pub(super) fn read(
    bytes: &[u8],
    total: &std::cell::Cell<u32>,
    take: &mut dyn FnMut(Line),
) -> Result<(), FaultCode> {
    measure(bytes)?;
    // The library stumbles over sheets made for that (a cell far beyond the last column): such a file cannot be read.
    let read = catch_unwind(AssertUnwindSafe(|| read_workbook(bytes, total, take)));
    read.unwrap_or(Err(FaultCode::FileUnreadable))
}

fn read_workbook(
    bytes: &[u8],
    total: &std::cell::Cell<u32>,
    take: &mut dyn FnMut(Line),
) -> Result<(), FaultCode> {
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|_| FaultCode::FileUnreadable)?;
    let names = workbook.sheet_names();
    let name = match names.as_slice() {
        [] => return Err(FaultCode::WrongSheet),
        [only] => only.clone(),
        several => several
            .iter()
            .find(|name| name.trim().eq_ignore_ascii_case(SHEET))
            .cloned()
            .ok_or(FaultCode::WrongSheet)?,
    };
    let cells = workbook.worksheet_cells_reader(&name).map_err(|_| FaultCode::FileUnreadable)?;
    total.set(cells.dimensions().end.0.saturating_add(1).min(ROWS_MAX));
    stream(cells, take)
}

/// Unpacks every part into nothing, up to the limit in total.
fn measure(bytes: &[u8]) -> Result<(), FaultCode> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| FaultCode::FileUnreadable)?;
    let mut left = UNPACKED_BYTES_MAX;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| FaultCode::FileUnreadable)?;
        let name = part.name().map_err(|_| FaultCode::FileUnreadable)?;
        if name.to_lowercase().ends_with("vbaproject.bin") {
            return Err(FaultCode::FileMacros);
        }
        let is_shared = shared_strings::is_it(&name);
        let mut part = part.take(left.saturating_add(1));
        let unpacked = if is_shared {
            shared_strings::measure(part, left)?
        } else {
            copy(&mut part, &mut sink()).map_err(|_| FaultCode::FileUnreadable)?
        };
        left = left.checked_sub(unpacked).ok_or(FaultCode::FileExpands)?;
    }
    Ok(())
}

fn stream(
    mut cells: XlsxCellReader<'_, Cursor<&[u8]>>,
    take: &mut dyn FnMut(Line),
) -> Result<(), FaultCode> {
    let mut line = Line::default();
    while let Some(cell) = cells.next_cell().map_err(|_| FaultCode::FileUnreadable)? {
        let value = value(cell.get_value());
        if value.is_blank() {
            continue;
        }
        let (row, position) = cell.get_position();
        let number = row.saturating_add(1);
        if number < line.number {
            return Err(FaultCode::FileUnreadable);
        }
        if number > ROWS_MAX {
            return Err(FaultCode::TooManyRows);
        }
        if number > line.number {
            flush(std::mem::take(&mut line), take);
            line.number = number;
        }
        line.put(usize::try_from(position).unwrap_or(usize::MAX), value)?;
    }
    flush(line, take);
    Ok(())
}

fn flush(line: Line, take: &mut dyn FnMut(Line)) {
    if !line.is_blank() {
        take(line);
    }
}

fn value(data: &DataRef<'_>) -> Cell {
    match data {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) => Cell::Text(text.clone()),
        DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::Int(number) => Cell::Text(number.to_string()),
        DataRef::Bool(truth) => Cell::Text(truth.to_string()),
        DataRef::DateTime(moment) => Cell::Date(date(moment)),
        DataRef::DateTimeIso(text) => Cell::Date(text.get(..10).and_then(|day| day.parse().ok())),
        DataRef::DurationIso(text) => Cell::Text(text.clone()),
        DataRef::Error(_) => Cell::Error,
    }
}

fn date(moment: &ExcelDateTime) -> Option<Date> {
    if !moment.is_datetime() || moment.as_f64() < 1.0 {
        return None;
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
