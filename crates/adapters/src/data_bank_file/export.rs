//! Records out again, in the columns of the template: what was exported says nothing new when it is taken in.
//!
//! A workbook's cells are text, so that no spreadsheet takes an IIN for a number or a name for a formula. CSV has no types:
//! there a cell that a spreadsheet would calculate gets an apostrophe in front, which reading takes off (`csv_text.rs`).
//! Read next: `columns.rs`.

use app::{ExportFormat, RecordFile, RecordFileError, RecordFiles, RegistryRow};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::columns::Column;
use super::csv_text::guarded;
use super::words;
use super::xlsx::SHEET;

/// Files in the columns of the template.
#[derive(Clone, Copy, Debug, Default)]
pub struct TemplateRecordFiles;

impl RecordFiles for TemplateRecordFiles {
    fn begin(&self, format: ExportFormat) -> Result<Box<dyn RecordFile>, RecordFileError> {
        Ok(match format {
            ExportFormat::Xlsx => Box::new(Book::begin().map_err(fault)?),
            ExportFormat::Csv => Box::new(Text::begin().map_err(fault)?),
        })
    }
}

pub(super) fn fault(error: impl std::error::Error + Send + Sync + 'static) -> RecordFileError {
    RecordFileError(Box::new(error))
}

/// What stands in a column.
fn cell(row: &RegistryRow, column: Column) -> String {
    use Column as C;
    let (guardian, ward) = (&row.guardian, &row.ward.ward);
    let (placement, act) = (&row.ward.placement, &row.ward.placement.act);
    let part = |part: &Option<domain::NamePart>| {
        part.as_ref().map(|part| part.as_str().to_owned()).unwrap_or_default()
    };
    let capacity = ward.full_capacity.as_ref();
    let (end, inventory) = (placement.end.as_ref(), placement.inventory.as_ref());
    match column {
        C::GuardianIin => guardian.iin.digits(),
        C::GuardianSurname => guardian.name.surname.as_str().to_owned(),
        C::GuardianGivenName => guardian.name.given.as_str().to_owned(),
        C::GuardianPatronymic => part(&guardian.name.patronymic),
        C::GuardianBirthDate => guardian.birth_date.to_string(),
        C::GuardianAddress => guardian.address.clone(),
        C::AccountingStatus => words::accounting_code(row.accounting).to_owned(),
        C::WardIin => ward.iin.map(|iin| iin.digits()).unwrap_or_default(),
        C::WardSurname => ward.name.surname.as_str().to_owned(),
        C::WardGivenName => ward.name.given.as_str().to_owned(),
        C::WardPatronymic => part(&ward.name.patronymic),
        C::WardBirthDate => ward.birth_date.to_string(),
        C::WardBirthAct => row.ward_birth_act.clone().unwrap_or_default(),
        C::WardFullCapacityReason => {
            capacity.map_or("", |one| words::capacity_code(one.reason)).to_owned()
        }
        C::WardFullCapacityFrom => capacity.map(|one| one.from.to_string()).unwrap_or_default(),
        C::Form => words::form_code(placement.form).to_owned(),
        C::ActKind => words::act_code(act.kind).to_owned(),
        C::ActNumber => act.number.clone(),
        C::ActDate => act.date.to_string(),
        C::ActIssuer => act.issuer.clone(),
        C::StartDate => placement.start.to_string(),
        C::EndDate => end.map(|end| end.on.to_string()).unwrap_or_default(),
        C::EndReason => end.map(|end| end.reason.clone()).unwrap_or_default(),
        C::InventoryFileNumber => inventory.map(|one| one.file_number.clone()).unwrap_or_default(),
        C::InventorySheets => inventory.map(|one| one.sheets.to_string()).unwrap_or_default(),
        C::ProviderKato => placement.provider.as_str().to_owned(),
    }
}

/// Text with a byte order mark, by which spreadsheets know the encoding.
struct Text(csv::Writer<Vec<u8>>);

impl Text {
    fn begin() -> Result<Self, csv::Error> {
        let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
        writer.write_record(Column::ALL.map(Column::name))?;
        Ok(Self(writer))
    }

    fn written(&mut self) -> Result<Vec<u8>, RecordFileError> {
        let next = csv::Writer::from_writer(Vec::new());
        let writer = std::mem::replace(&mut self.0, next);
        writer.into_inner().map_err(|error| fault(error.into_error()))
    }
}

