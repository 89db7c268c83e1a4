//! Files with every kind of mistake, as XLSX and as CSV.
#![allow(clippy::as_conversions)]

use domain::{FormOfPlacement, Kato, Language};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use rust_xlsxwriter::{Format, Formula, Workbook};

use super::template::EXAMPLE;
use super::*;
use crate::surviving::survives;
use Column as C;
use FaultCode as F;

pub(super) const TODAY: Date = date(2026, 11, 23);

pub(super) fn department() -> Kato {
    Kato::parse("710000000").unwrap()
}

pub(super) type Edits = [(Column, &'static str)];

/// What is done to the example, and what must be found.
type Case = (&'static str, &'static Edits, &'static [(Column, FaultCode)]);

pub(super) fn line(edits: &Edits) -> Vec<String> {
    let text = |column: Column, given: &str| {
        let edit = edits.iter().find(|(edited, _)| *edited == column);
        edit.map_or(given, |(_, text)| text).to_owned()
    };
    EXAMPLE.iter().map(|(column, given)| text(*column, given)).collect()
}

pub(super) fn header() -> Vec<String> {
    C::ALL.iter().map(|column| column.name().to_owned()).collect()
}

fn csv_of(rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}

/// A good file of one row.
pub(crate) fn example_csv() -> Vec<u8> {
    csv_of(&[header(), line(&[])])
}

fn xlsx_of(rows: &[Vec<String>]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (column, text) in (0..).zip(cells) {
            sheet.write_string(row, column, text).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

fn read_here(bytes: &[u8]) -> Result<Vec<RegistryRow>, FileFaults> {
    read(bytes, &department(), TODAY).map(|file| file.rows)
}

fn codes(bytes: &[u8]) -> Vec<FaultCode> {
    read_here(bytes)
        .map_or_else(|faults| faults.0.iter().map(|fault| fault.code).collect(), |_| vec![])
}

#[test]
fn the_example_of_the_template_is_a_good_file_in_both_formats() {
    let rows = [header(), line(&[])];
    let from_csv = read_here(&csv_of(&rows)).unwrap();
    assert_eq!(from_csv, read_here(&xlsx_of(&rows)).unwrap());
    let [row] = from_csv.as_slice() else { panic!("one row") };
    assert_eq!(row.guardian.name.full(), "Үлгіұлы Мысал Сынақұлы");
    assert_eq!(row.ward.placement.form, FormOfPlacement::Guardianship);
    assert_eq!(row.ward.placement.inventory.as_ref().unwrap().sheets, 3);
    assert_eq!(row.ward.placement.end, None);
}

#[test]
fn each_mistake_in_a_row_is_reported_with_its_column_and_code() {
    const TABLE: &[Case] = &[
        ("no guardian IIN", &[(C::GuardianIin, "")], &[(C::GuardianIin, F::Required)]),
        ("zero lost", &[(C::GuardianIin, "10101500033")], &[(C::GuardianIin, F::IinLeadingZero)]),
        ("exponent", &[(C::GuardianIin, "8,00101E+11")], &[(C::GuardianIin, F::IinScientific)]),
        ("letters", &[(C::WardIin, "ЖСН 123456")], &[(C::WardIin, F::IinNotTwelveDigits)]),
        ("13 digits", &[(C::WardIin, "1501015000112")], &[(C::WardIin, F::IinNotTwelveDigits)]),
        ("no such month", &[(C::WardIin, "151301500011")], &[(C::WardIin, F::IinNoSuchDate)]),
        ("digit slip", &[(C::WardIin, "150101500012")], &[(C::WardIin, F::IinWrongCheckDigit)]),
        ("no surname", &[(C::GuardianSurname, " ")], &[(C::GuardianSurname, F::Required)]),
        (
            "digit in a name",
            &[(C::WardGivenName, "Дана1")],
            &[(C::WardGivenName, F::NameCharacters)],
        ),
        (
            "unprintable",
            &[(C::GuardianAddress, "😀 Абай көшесі"), (C::ActNumber, "№ 王-5")],
            &[(C::GuardianAddress, F::Unprintable), (C::ActNumber, F::Unprintable)],
        ),
        ("emoji", &[(C::WardPatronymic, "Дана🙂")], &[(C::WardPatronymic, F::NameCharacters)]),
        ("American date", &[(C::ActDate, "03/02/2020")], &[(C::ActDate, F::DateUnreadable)]),
        ("30 February", &[(C::ActDate, "30.02.2020")], &[(C::ActDate, F::DateImpossible)]),
        ("year 20", &[(C::ActDate, "0020-03-02")], &[(C::ActDate, F::DateOutOfRange)]),
        ("no start", &[(C::StartDate, "")], &[(C::StartDate, F::Required)]),
        ("unknown form", &[(C::Form, "опекунство")], &[(C::Form, F::WordUnknown)]),
        ("no form", &[(C::Form, "")], &[(C::Form, F::Required)]),
        ("unknown act", &[(C::ActKind, "письмо")], &[(C::ActKind, F::WordUnknown)]),
        (
            "unknown status",
            &[(C::AccountingStatus, "yes")],
            &[(C::AccountingStatus, F::WordUnknown)],
        ),
        ("no act number", &[(C::ActNumber, "")], &[(C::ActNumber, F::Required)]),
        ("no issuer", &[(C::ActIssuer, "")], &[(C::ActIssuer, F::Required)]),
        ("no address", &[(C::GuardianAddress, "")], &[(C::GuardianAddress, F::Required)]),
        (
            "half a sheet",
            &[(C::InventorySheets, "2,5")],
            &[(C::InventorySheets, F::SheetsNotNumber)],
        ),
        ("no sheets", &[(C::InventorySheets, "0")], &[(C::InventorySheets, F::SheetsNotNumber)]),
        (
            "inventory without sheets",
            &[(C::InventorySheets, "")],
            &[(C::InventorySheets, F::InventoryIncomplete)],
        ),
        (
            "inventory without file",
            &[(C::InventoryFileNumber, "")],
            &[(C::InventoryFileNumber, F::InventoryIncomplete)],
        ),
        (
            "short KATO",
            &[(C::ProviderKato, "71000000")],
            &[(C::ProviderKato, F::KatoNotNineDigits)],
        ),
        (
            "unknown KATO",
            &[(C::ProviderKato, "990000000")],
            &[(C::ProviderKato, F::KatoNoSuchRegion)],
        ),
        (
            "guardian's date differs",
            &[(C::GuardianBirthDate, "1980-01-02")],
            &[(C::GuardianBirthDate, F::BirthDateDiffersFromIin)],
        ),
        (
            "ward's date differs",
            &[(C::WardBirthDate, "02.01.2015")],
            &[(C::WardBirthDate, F::BirthDateDiffersFromIin)],
        ),
        (
            "born tomorrow",
            &[(C::WardIin, ""), (C::WardBirthAct, "1"), (C::WardBirthDate, "2026-11-24")],
            &[(C::WardBirthDate, F::BirthInFuture), (C::WardBirthDate, F::WardUnbornAtStart)],
        ),
        (
            "neither IIN nor birth record",
            &[(C::WardIin, "")],
            &[(C::WardBirthAct, F::BirthActMissing)],
        ),
        (
            "capacity without date",
            &[(C::WardFullCapacityReason, "неке")],
            &[(C::WardFullCapacityFrom, F::FullCapacityIncomplete)],
        ),
        (
            "capacity without reason",
            &[(C::WardFullCapacityFrom, "2026-01-01")],
            &[(C::WardFullCapacityReason, F::FullCapacityIncomplete)],
        ),
        (
            "unknown capacity",
            &[(C::WardFullCapacityReason, "work"), (C::WardFullCapacityFrom, "2026-01-01")],
            &[(C::WardFullCapacityReason, F::WordUnknown)],
        ),
        (
            "act of tomorrow",
            &[(C::ActDate, "2026-11-24"), (C::StartDate, "2026-11-24")],
            &[(C::ActDate, F::ActInFuture), (C::StartDate, F::StartInFuture)],
        ),
        (
            "begins before the act",
            &[(C::StartDate, "2020-03-01")],
            &[(C::StartDate, F::StartBeforeAct)],
        ),
        (
            "ends before it begins",
            &[(C::EndDate, "2020-03-01"), (C::EndReason, "бас тарту")],
            &[(C::EndDate, F::EndBeforeStart)],
        ),
        (
            "end without reason",
            &[(C::EndDate, "2021-03-01")],
            &[(C::EndReason, F::EndReasonMissing)],
        ),
        (
            "reason without end",
            &[(C::EndReason, "бас тарту")],
            &[(C::EndDate, F::EndReasonWithoutDate)],
        ),
        (
            "ward is the guardian",
            &[(C::WardIin, "800101300016"), (C::WardBirthDate, "1980-01-01")],
            &[(C::WardIin, F::WardIsGuardian), (C::WardBirthDate, F::WardAdultAtStart)],
        ),
        (
            "ward of age on the first day",
            &[(C::WardIin, ""), (C::WardBirthAct, "7"), (C::WardBirthDate, "2002-03-02")],
            &[(C::WardBirthDate, F::WardAdultAtStart)],
        ),
        (
            "guardian under age",
            &[(C::GuardianIin, "050505500047"), (C::GuardianBirthDate, "2005-05-05")],
            &[(C::GuardianBirthDate, F::GuardianMinorAtStart)],
        ),
        (
            "everything at once",
            &[
                (C::GuardianIin, "1"),
                (C::WardIin, "x"),
                (C::Form, "?"),
                (C::ActDate, "?"),
                (C::StartDate, "?"),
            ],
            &[
                (C::GuardianIin, F::IinNotTwelveDigits),
                (C::WardIin, F::IinNotTwelveDigits),
                (C::Form, F::WordUnknown),
                (C::ActDate, F::DateUnreadable),
                (C::StartDate, F::DateUnreadable),
            ],
        ),
    ];
    assert!(TABLE.len() >= 40);
    for (name, edits, expected) in TABLE {
        let rows = [header(), line(&[]), vec![String::new()], line(edits)];
        // The first row is the same placement in most cases; only this row's own faults are asked.
        for bytes in [csv_of(&[header(), line(edits)]), xlsx_of(&[header(), line(edits)])] {
            let faults = read_here(&bytes).expect_err(name).0;
            let found: Vec<_> =
                faults.iter().map(|fault| (fault.column.unwrap(), fault.code)).collect();
            assert_eq!(found, *expected, "{name}");
            assert!(faults.iter().all(|fault| fault.row == Some(2)), "{name}");
        }
        for bytes in [csv_of(&rows), xlsx_of(&rows)] {
            let below = read_here(&bytes).expect_err(name).0;
            assert!(below.iter().all(|fault| fault.row == Some(4)), "{name}: blank rows count");
        }
    }
}

#[test]
fn a_longer_text_than_is_kept_is_refused() {
    let mut row = line(&[]);
    row[5] = "ә".repeat(301);
    row[1] = "ә".repeat(101);
    assert_eq!(codes(&csv_of(&[header(), row])), [F::TooLong, F::TooLong]);
}

#[test]
fn born_on_the_eighteenth_birthday_is_the_first_day_of_age() {
    let day_before = [(C::WardIin, ""), (C::WardBirthAct, "7"), (C::WardBirthDate, "2002-03-03")];
    assert_eq!(codes(&csv_of(&[header(), line(&day_before)])), []);
}

#[test]
fn mistakes_of_the_header_are_reported_with_their_letters() {
    let mut columns = header();
    columns[1] = "surname of guardian".into();
    columns[25] = "Guardian_IIN".into();
    let faults = read_here(&xlsx_of(&[columns, line(&[])])).unwrap_err().0;
    let found: Vec<_> = faults
        .iter()
        .filter(|fault| fault.row != Some(2))
        .map(|fault| (fault.code, fault.letters.clone(), fault.column))
        .collect();
    assert_eq!(
        found,
        [
            (F::ColumnUnknown, Some("B".into()), None),
            (F::ColumnTwice, Some("Z".into()), Some(C::GuardianIin)),
            (F::ColumnMissing, None, Some(C::GuardianSurname)),
            (F::ColumnMissing, None, Some(C::ProviderKato)),
        ]
    );
}

#[test]
fn columns_may_stand_in_any_order_and_the_department_is_the_default_provider() {
    let rows = [header(), line(&[(C::ProviderKato, "")])]
        .map(|row| row.into_iter().rev().collect::<Vec<_>>());
    let read = read_here(&xlsx_of(&rows)).unwrap();
    assert_eq!(read[0].ward.placement.provider, department());
}

#[test]
fn a_row_that_slipped_to_the_right_is_recognised() {
    let mut slipped = line(&[]);
    slipped.push("x".into());
    let faults = read_here(&csv_of(&[header(), slipped])).unwrap_err().0;
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].code, faults[0].letters.as_deref()), (F::CellOutsideColumns, Some("AA")));
}

#[test]
fn csv_may_have_a_byte_order_mark_and_semicolons() {
    let plain = csv_of(&[header(), line(&[(C::GuardianAddress, "Астана")])]);
    let semicolons = String::from_utf8(plain.clone()).unwrap().replace(',', ";");
    let marked = format!("\u{feff}{semicolons}").replace('\n', "\r\n");
    assert_eq!(read_here(&plain), read_here(semicolons.as_bytes()));
    assert_eq!(read_here(&plain), read_here(marked.as_bytes()));
    assert!(read_here(&plain).is_ok());
}

#[test]
fn rows_that_contradict_each_other_name_the_other_row() {
    let other_ward = [(C::WardIin, "150101600028"), (C::GuardianAddress, "Алматы қаласы")];
    let other_name = [(C::WardSurname, "Басқа"), (C::ActNumber, "Б-1")];
    let rows = [header(), line(&[]), line(&other_ward), line(&other_name), line(&[])];
    let faults = read_here(&csv_of(&rows)).unwrap_err().0;
    let found: Vec<_> = faults.iter().map(|f| (f.row, f.code, f.other_row)).collect();
    assert_eq!(
        found,
        [
            (Some(3), F::GuardianDiffers, Some(2)),
            (Some(4), F::WardDiffers, Some(2)),
            (Some(5), F::SamePlacementTwice, Some(2)),
        ]
    );
}

#[test]
fn the_same_child_has_the_same_key_in_every_file() {
    let by_iin = read_here(&csv_of(&[header(), line(&[(C::WardBirthAct, "12-А")])])).unwrap();
    let again = read_here(&xlsx_of(&[header(), line(&[(C::ActNumber, "9")])])).unwrap();
    assert_eq!(by_iin[0].ward.ward.id, again[0].ward.ward.id);
    let of_act = |act: &'static str| {
        let rows = [header(), line(&[(C::WardIin, ""), (C::WardBirthAct, act)])];
        read_here(&csv_of(&rows)).unwrap()[0].ward.ward.id.clone()
    };
    assert_eq!(of_act("12-А"), of_act("12-а"));
    assert_ne!(of_act("12-А"), of_act("12-Б"));
    assert_eq!(of_act("12-А").0.len(), 26);
}

#[test]
fn labels_in_kazakh_and_russian_are_words_too() {
    let edits = [
        (C::Form, "Қамқоршылық"),
        (C::ActKind, "шешім"),
        (C::AccountingStatus, "состоит на учёте"),
        (C::WardFullCapacityReason, "эмансипация"),
        (C::WardFullCapacityFrom, "01.02.2026"),
    ];
    let row = read_here(&csv_of(&[header(), line(&edits)])).unwrap().remove(0);
    assert_eq!(row.ward.placement.act.kind, domain::ActKind::Decision);
    assert_eq!(row.accounting, domain::AccountingStatus::Active);
    assert!(row.ward.ward.full_capacity.is_some());
}

#[test]
fn date_cells_numbers_and_formulas_of_a_spreadsheet_are_read_as_they_look() {
    let mut workbook = Workbook::new();
    let day = Format::new().set_num_format("dd.mm.yyyy");
    let sheet = workbook.add_worksheet();
    for ((column, name), text) in (0..).zip(header()).zip(line(&[])) {
        sheet.write_string(0, column, name).unwrap();
        sheet.write_string(1, column, text).unwrap();
    }
    let moment = rust_xlsxwriter::ExcelDateTime::from_ymd(2020, 3, 2).unwrap();
    sheet.write_datetime_with_format(1, 18, &moment, &day).unwrap();
    sheet.write_number(1, 0, 800_101_300_016.0).unwrap();
    sheet.write_number(1, 17, 123.0).unwrap();
    sheet.write_number(1, 24, 5.0).unwrap();
    sheet.write_number(1, 25, 710_000_000.0).unwrap();
    sheet.write_formula(1, 19, Formula::new("=\"x\"").set_result("Әкімдік")).unwrap();
    let row = read_here(&workbook.save_to_buffer().unwrap()).unwrap().remove(0);
    let act = row.ward.placement.act;
    assert_eq!(
        (act.date, act.number.as_str(), act.issuer.as_str()),
        (date(2020, 3, 2), "123", "Әкімдік")
    );

    let sheet = workbook.worksheet_from_index(0).unwrap();
    sheet.write_number(1, 0, 10_101_500_033.0).unwrap();
    sheet.write_number(1, 18, 43_892.0).unwrap();
    sheet.write_formula(1, 19, Formula::new("=NA()").set_result("#N/A")).unwrap();
    let faults = read_here(&workbook.save_to_buffer().unwrap()).unwrap_err().0;
    let found: Vec<_> = faults.iter().map(|f| (f.letters.as_deref().unwrap(), f.code)).collect();
    assert_eq!(found, [("A", F::IinLeadingZero), ("S", F::DateUnreadable), ("T", F::ErrorCell)]);
}

#[test]
fn no_message_repeats_a_number_or_a_name() {
    let edits = [
        (C::GuardianIin, "800101300017"),
        (C::WardIin, "150101500012"),
        (C::ActDate, "800101300016"),
        (C::Form, "Үлгіқызы"),
        (C::StartDate, "Үлгіқызы"),
    ];
    let faults = read_here(&csv_of(&[header(), line(&edits)])).unwrap_err();
    assert_eq!(faults.0.len(), 5);
    for language in Language::ALL {
        let said = faults.messages(language).join("\n") + &format!("{faults:?} {faults}");
        for secret in ["80010", "15010", "Үлгі", "Мысал"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

#[test]
fn a_file_that_is_no_register_is_refused_with_its_reason() {
    let good = xlsx_of(&[header(), line(&[])]);
    let mut cut = good.clone();
    cut.truncate(good.len() / 2);
    let mut several = Workbook::new();
    several.add_worksheet().set_name("one").unwrap();
    several.add_worksheet().set_name("two").unwrap();
    let mut windows = csv_of(&[header()]);
    windows.extend([0xd2, 0xe5, 0xf1, 0xf2, b'\n']);
    let utf16: Vec<u8> = "\u{feff}guardian_iin".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = vec![(0..101).map(|n| format!("c{n}")).collect::<Vec<_>>()];
    for (name, bytes, expected) in [
        ("empty", vec![], F::FileEmpty),
        ("only blank lines", b"\n\n,,\n".to_vec(), F::NoHeader),
        ("cut in half", cut, F::FileUnreadable),
        ("an empty zip", b"PK\x05\x06".iter().copied().chain([0; 18]).collect(), F::FileUnreadable),
        ("a zip of something else", zip_of("letter.txt", b"dear"), F::FileUnreadable),
        ("macros", zip_of("xl/vbaProject.bin", b"Sub"), F::FileMacros),
        ("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), F::FileOldOrEncrypted),
        ("windows-1251", windows, F::FileNotUtf8),
        ("utf-16", utf16, F::FileNotUtf8),
        ("binary", b"guardian_iin\0\0".to_vec(), F::FileUnreadable),
        ("wrong sheets", several.save_to_buffer().unwrap(), F::WrongSheet),
        ("another table", csv_of(&[vec!["a".into(), "b".into()]]), F::NoHeader),
        ("no rows", csv_of(&[header()]), F::NoRows),
        ("too wide", csv_of(&wide), F::TooManyColumns),
    ] {
        assert_eq!(codes(&bytes), [expected], "{name}");
    }
    assert_eq!(codes(&vec![b','; FILE_BYTES_MAX + 1]), [F::FileTooLarge]);
    assert_eq!(codes("\n".repeat(200_001).as_bytes()), [F::NoHeader]);
    let beyond =
        format!("{}{}x", String::from_utf8(csv_of(&[header()])).unwrap(), "\n".repeat(200_001));
    assert_eq!(codes(beyond.as_bytes()), [F::TooManyRows]);
}

fn zip_of(name: &str, content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_zip_bomb_is_stopped_while_it_unpacks() {
    let bomb =
        zip_of("xl/worksheets/sheet1.xml", &vec![b' '; (sheet::UNPACKED_BYTES_MAX + 1) as usize]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(codes(&bomb), [F::FileExpands]);
}

#[test]
fn one_cell_in_the_last_corner_costs_no_grid() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 0, "guardian_iin").unwrap();
    sheet.write_string(1_048_575, 16_383, "x").unwrap();
    assert!(codes(&workbook.save_to_buffer().unwrap()).contains(&F::TooManyRows));
}

#[test]
fn the_list_of_faults_has_an_end() {
    let mut rows = vec![header()];
    rows.resize(1_000, line(&[]).iter().map(|_| "?".to_owned()).collect());
    let faults = read_here(&csv_of(&rows)).unwrap_err().0;
    assert_eq!(faults.len(), 10_001);
    assert_eq!(faults.last().unwrap().code, F::TooManyFaults);
}

#[test]
fn the_empty_template_is_a_register_without_rows() {
    let bytes = template_bytes().unwrap();
    assert_eq!(codes(&bytes), [F::NoRows]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_workbooks_never_panic(place in 0.0..1.0_f64, length in 1_usize..40, byte: u8) {
        let mut bytes = xlsx_of(&[header(), line(&[])]);
        let from = (bytes.len() as f64 * place) as usize;
        bytes.iter_mut().skip(from).take(length).for_each(|target| *target ^= byte);
        let _ = read_here(&bytes);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,300}") {
        let _ = read_here(text.as_bytes());
    }
}

/// The same workbook with another sheet in it, so that what is changed is not the packing alone.
fn with_sheet(workbook: &[u8], sheet: &[u8]) -> Vec<u8> {
    use std::io::{Cursor, Read, Write};
    let mut read = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut written = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..read.len() {
        let mut file = read.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        written.start_file(&name, zip::write::SimpleFileOptions::default()).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let is_sheet = name.ends_with("sheet1.xml");
        written.write_all(if is_sheet { sheet } else { &bytes }).unwrap();
    }
    written.finish().unwrap().into_inner()
}

fn sheet_of(workbook: &[u8]) -> Vec<u8> {
    use std::io::{Cursor, Read};
    let mut read = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut bytes = Vec::new();
    read.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn files_of_departments_survive_whatever_comes() {
    let rows = [header(), line(&[]), line(&[(C::WardGivenName, "")])];
    let workbook = xlsx_of(&rows);
    survives("CSV of a department", vec![csv_of(&rows)], "csv", |input| drop(read_here(input)));
    survives("XLSX of a department", vec![workbook.clone()], "xlsx", |input| {
        drop(read_here(input))
    });
    survives("XLSX, the sheet in it", vec![sheet_of(&workbook)], "sheet", |input| {
        drop(read_here(&with_sheet(&workbook, input)));
    });
}
