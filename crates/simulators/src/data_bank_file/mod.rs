//! The population as a department's file, XLSX or CSV, in the columns of the data bank's template.
//!
//! Written apart from the reader on purpose: what reads these files is judged by them. Knows nothing of the registry.

use domain::{AccountingStatus, ActKind, FormOfPlacement, FullCapacityReason};
use jiff::civil::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::people::BankRecord;

/// The header, in order.
pub const COLUMNS: [&str; 26] = [
    "guardian_iin",
    "guardian_surname",
    "guardian_given_name",
    "guardian_patronymic",
    "guardian_birth_date",
    "guardian_address",
    "accounting_status",
    "ward_iin",
    "ward_surname",
    "ward_given_name",
    "ward_patronymic",
    "ward_birth_date",
    "ward_birth_act",
    "ward_full_capacity_reason",
    "ward_full_capacity_from",
    "form",
    "act_kind",
    "act_number",
    "act_date",
    "act_issuer",
    "start_date",
    "end_date",
    "end_reason",
    "inventory_file_number",
    "inventory_sheets",
    "provider_kato",
];

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The workbook refused a cell.
    #[error("the workbook cannot be made: {0}")]
    Xlsx(#[from] XlsxError),
    /// The text refused a line.
    #[error("the text file cannot be made: {0}")]
    Csv(#[from] csv::Error),
}

/// What a cell holds.
enum Cell {
    Text(String),
    Day(Date),
    Number(u32),
    Empty,
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn optional(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, Self::text)
    }

    fn as_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Day(day) => day.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Empty => String::new(),
        }
    }
}

/// The records as UTF-8 text with commas.
///
/// # Errors
/// [`FileError::Csv`].
pub fn csv(records: &[BankRecord]) -> Result<Vec<u8>, FileError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for record in records {
        writer.write_record(cells(record).map(|cell| cell.as_text()))?;
    }
    writer.into_inner().map_err(|error| FileError::Csv(error.into_error().into()))
}

/// The records as a workbook with one sheet; numbers of persons are text, days are dates.
///
/// # Errors
/// [`FileError::Xlsx`].
pub fn xlsx(records: &[BankRecord]) -> Result<Vec<u8>, FileError> {
    let mut workbook = Workbook::new();
    // A fixed moment, so that the same people make the same file.
    let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let day_format = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet().set_name("register")?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, name) in (0..).zip(COLUMNS) {
        sheet.write_string(0, column, name)?;
        sheet.set_column_width(column, 18)?;
    }
    for (row, record) in (1..).zip(records) {
        for (column, cell) in (0..).zip(cells(record)) {
            write(sheet, row, column, &cell, &day_format)?;
        }
    }
    Ok(workbook.save_to_buffer()?)
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    day_format: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => sheet.write_string(row, column, text)?,
        Cell::Day(day) => {
            let (year, month, day) = (day.year().unsigned_abs(), day.month(), day.day());
            let day = ExcelDateTime::from_ymd(year, month.unsigned_abs(), day.unsigned_abs())?;
            sheet.write_datetime_with_format(row, column, &day, day_format)?
        }
        Cell::Number(number) => sheet.write_number(row, column, *number)?,
        Cell::Empty => sheet,
    };
    Ok(())
}

fn cells(record: &BankRecord) -> [Cell; 26] {
    let (guardian, ward, placement) = (&record.guardian, &record.ward.ward, &record.ward.placement);
    let patronymic = |name: &domain::PersonName| {
        Cell::optional(name.patronymic.as_ref().map(domain::NamePart::as_str))
    };
    let (end, inventory) = (placement.end.as_ref(), placement.inventory.as_ref());
    [
        Cell::text(guardian.iin.digits()),
        Cell::text(guardian.name.surname.as_str()),
        Cell::text(guardian.name.given.as_str()),
        patronymic(&guardian.name),
        Cell::Day(guardian.birth_date),
        Cell::text(&guardian.address),
        Cell::text(accounting(record.accounting)),
        Cell::optional(ward.iin.map(|iin| iin.digits())),
        Cell::text(ward.name.surname.as_str()),
        Cell::text(ward.name.given.as_str()),
        patronymic(&ward.name),
        Cell::Day(ward.birth_date),
        Cell::optional(record.ward_birth_act.as_deref()),
        Cell::optional(ward.full_capacity.map(|capacity| capacity_reason(capacity.reason))),
        ward.full_capacity.map_or(Cell::Empty, |capacity| Cell::Day(capacity.from)),
        Cell::text(form(placement.form)),
        Cell::text(act_kind(placement.act.kind)),
        Cell::text(&placement.act.number),
        Cell::Day(placement.act.date),
        Cell::text(&placement.act.issuer),
        Cell::Day(placement.start),
        end.map_or(Cell::Empty, |end| Cell::Day(end.on)),
        Cell::optional(end.map(|end| end.reason.as_str())),
        Cell::optional(inventory.map(|inventory| inventory.file_number.as_str())),
        inventory.map_or(Cell::Empty, |inventory| Cell::Number(inventory.sheets)),
        Cell::text(placement.provider.as_str()),
    ]
}