impl RecordFile for Text {
    fn add(&mut self, rows: &[RegistryRow]) -> Result<Vec<u8>, RecordFileError> {
        for row in rows {
            self.0
                .write_record(Column::ALL.map(|column| guarded(cell(row, column))))
                .map_err(fault)?;
        }
        self.written()
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<u8>, RecordFileError> {
        self.written()
    }
}

/// A workbook whose rows go to a nameless temporary file as they come; the whole is compressed at the end.
struct Book {
    workbook: Workbook,
    rows: u32,
}

impl Book {
    fn begin() -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let sheet = workbook.add_worksheet_with_constant_memory()?.set_name(SHEET)?;
        let bold = Format::new().set_bold().set_num_format("@");
        let text = Format::new().set_num_format("@");
        for (position, column) in (0..).zip(Column::ALL) {
            sheet.set_column_format(position, &text)?;
            sheet.set_column_width(position, 22)?;
            sheet.write_string_with_format(0, position, column.name(), &bold)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        Ok(Self { workbook, rows: 0 })
    }

    fn write(&mut self, row: &RegistryRow) -> Result<(), XlsxError> {
        self.rows += 1;
        let sheet: &mut Worksheet = self.workbook.worksheet_from_index(0)?;
        for (position, column) in (0..).zip(Column::ALL) {
            let text = cell(row, column);
            if !text.is_empty() {
                sheet.write_string(self.rows, position, text)?;
            }
        }
        Ok(())
    }
}

impl RecordFile for Book {
    fn add(&mut self, rows: &[RegistryRow]) -> Result<Vec<u8>, RecordFileError> {
        for row in rows {
            self.write(row).map_err(fault)?;
        }
        Ok(Vec::new())
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<u8>, RecordFileError> {
        self.workbook.save_to_buffer().map_err(fault)
    }
}

#[cfg(test)]
mod tests {
    use app::testing::MemoryStore;
    use app::{ImportBatch, ImportOrigin, ImportSummary, ImportTerms, Registry};
    use domain::{
        AccountingStatus, ActKind, EndOfPlacement, FormOfPlacement, FullCapacity,
        FullCapacityReason, Iin, Kato, NamePart, PropertyInventory,
    };
    use jiff::civil::{Date, date};
    use proptest::prelude::*;

    use super::super::tests::{department, header, line};
    use super::super::{columns, read};
    use super::*;

    const TODAY: Date = date(2026, 11, 23);

    fn example() -> RegistryRow {
        let bytes = super::super::example_csv();
        read(&bytes, &department(), TODAY).unwrap().rows.remove(0)
    }

    fn exported(format: ExportFormat, pages: &[&[RegistryRow]]) -> Vec<u8> {
        let mut file = TemplateRecordFiles.begin(format).unwrap();
        let mut bytes = Vec::new();
        for page in pages {
            bytes.extend(file.add(page).unwrap());
        }
        bytes.extend(file.finish().unwrap());
        bytes
    }

    async fn taken_in(registry: &MemoryStore, rows: Vec<RegistryRow>) -> ImportSummary {
        let batch = ImportBatch {
            file_digest: String::new(),
            entered_by: department(),
            entered_at: jiff::Timestamp::UNIX_EPOCH,
            origin: ImportOrigin::default(),
            terms: ImportTerms::default(),
            rows,
        };
        registry.apply_import(&batch).await.unwrap().taken_in().unwrap()
    }

    /// Text as people write it, and what spreadsheets would calculate.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[А-Яа-яӘәҒғҚқҢңӨөҰұҮүҺһІі№/,;\"'0-9 -]{0,30}[А-Яа-я0-9]",
            "['=+@-]{1,3}[A-Z0-9()!,;\"']{0,12}",
            Just("'=1+1".to_owned()),
            Just("-5".to_owned()),
            Just("00017".to_owned()),
            Just("1E5".to_owned()),
        ]
        .prop_map(|text| domain::clean_text(&text))
        .prop_filter("something is left", |text| !text.is_empty())
    }

    fn name() -> impl Strategy<Value = NamePart> {
        "['-]?[А-ЯӘҒҚҢӨҰҮҺІ][а-яәғқңөұүһі]{1,12}(-[А-ЯӘҒҚ][а-я]{1,6})?"
            .prop_map(|text| NamePart::parse(&text).unwrap())
    }

