//! What is wrong with a file, where, and what is expected instead; said in three languages.
//!
//! No fault repeats what stands in a cell, except a date: where columns have slipped, any other cell may hold a name
//! or an IIN.
//! Read next: `texts/data_bank_file.*.ftl` for the sentences.

use domain::Language;
use fluent_bundle::FluentArgs;
use serde::Serialize;

use super::columns::Column;
use super::texts::{faults as bundle, format};
use super::words;

macro_rules! fault_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Stable code of what is wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        pub enum FaultCode {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl FaultCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code for programs.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

fault_codes! {
    /// No bytes.
    FileEmpty = "file_empty",
    /// More bytes than are accepted.
    FileTooLarge = "file_too_large",
    /// Unpacks to more than is accepted.
    FileExpands = "file_expands",
    /// Damaged, or something else than XLSX or CSV.
    FileUnreadable = "file_unreadable",
    /// The old binary format, or protected by a password.
    FileOldOrEncrypted = "file_old_or_encrypted",
    /// Contains macros.
    FileMacros = "file_macros",
    /// Text in another encoding.
    FileNotUtf8 = "file_not_utf8",
    /// No sheet of the expected name.
    WrongSheet = "wrong_sheet",
    /// The first row names none of the columns.
    NoHeader = "no_header",
    /// Header without a row under it.
    NoRows = "no_rows",
    /// Too many rows.
    TooManyRows = "too_many_rows",
    /// Too many columns.
    TooManyColumns = "too_many_columns",
    /// There are more faults than are listed.
    TooManyFaults = "too_many_faults",
    /// A column of the template is not there.
    ColumnMissing = "column_missing",
    /// A column the template does not have.
    ColumnUnknown = "column_unknown",
    /// A column that stands twice.
    ColumnTwice = "column_twice",
    /// An empty cell that must be filled in.
    Required = "required",
    /// A formula's error, such as #N/A.
    ErrorCell = "error_cell",
    /// A filled cell in a column without a header.
    CellOutsideColumns = "cell_outside_columns",
    /// Longer than is kept.
    TooLong = "too_long",
    /// Digits were lost at the front.
    IinLeadingZero = "iin_leading_zero",
    /// Written like 9.6E+11.
    IinScientific = "iin_scientific",
    /// Not twelve digits.
    IinNotTwelveDigits = "iin_not_twelve_digits",
    /// The date part does not exist.
    IinNoSuchDate = "iin_no_such_date",
    /// The last digit does not follow from the others.
    IinWrongCheckDigit = "iin_wrong_check_digit",
    /// A character no name has.
    NameCharacters = "name_characters",
    /// Cyrillic and Latin letters in one word, which look alike and are not found by each other.
    NameMixedScripts = "name_mixed_scripts",
    /// A character that no certificate can print.
    Unprintable = "unprintable",
    /// Not written as a date.
    DateUnreadable = "date_unreadable",
    /// Written as a date that no calendar has.
    DateImpossible = "date_impossible",
    /// In a year no record can be of.
    DateOutOfRange = "date_out_of_range",
    /// None of the words of this column.
    WordUnknown = "word_unknown",
    /// Not a whole number of sheets.
    SheetsNotNumber = "sheets_not_number",
    /// Not nine digits.
    KatoNotNineDigits = "kato_not_nine_digits",
    /// No region begins so.
    KatoNoSuchRegion = "kato_no_such_region",
    /// IIN and birth date contradict each other.
    BirthDateDiffersFromIin = "birth_date_differs_from_iin",
    /// Born after today.
    BirthInFuture = "birth_in_future",
    /// Neither IIN nor birth record of the ward.
    BirthActMissing = "birth_act_missing",
    /// Reason or date of full capacity without the other.
    FullCapacityIncomplete = "full_capacity_incomplete",
    /// File number or sheets of the inventory without the other.
    InventoryIncomplete = "inventory_incomplete",
    /// The act is of a day after today.
    ActInFuture = "act_in_future",
    /// Begins after today.
    StartInFuture = "start_in_future",
    /// Begins before its act.
    StartBeforeAct = "start_before_act",
    /// Ends before it begins.
    EndBeforeStart = "end_before_start",
    /// Ended without a reason.
    EndReasonMissing = "end_reason_missing",
    /// A reason of an end without its date.
    EndReasonWithoutDate = "end_reason_without_date",
    /// Guardian and ward are one person.
    WardIsGuardian = "ward_is_guardian",
    /// The ward was of age when it began.
    WardAdultAtStart = "ward_adult_at_start",
    /// The ward was not born when it began.
    WardUnbornAtStart = "ward_unborn_at_start",
    /// The guardian was under age when it began.
    GuardianMinorAtStart = "guardian_minor_at_start",
    /// The same person, ward and act as in another row.
    SamePlacementTwice = "same_placement_twice",
    /// Other data of the same guardian than in another row.
    GuardianDiffers = "guardian_differs",
    /// Other data of the same ward than in another row.
    WardDiffers = "ward_differs",
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What.
    pub code: FaultCode,
    /// Row as the spreadsheet numbers it; `None` where the file as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u32>,
    /// Column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<Column>,
    /// Letters over the column in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letters: Option<String>,
    /// The date that stands there; never anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// The row it contradicts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_row: Option<u32>,
}

impl Fault {
    pub(super) fn of_file(code: FaultCode) -> Self {
        Self { code, row: None, column: None, letters: None, shown: None, other_row: None }
    }

    /// Place, what is wrong, what is expected, in one line.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let bundle = bundle(language);
        let args = self.arguments();
        let place = match (self.row, &self.letters, self.column) {
            (Some(_), Some(_), Some(_)) => "place-cell",
            (Some(_), Some(_), None) => "place-letters",
            (Some(_), None, _) => "place-row",
            (None, _, Some(_)) => "place-column",
            (None, _, None) => "place-file",
        };
        let parts = [
            format(bundle, place, None, &args),
            format(bundle, self.code.code(), None, &args),
            format(bundle, self.code.code(), Some("expected"), &args),
        ];
        parts.join(" ")
    }

    /// What is wrong, or the attribute of that text: what is expected.
    pub(super) fn part(&self, language: Language, attribute: Option<&str>) -> String {
        format(bundle(language), self.code.code(), attribute, &self.arguments())
    }

    fn arguments(&self) -> FluentArgs<'_> {
        let mut args = FluentArgs::new();
        args.set("row", self.row.map(|row| row.to_string()).unwrap_or_default());
        args.set("column", self.column.map(Column::name).unwrap_or_default());
        args.set("letters", self.letters.clone().unwrap_or_default());
        args.set(
            "shown",
            self.shown.as_deref().map(|text| format!(" «{text}»")).unwrap_or_default(),
        );
        args.set("other", self.other_row.map(|row| row.to_string()).unwrap_or_default());
        args.set("allowed", self.column.map(words::codes).unwrap_or_default().join(", "));
        args
    }
}

