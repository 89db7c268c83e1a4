//! CSV in UTF-8 to lines: with or without a byte order mark, separated by commas or semicolons.

use super::fault::FaultCode;
use super::sheet::{Cell, Line, ROWS_MAX};

/// How many lines there are, at most as many as are read.
pub(super) fn lines(bytes: &[u8]) -> u32 {
    let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
    let last = usize::from(bytes.last() != Some(&b'\n'));
    u32::try_from(ends + last).unwrap_or(u32::MAX).min(ROWS_MAX)
}

/// Feeds every line that is not blank to `take`, in order. Lines are numbered as a text editor does.
pub(super) fn read(bytes: &[u8], take: &mut dyn FnMut(Line)) -> Result<(), FaultCode> {
    let text = std::str::from_utf8(bytes).map_err(|_| FaultCode::FileNotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(FaultCode::FileUnreadable);
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(text))
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut counter = LineCounter { bytes: text.as_bytes(), at: 0, line: 1 };
    while reader.read_record(&mut record).map_err(|_| FaultCode::FileUnreadable)? {
        let start = record.position().map_or(0, csv::Position::byte);
        let number = Some(counter.line_at(start)).filter(|number| *number <= ROWS_MAX);
        let mut line = Line { number: number.ok_or(FaultCode::TooManyRows)?, cells: Vec::new() };
        for (position, text) in record.iter().enumerate() {
            if !text.trim().is_empty() {
                line.put(position, Cell::Text(unguarded(text).to_owned()))?;
            }
        }
        if !line.is_blank() {
            take(line);
        }
    }
    Ok(())
}

/// Whether a spreadsheet would calculate a cell, or takes its first apostrophe for a guard against that.
fn is_calculated(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@'])
}

/// A cell as it is written so that no spreadsheet calculates it: with an apostrophe in front where it would.
pub(super) fn guarded(text: String) -> String {
    if is_calculated(&text) { format!("'{text}") } else { text }
}

/// A cell without the guard.
fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_calculated(rest) => rest,
        _ => text,
    }
}

/// Counts lines up to a record. The parser's own count does not know where the blank lines before a record end.
struct LineCounter<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
}

impl LineCounter<'_> {
    fn line_at(&mut self, start: u64) -> u32 {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(byte) = self.bytes.get(self.at) {
            if self.at >= start && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.line = self.line.saturating_add(u32::from(*byte == b'\n'));
            self.at += 1;
        }
        self.line
    }
}

/// The header decides: column names contain neither sign.
fn separator(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    if header.matches(';').count() > header.matches(',').count() { b';' } else { b',' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_is_taken_off_and_nothing_else() {
        for text in ["=1", "'=1", "''-x", "-", "'Оспан", "О'Коннор", "'", "+7", "", "1"]
        {
            assert_eq!(unguarded(&guarded(text.to_owned())), text);
        }
        assert_eq!(guarded("=1".to_owned()), "'=1");
        assert_eq!(guarded("'Оспан".to_owned()), "'Оспан");
        assert_eq!(unguarded("-5"), "-5", "a file typed by hand needs no guard");
    }

    #[test]
    fn lines_are_numbered_as_an_editor_shows_them() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "", "", "c,\"d", "e\",f", "", "g", " , ", "h"].join(end);
            let mut numbers = Vec::new();
            read(text.as_bytes(), &mut |line| numbers.push(line.number)).unwrap();
            assert_eq!(numbers, [1, 4, 7, 9]);
        }
    }
}
