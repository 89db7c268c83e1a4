//! One workbook with forty kinds of mistakes: each is reported at its own row and column, in Kazakh, Russian and English,
//! with what is expected instead.

use std::collections::BTreeSet;

use domain::Language;
use rust_xlsxwriter::{Formula, Workbook, Worksheet};

use super::tests::{department, header, line};
use super::*;
use Column as C;
use FaultCode as F;

/// What a row's cell holds instead of what the example has.
#[derive(Clone, Copy)]
enum Wrong {
    Text(&'static str),
    Long(usize),
    Number(f64),
    ErrorFormula,
    /// In a column that has no header.
    Stray,
}

/// The mistakes of one row, and what must be found there and nothing else.
struct Mistake {
    cells: &'static [(Column, Wrong)],
    found: &'static [(Column, FaultCode)],
}

const fn mistake(
    cells: &'static [(Column, Wrong)],
    found: &'static [(Column, FaultCode)],
) -> Mistake {
    Mistake { cells, found }
}

use Wrong::{ErrorFormula, Long, Number, Stray, Text};

/// A child without IIN, so that birth dates can be anything.
const BORN: (Column, Wrong) = (C::WardIin, Text(""));
const RECORD: (Column, Wrong) = (C::WardBirthAct, Text("77-Ф"));

const MISTAKES: &[Mistake] = &[
    mistake(&[(C::GuardianIin, Text(""))], &[(C::GuardianIin, F::Required)]),
    mistake(&[(C::GuardianIin, Number(10_101_500_033.0))], &[(C::GuardianIin, F::IinLeadingZero)]),
    mistake(&[(C::WardIin, Text("1,50102E+11"))], &[(C::WardIin, F::IinScientific)]),
    mistake(&[(C::WardIin, Text("15010150001Ю"))], &[(C::WardIin, F::IinNotTwelveDigits)]),
    mistake(&[(C::WardIin, Text("151301500011"))], &[(C::WardIin, F::IinNoSuchDate)]),
    mistake(&[(C::WardIin, Text("150101500012"))], &[(C::WardIin, F::IinWrongCheckDigit)]),
    mistake(&[(C::GuardianSurname, Text("  "))], &[(C::GuardianSurname, F::Required)]),
    mistake(&[(C::WardGivenName, Text("Дана1"))], &[(C::WardGivenName, F::NameCharacters)]),
    mistake(
        &[(C::GuardianGivenName, Text("Iрина"))],
        &[(C::GuardianGivenName, F::NameMixedScripts)],
    ),
    mistake(&[(C::WardSurname, Long(101))], &[(C::WardSurname, F::TooLong)]),
    mistake(&[(C::GuardianAddress, Long(301))], &[(C::GuardianAddress, F::TooLong)]),
    mistake(&[(C::ActIssuer, Text("Әкімдік 🙂"))], &[(C::ActIssuer, F::Unprintable)]),
    mistake(&[(C::ActIssuer, ErrorFormula)], &[(C::ActIssuer, F::ErrorCell)]),
    mistake(&[(C::ActIssuer, Stray)], &[]),
    mistake(&[(C::ActDate, Text("03/02/2020"))], &[(C::ActDate, F::DateUnreadable)]),
    mistake(&[(C::StartDate, Number(43_892.0))], &[(C::StartDate, F::DateUnreadable)]),
    mistake(&[(C::ActDate, Text("2020-13-02"))], &[(C::ActDate, F::DateImpossible)]),
    mistake(&[(C::StartDate, Text("30.02.2020"))], &[(C::StartDate, F::DateImpossible)]),
    mistake(&[(C::ActDate, Text("0020-03-02"))], &[(C::ActDate, F::DateOutOfRange)]),
    mistake(&[(C::Form, Text("опекунство"))], &[(C::Form, F::WordUnknown)]),
    mistake(&[(C::Form, Text(""))], &[(C::Form, F::Required)]),
    mistake(&[(C::ActKind, Text("письмо"))], &[(C::ActKind, F::WordUnknown)]),
    mistake(&[(C::AccountingStatus, Text("да"))], &[(C::AccountingStatus, F::WordUnknown)]),
    mistake(&[(C::ActNumber, Text(""))], &[(C::ActNumber, F::Required)]),
    mistake(&[(C::InventorySheets, Text("2,5"))], &[(C::InventorySheets, F::SheetsNotNumber)]),
    mistake(&[(C::InventorySheets, Text(""))], &[(C::InventorySheets, F::InventoryIncomplete)]),
    mistake(&[(C::ProviderKato, Text("71000000"))], &[(C::ProviderKato, F::KatoNotNineDigits)]),
    mistake(&[(C::ProviderKato, Text("990000000"))], &[(C::ProviderKato, F::KatoNoSuchRegion)]),
    mistake(
        &[(C::GuardianBirthDate, Text("1980-01-02"))],
        &[(C::GuardianBirthDate, F::BirthDateDiffersFromIin)],
    ),
    mistake(
        &[BORN, RECORD, (C::WardBirthDate, Text("2026-11-24"))],
        &[(C::WardBirthDate, F::BirthInFuture), (C::WardBirthDate, F::WardUnbornAtStart)],
    ),
    mistake(&[BORN], &[(C::WardBirthAct, F::BirthActMissing)]),
    mistake(
        &[(C::WardFullCapacityReason, Text("неке"))],
        &[(C::WardFullCapacityFrom, F::FullCapacityIncomplete)],
    ),
    mistake(
        &[(C::ActDate, Text("2026-11-24")), (C::StartDate, Text("2026-11-24"))],
        &[(C::ActDate, F::ActInFuture), (C::StartDate, F::StartInFuture)],
    ),
    mistake(&[(C::StartDate, Text("2020-03-01"))], &[(C::StartDate, F::StartBeforeAct)]),
    mistake(
        &[(C::EndDate, Text("2020-03-01")), (C::EndReason, Text("бас тарту"))],
        &[(C::EndDate, F::EndBeforeStart)],
    ),
    mistake(&[(C::EndDate, Text("2021-03-01"))], &[(C::EndReason, F::EndReasonMissing)]),
    mistake(&[(C::EndReason, Text("бас тарту"))], &[(C::EndDate, F::EndReasonWithoutDate)]),
    mistake(
        &[BORN, RECORD, (C::WardBirthDate, Text("2002-03-02"))],
        &[(C::WardBirthDate, F::WardAdultAtStart)],
    ),
    mistake(
        &[(C::GuardianIin, Text("050505500047")), (C::GuardianBirthDate, Text("2005-05-05"))],
        &[(C::GuardianBirthDate, F::GuardianMinorAtStart)],
    ),
    mistake(
        &[
            (C::WardIin, Text("800101300016")),
            (C::WardBirthDate, Text("1980-01-01")),
            (C::ActNumber, Text("А-9")),
        ],
        &[(C::WardIin, F::WardIsGuardian), (C::WardBirthDate, F::WardAdultAtStart)],
    ),
];

/// Cells of a row, and where it is reported under which code.
type Contradictory = (&'static [(Column, Wrong)], Column, FaultCode);

/// Rows that are right for themselves and contradict the last row of the file, which is right.
const CONTRADICTIONS: [Contradictory; 3] = [
    (
        &[(C::WardIin, Text("150101600028")), (C::GuardianAddress, Text("Алматы қаласы"))],
        C::GuardianIin,
        F::GuardianDiffers,
    ),
    (&[(C::WardSurname, Text("Басқа")), (C::ActNumber, Text("Б-1"))], C::WardIin, F::WardDiffers),
    (&[], C::ActNumber, F::SamePlacementTwice),
];

fn position(column: Column) -> u16 {
    u16::try_from(C::ALL.iter().position(|one| *one == column).unwrap()).unwrap()
}

fn write(sheet: &mut Worksheet, row: u32, cells: &[(Column, Wrong)]) {
    // An empty text would leave what stands there.
    let is_wrong = |column: &Column| {
        cells.iter().any(|(other, wrong)| other == column && !matches!(wrong, Stray))
    };
    for (column, text) in C::ALL.iter().zip(line(&[])).filter(|(column, _)| !is_wrong(column)) {
        sheet.write_string(row, position(*column), text).unwrap();
    }
    for (column, wrong) in cells {
        let at = position(*column);
        match wrong {
            Text(text) => sheet.write_string(row, at, *text),
            Long(letters) => sheet.write_string(row, at, "ә".repeat(*letters)),
            Number(number) => sheet.write_number(row, at, *number),
            ErrorFormula => sheet.write_formula(row, at, Formula::new("=NA()").set_result("#N/A")),
            Stray => sheet.write_string(row, position(C::ProviderKato) + 3, "x"),
        }
        .unwrap();
    }
}

/// Row 2 is right; then come the mistakes, then the rows that contradict row 2. The header has one column too much and
/// one twice.
fn workbook() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let extra = ["notes".to_owned(), "Form".to_owned()];
    for (at, name) in (0..).zip(header().into_iter().chain(extra)) {
        sheet.write_string(0, at, name).unwrap();
    }
    write(sheet, 1, &[]);
    let mistakes = MISTAKES.iter().map(|one| one.cells);
    for (row, cells) in (2..).zip(mistakes.chain(CONTRADICTIONS.iter().map(|one| one.0))) {
        write(sheet, row, cells);
    }
    workbook.save_to_buffer().unwrap()
}

type Place = (Option<u32>, Option<String>, FaultCode);

fn expected() -> Vec<Place> {
    let mut expected = vec![
        (Some(1), Some("AA".to_owned()), F::ColumnUnknown),
        (Some(1), Some("AB".to_owned()), F::ColumnTwice),
    ];
    let letters = |column| Some(columns::letters(usize::from(position(column))));
    for (row, one) in (3..).zip(MISTAKES) {
        if one.found.is_empty() {
            expected.push((Some(row), Some("AC".to_owned()), F::CellOutsideColumns));
        }
        let found = one.found.iter().map(|(column, code)| (Some(row), letters(*column), *code));
        expected.extend(found);
    }
    let after = u32::try_from(MISTAKES.len()).unwrap() + 3;
    for (row, (_, column, code)) in (after..).zip(CONTRADICTIONS) {
        expected.push((Some(row), letters(column), code));
    }
    expected
}

#[test]
fn forty_kinds_of_mistakes_in_one_workbook_are_all_reported_at_their_places() {
    let faults = read(&workbook(), &department(), super::tests::TODAY).unwrap_err();
    let found: Vec<Place> =
        faults.0.iter().map(|one| (one.row, one.letters.clone(), one.code)).collect();
    assert_eq!(found, expected());
    // A kind is what is wrong with which column.
    let kinds: BTreeSet<_> = faults.0.iter().map(|one| (one.code.code(), one.column)).collect();
    assert!(kinds.len() >= 40, "{} kinds", kinds.len());
    let codes: BTreeSet<_> = faults.0.iter().map(|one| one.code.code()).collect();
    assert!(codes.len() >= 34, "{} codes", codes.len());
}

#[test]
fn each_of_them_is_told_in_three_languages_with_row_column_and_what_is_expected() {
    let faults = read(&workbook(), &department(), super::tests::TODAY).unwrap_err();
    for (language, row, column, expects) in [
        (Language::Kk, "-жол", "бағаны", "Күтілетіні"),
        (Language::Ru, "Строка", "столбец", "Ожидается"),
        (Language::En, "Row", "column", "Expected"),
    ] {
        for (fault, said) in faults.0.iter().zip(faults.messages(language)) {
            let number = fault.row.unwrap().to_string();
            let letters = fault.letters.clone().unwrap();
            for part in [row, column, expects, &number, &letters] {
                assert!(said.contains(part), "{said} lacks {part}");
            }
            assert!(!said.contains('{'), "{said}");
        }
    }
    let all: BTreeSet<String> =
        Language::ALL.iter().flat_map(|language| faults.messages(*language)).collect();
    assert_eq!(all.len(), faults.0.len() * 3, "each language says it in its own words");
}