/// Everything that is wrong with a file, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file has {} faults", .0.len())]
pub struct FileFaults(pub Vec<Fault>);

impl FileFaults {
    pub(super) fn whole(code: FaultCode) -> Self {
        Self(vec![Fault::of_file(code)])
    }

    /// One line per fault.
    #[must_use]
    pub fn messages(&self, language: Language) -> Vec<String> {
        self.0.iter().map(|fault| fault.message(language)).collect()
    }
}

#[cfg(test)]
mod tests {
    use fluent_bundle::FluentResource;

    use super::*;

    #[test]
    fn every_fault_is_said_in_every_language_with_what_is_expected() {
        for language in Language::ALL {
            for code in FaultCode::ALL {
                let message = bundle(language).get_message(code.code()).unwrap_or_else(|| {
                    panic!("{} lacks {}", language.code(), code.code());
                });
                assert!(message.value().is_some());
                assert!(message.get_attribute("expected").is_some(), "{}", code.code());
            }
            for place in ["place-cell", "place-letters", "place-row", "place-column", "place-file"]
            {
                assert!(bundle(language).has_message(place), "{place}");
            }
        }
    }

    #[test]
    fn the_texts_hold_nothing_unknown_or_broken() {
        for text in [
            include_str!("../../texts/data_bank_file.kk.ftl"),
            include_str!("../../texts/data_bank_file.ru.ftl"),
            include_str!("../../texts/data_bank_file.en.ftl"),
        ] {
            let resource = FluentResource::try_new(text.to_owned()).expect("no syntax error");
            assert_eq!(resource.entries().count(), FaultCode::ALL.len() + 5);
        }
    }

    #[test]
    fn a_message_names_row_column_fault_and_expectation() {
        let fault = Fault {
            row: Some(7),
            column: Some(Column::Form),
            letters: Some("P".into()),
            ..Fault::of_file(FaultCode::WordUnknown)
        };
        let message = fault.message(Language::Ru);
        for part in ["Строка 7", "столбец P", "form", "guest_family"] {
            assert!(message.contains(part), "{message}");
        }
        let kazakh = fault.message(Language::Kk);
        assert!(kazakh.contains("7-жол") && kazakh.contains("P бағаны"), "{kazakh}");
    }
}