    prop_compose! {
        fn row()(
            (surname, given, patronymic) in (name(), name(), proptest::option::of(name())),
            (address, number, issuer, reason, file) in (text(), text(), text(), text(), text()),
            (birth_act, has_end, has_inventory, form, kind, accounting, capable) in (
                proptest::option::of(text()), any::<bool>(), any::<bool>(), 0..6_usize, 0..3_usize,
                0..3_usize, proptest::option::of(any::<bool>()),
            ),
        ) -> RegistryRow {
            let mut row = example();
            row.guardian.name.surname = surname.clone();
            row.guardian.name.given = given.clone();
            row.guardian.name.patronymic = patronymic.clone();
            row.guardian.address = address;
            row.accounting =
                [AccountingStatus::Active, AccountingStatus::Ended, AccountingStatus::None][accounting];
            row.ward.ward.name.surname = given;
            row.ward.ward.name.given = surname;
            row.ward.ward.name.patronymic = patronymic;
            row.ward.ward.full_capacity = capable.map(|married| FullCapacity {
                reason: if married { FullCapacityReason::Marriage } else { FullCapacityReason::Emancipation },
                from: date(2026, 1, 2),
            });
            row.ward_birth_act = birth_act;
            let placement = &mut row.ward.placement;
            placement.form = FormOfPlacement::ALL[form];
            placement.act.kind = [ActKind::Order, ActKind::Decision, ActKind::Resolution][kind];
            placement.act.number = number;
            placement.act.issuer = issuer;
            placement.end = has_end.then(|| EndOfPlacement { on: date(2024, 5, 6), reason });
            placement.inventory =
                has_inventory.then_some(PropertyInventory { file_number: file, sheets: 7 });
            row
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]

        #[test]
        fn what_was_exported_says_nothing_new(row in row(), as_text: bool) {
            let format = if as_text { ExportFormat::Csv } else { ExportFormat::Xlsx };
            let other = RegistryRow {
                guardian: domain::Guardian {
                    iin: Iin::parse("050505500047").unwrap(),
                    birth_date: date(1980, 1, 1),
                    ..row.guardian.clone()
                },
                ..row.clone()
            };
            // Two pages; the second row is of another guardian, whose birth date his IIN must not contradict.
            let other = RegistryRow { guardian: domain::Guardian { birth_date: date(2005, 5, 5), ..other.guardian }, ..other };
            let mut adult = other;
            adult.ward.placement.start = date(2024, 1, 1);
            let rows = [row, adult];
            let bytes = exported(format, &[&rows[..1], &rows[1..]]);
            let again = read(&bytes, &department(), TODAY);
            let again = again.map_err(|faults| faults.messages(domain::Language::En).join("\n")).unwrap();
            prop_assert_eq!(&again.rows[..], &rows[..]);
            let summary = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
                let registry = MemoryStore::default();
                taken_in(&registry, rows.to_vec()).await;
                taken_in(&registry, again.rows).await
            });
            prop_assert_eq!(summary, ImportSummary { unchanged: 2, ..ImportSummary::default() });
        }
    }

    #[test]
    fn no_cell_of_text_is_calculated_by_a_spreadsheet() {
        let mut row = example();
        row.guardian.address = "=HYPERLINK(\"http://x\",\"y\")".to_owned();
        row.ward.placement.act.number = "-5".to_owned();
        row.ward.placement.act.issuer = "@SUM(A1)".to_owned();
        let text = String::from_utf8(exported(ExportFormat::Csv, &[&[row.clone()]])).unwrap();
        let mut cells = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let record = cells.records().next().unwrap().unwrap();
        for cell in &record {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }
        for format in ExportFormat::ALL {
            let again = read(&exported(format, &[&[row.clone()]]), &department(), TODAY).unwrap();
            assert_eq!(again.rows, std::slice::from_ref(&row));
        }
    }

    #[test]
    fn a_department_without_records_gets_the_header_alone() {
        for format in ExportFormat::ALL {
            let faults = read(&exported(format, &[]), &department(), TODAY).unwrap_err();
            let codes: Vec<_> = faults.0.iter().map(|one| one.code.code()).collect();
            assert_eq!(codes, ["no_rows"]);
        }
    }

    #[test]
    fn every_column_of_the_template_is_filled_from_the_record() {
        let full: Vec<String> =
            Column::ALL.iter().map(|column| cell(&example(), *column)).collect();
        let expected = line(&[]);
        assert_eq!(full, expected);
        assert_eq!((header().len(), columns::letters(full.len() - 1)), (26, "Z".to_owned()));
        assert!(Kato::parse(&full[25]).is_ok());
    }
}
