//! The empty workbook that departments fill in: header, drop-downs, text format for digits, an example, instructions.
//!
//! The same bytes every time. Read next: `columns.rs`; `texts/data_bank_template.*.ftl` for the instructions.

use std::path::Path;

use fluent_bundle::FluentArgs;
use rust_xlsxwriter::{
    DataValidation, DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, Worksheet,
    XlsxError,
};

use super::columns::{Column, Kind};
use super::texts::{self, Bundle, format};
use super::words;
use super::xlsx::SHEET;

/// Lines that get drop-downs.
const LINES_WITH_DROP_DOWNS: u32 = 5_000;

/// Why there is no template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The workbook could not be made.
    #[error("the template cannot be made: {0}")]
    Workbook(#[from] XlsxError),
    /// The file could not be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Writes the template into a file.
///
/// # Errors
/// [`TemplateError`].
pub fn template(path: &Path) -> Result<(), TemplateError> {
    Ok(std::fs::write(path, template_bytes()?)?)
}

/// The template as the bytes of an XLSX file.
///
/// # Errors
/// [`TemplateError`].
pub fn template_bytes() -> Result<Vec<u8>, TemplateError> {
    let mut workbook = Workbook::new();
    // A fixed moment, so that the same program makes the same file.
    let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    register_sheet(workbook.add_worksheet().set_name(SHEET)?)?;
    example_sheet(workbook.add_worksheet().set_name("example")?)?;
    for bundle in texts::instructions() {
        let title = text(bundle, "sheet");
        instructions_sheet(workbook.add_worksheet().set_name(title)?, bundle)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn positions() -> impl Iterator<Item = (u16, Column)> {
    (0..).zip(Column::ALL)
}

fn header(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold().set_num_format("@").set_border_bottom(FormatBorder::Thin);
    for (position, column) in positions() {
        // Dates too are entered as text or as dates: a column format of dates would not refuse either.
        let number_format = match column.kind() {
            Kind::Date => "yyyy-mm-dd",
            Kind::Digits | Kind::Words | Kind::Text => "@",
        };
        sheet.set_column_format(position, &Format::new().set_num_format(number_format))?;
        sheet.set_column_width(position, 22)?;
        sheet.write_string_with_format(0, position, column.name(), &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn register_sheet(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    header(sheet)?;
    for (position, column) in positions() {
        let codes = words::codes(column);
        if codes.is_empty() {
            continue;
        }
        // A hint and no bar: the Kazakh and Russian words are accepted as well.
        let drop_down = DataValidation::new()
            .allow_list_strings(&codes)?
            .ignore_blank(true)
            .show_error_message(false);
        sheet.add_data_validation(1, position, LINES_WITH_DROP_DOWNS, position, &drop_down)?;
    }
    Ok(())
}

/// One line about people who do not exist.
pub(super) const EXAMPLE: [(Column, &str); 26] = [
    (Column::GuardianIin, "800101300016"),
    (Column::GuardianSurname, "Үлгіұлы"),
    (Column::GuardianGivenName, "Мысал"),
    (Column::GuardianPatronymic, "Сынақұлы"),
    (Column::GuardianBirthDate, "1980-01-01"),
    (Column::GuardianAddress, "Астана қаласы, Үлгі көшесі, 1‑үй, 1‑пәтер"),
    (Column::AccountingStatus, "ended"),
    (Column::WardIin, "150101500011"),
    (Column::WardSurname, "Үлгіқызы"),
    (Column::WardGivenName, "Дана"),
    (Column::WardPatronymic, ""),
    (Column::WardBirthDate, "2015-01-01"),
    (Column::WardBirthAct, ""),
    (Column::WardFullCapacityReason, ""),
    (Column::WardFullCapacityFrom, ""),
    (Column::Form, "guardianship"),
    (Column::ActKind, "order"),
    (Column::ActNumber, "А-123"),
    (Column::ActDate, "2020-03-02"),
    (Column::ActIssuer, "Астана қаласының Білім басқармасы"),
    (Column::StartDate, "2020-03-02"),
    (Column::EndDate, ""),
    (Column::EndReason, ""),
    (Column::InventoryFileNumber, "17/2020"),
    (Column::InventorySheets, "3"),
    (Column::ProviderKato, "710000000"),
];

fn example_sheet(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    header(sheet)?;
    for ((position, _), (_, value)) in positions().zip(EXAMPLE) {
        sheet.write_string(1, position, value)?;
    }
    Ok(())
}

fn instructions_sheet(sheet: &mut Worksheet, bundle: &Bundle) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap();
    sheet.set_column_width(0, 28)?;
    sheet.set_column_width(1, 90)?;
    sheet.write_string_with_format(0, 0, text(bundle, "title"), &bold)?;
    sheet.write_string_with_format(1, 1, text(bundle, "rules"), &wrapped)?;
    sheet.write_string_with_format(3, 0, text(bundle, "column"), &bold)?;
    sheet.write_string_with_format(3, 1, text(bundle, "meaning"), &bold)?;
    let mut row = 4;
    for column in Column::ALL {
        sheet.write_string(row, 0, column.name())?;
        let meaning = text(bundle, column.name());
        sheet.write_string_with_format(row, 1, meaning, &wrapped)?;
        row += 1;
        for (code, labels) in words::explained(column) {
            sheet.write_string(row, 1, format!("{code} = {labels}"))?;
            row += 1;
        }
    }
    Ok(())
}

fn text(bundle: &Bundle, key: &str) -> String {
    format(bundle, key, None, &FluentArgs::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instructions_explain_every_column_in_both_languages() {
        for bundle in texts::instructions() {
            for key in ["sheet", "title", "rules", "column", "meaning"] {
                assert!(bundle.has_message(key), "{key}");
            }
            for column in Column::ALL {
                assert!(bundle.has_message(column.name()), "{column}");
            }
        }
    }

    #[test]
    fn the_template_is_the_same_file_every_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("template.xlsx");
        template(&path).unwrap();
        assert_eq!(std::fs::read(path).unwrap(), template_bytes().unwrap());
        assert!(matches!(template(folder.path()), Err(TemplateError::Io(_))));
    }
}
