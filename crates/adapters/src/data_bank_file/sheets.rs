//! Tables as files: a workbook with a sheet each, or CSV. Texts are texts: no spreadsheet takes one for a formula.

use app::{ExportFormat, RecordFileError, Sheet, SheetCell, SheetFiles};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::csv_text::guarded;
use super::export::{TemplateRecordFiles, fault};

/// Longest name of a sheet that spreadsheets take.
const NAME_CHARS_MAX: usize = 31;

impl SheetFiles for TemplateRecordFiles {
    fn sheets(&self, format: ExportFormat, sheets: &[Sheet]) -> Result<Vec<u8>, RecordFileError> {
        match format {
            ExportFormat::Xlsx => workbook(sheets).map_err(fault),
            ExportFormat::Csv => text(sheets).map_err(fault),
        }
    }
}

fn workbook(sheets: &[Sheet]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let (bold, seconds) = (Format::new().set_bold(), Format::new().set_num_format("0.000"));
    for sheet in sheets {
        let name: String = sheet.name.chars().take(NAME_CHARS_MAX).collect();
        let page = workbook.add_worksheet().set_name(name)?;
        page.set_freeze_panes(1, 0)?;
        for (column, text) in (0..).zip(&sheet.heading) {
            page.set_column_width(column, if column == 0 { 40 } else { 16 })?;
            page.write_string_with_format(0, column, text, &bold)?;
        }
        for (row, cells) in (1..).zip(&sheet.rows) {
            for (column, cell) in (0..).zip(cells) {
                match cell {
                    SheetCell::Empty => {}
                    SheetCell::Text(text) => {
                        page.write_string(row, column, text)?;
                    }
                    SheetCell::Whole(count) => {
                        page.write_number(row, column, number(*count))?;
                    }
                    SheetCell::Thousandths(count) => {
                        let number = number(count.unsigned_abs()) / 1_000.0;
                        page.write_number_with_format(row, column, number, &seconds)?;
                    }
                }
            }
        }
    }
    workbook.save_to_buffer()
}

/// As spreadsheets keep numbers. No count of requests comes near what they cannot tell apart.
fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

fn text(sheets: &[Sheet]) -> Result<Vec<u8>, csv::Error> {
    let begin = "\u{feff}".as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(begin);
    for sheet in sheets {
        writer.write_record(sheet.heading.iter().map(|text| guarded(text.clone())))?;
        for cells in &sheet.rows {
            writer.write_record(cells.iter().map(|cell| match cell {
                SheetCell::Empty => String::new(),
                SheetCell::Text(text) => guarded(text.clone()),
                SheetCell::Whole(count) => count.to_string(),
                SheetCell::Thousandths(count) => format!("{}.{:03}", count / 1_000, count % 1_000),
            }))?;
        }
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet {
            name: "Аумақтар бойынша, аты өте ұзақ кесте".to_owned(),
            heading: vec!["Аумақ".to_owned(), "Сұраулар".to_owned(), "Медиана, с".to_owned()],
            rows: vec![
                vec![
                    SheetCell::Text("=1+1".into()),
                    SheetCell::Whole(7),
                    SheetCell::Thousandths(1_250),
                ],
                vec![SheetCell::Text("б, в".into()), SheetCell::Whole(0), SheetCell::Empty],
            ],
        }
    }

    #[test]
    fn a_table_is_the_same_in_a_workbook_and_as_text() {
        let text = TemplateRecordFiles.sheets(ExportFormat::Csv, &[sheet()]).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, "\u{feff}Аумақ,Сұраулар,\"Медиана, с\"\n'=1+1,7,1.250\n\"б, в\",0,\n");
        let book = TemplateRecordFiles.sheets(ExportFormat::Xlsx, &[sheet()]).unwrap();
        let mut book: calamine::Xlsx<_> =
            calamine::Reader::new(std::io::Cursor::new(book)).unwrap();
        let page = calamine::Reader::worksheet_range_at(&mut book, 0).unwrap().unwrap();
        let cell = |row, column| page.get_value((row, column)).unwrap().to_string();
        assert_eq!((cell(0, 0), cell(1, 0)), ("Аумақ".to_owned(), "=1+1".to_owned()));
        assert_eq!((cell(1, 1), cell(1, 2)), ("7".to_owned(), "1.25".to_owned()));
        assert_eq!((cell(2, 0), cell(2, 1)), ("б, в".to_owned(), "0".to_owned()));
    }
}