fn accounting(status: AccountingStatus) -> &'static str {
    match status {
        AccountingStatus::Active => "active",
        AccountingStatus::Ended => "ended",
        AccountingStatus::None => "none",
    }
}

fn capacity_reason(reason: FullCapacityReason) -> &'static str {
    match reason {
        FullCapacityReason::Emancipation => "emancipation",
        FullCapacityReason::Marriage => "marriage",
    }
}

fn form(form: FormOfPlacement) -> &'static str {
    match form {
        FormOfPlacement::Guardianship => "guardianship",
        FormOfPlacement::Patronage => "patronage",
        FormOfPlacement::FosterFamily => "foster_family",
        FormOfPlacement::ProfessionalFosterFamily => "professional_foster_family",
        FormOfPlacement::GuestFamily => "guest_family",
        FormOfPlacement::Adoption => "adoption",
    }
}

fn act_kind(kind: ActKind) -> &'static str {
    match kind {
        ActKind::Order => "order",
        ActKind::Decision => "decision",
        ActKind::Resolution => "resolution",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::people;

    fn records() -> Vec<BankRecord> {
        people::population(5, date(2026, 11, 23), 200).unwrap().records
    }

    fn lines() -> Vec<Vec<String>> {
        let bytes = csv(&records()).unwrap();
        csv::Reader::from_reader(bytes.as_slice())
            .records()
            .map(|line| line.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn the_text_file_has_the_header_and_a_line_per_record() {
        let text = String::from_utf8(csv(&records()).unwrap()).unwrap();
        assert_eq!(text.lines().next().unwrap(), COLUMNS.join(","));
        assert_eq!(lines().len(), records().len());
    }

    #[test]
    fn days_are_iso_numbers_of_persons_keep_their_zeros_and_pairs_are_whole() {
        let position = |name| COLUMNS.iter().position(|column| *column == name).unwrap();
        for line in lines() {
            let cell = |name| line[position(name)].as_str();
            assert_eq!(cell("guardian_iin").len(), 12);
            assert!(cell("guardian_birth_date").parse::<Date>().is_ok());
            assert!(cell("start_date").parse::<Date>().is_ok());
            assert!(!cell("ward_iin").is_empty() || !cell("ward_birth_act").is_empty());
            for (one, other) in [
                ("end_date", "end_reason"),
                ("inventory_file_number", "inventory_sheets"),
                ("ward_full_capacity_reason", "ward_full_capacity_from"),
            ] {
                assert_eq!(cell(one).is_empty(), cell(other).is_empty(), "{one}");
            }
        }
    }

    #[test]
    fn the_same_people_make_the_same_files() {
        assert_eq!(csv(&records()).unwrap(), csv(&records()).unwrap());
        assert_eq!(xlsx(&records()).unwrap(), xlsx(&records()).unwrap());
    }

    #[test]
    fn the_workbook_holds_every_line_with_dates_as_dates() {
        use calamine::{Data, Reader, Xlsx};
        let records = records();
        let bytes = std::io::Cursor::new(xlsx(&records).unwrap());
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(bytes).unwrap();
        let range = workbook.worksheet_range("register").unwrap();
        let rows: Vec<&[Data]> = range.rows().collect();
        let header: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
        assert_eq!(header, COLUMNS);
        assert_eq!(rows.len(), records.len() + 1);
        for (row, record) in rows[1..].iter().zip(&records) {
            assert_eq!(row[0], Data::String(record.guardian.iin.digits()));
            let Data::DateTime(born) = &row[4] else { panic!("a date, not {:?}", row[4]) };
            let born = born.to_ymd_hms_milli();
            let expected = record.guardian.birth_date;
            assert_eq!(i16::try_from(born.0).unwrap(), expected.year());
            assert_eq!(i8::try_from(born.2).unwrap(), expected.day());
        }
    }
}
