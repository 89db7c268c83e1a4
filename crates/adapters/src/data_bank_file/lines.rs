//! One line to one registry row: every cell read, then what the cells say about each other.
//!
//! Everything that is wrong is reported, not only the first thing. Read next: `register.rs` for what rows say about
//! each other.

use app::RegistryRow;
use domain::{
    AccountingStatus, Act, ActKind, EndOfPlacement, FormOfPlacement, FullCapacity,
    FullCapacityReason, Guardian, Iin, Kato, NamePart, PersonName, Placement, PropertyInventory,
    Ward, WardId, WardRecord,
};
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::cells::{self, Read};
use super::columns::{Column, letters};
use super::fault::{Fault, FaultCode};
use super::register::{Faults, Header};
use super::sheet::{Cell, Line};
use super::words;
use crate::contradictions::{Contradiction, Facts, Whose};

static EMPTY: Cell = Cell::Empty;

/// What the file as a whole decides about its lines.
pub(super) struct Circumstances<'a> {
    /// The department whose file it is.
    pub(super) importing: &'a Kato,
    /// The calendar day of the import.
    pub(super) today: Date,
}

/// A line as far as its cells could be read.
struct Draft {
    guardian_iin: Option<Iin>,
    guardian_name: Option<PersonName>,
    guardian_birth_date: Option<Date>,
    guardian_address: Option<String>,
    accounting: Option<AccountingStatus>,
    ward_iin: Option<Iin>,
    ward_name: Option<PersonName>,
    ward_birth_date: Option<Date>,
    ward_birth_act: Option<String>,
    capacity_reason: Option<FullCapacityReason>,
    capacity_from: Option<Date>,
    form: Option<FormOfPlacement>,
    act_kind: Option<ActKind>,
    act_number: Option<String>,
    act_date: Option<Date>,
    act_issuer: Option<String>,
    start: Option<Date>,
    end: Option<Date>,
    end_reason: Option<String>,
    inventory_file: Option<String>,
    inventory_sheets: Option<u32>,
    provider: Option<Kato>,
}

/// Reads a line; `None` where something was reported.
pub(super) fn read(
    line: &Line,
    header: &Header,
    circumstances: &Circumstances<'_>,
    faults: &mut Faults,
) -> Option<RegistryRow> {
    let before = faults.count();
    let mut reader = LineReader { line, header, faults };
    let draft = reader.draft();
    reader.check_strays();
    reader.check_contradictions(&draft, circumstances.today);
    reader.check_ward_is_named();
    reader.check_pairs();
    if faults.count() == before { assemble(draft, circumstances.importing) } else { None }
}

/// One line with the place to report to.
struct LineReader<'a> {
    line: &'a Line,
    header: &'a Header,
    faults: &'a mut Faults,
}

impl LineReader<'_> {
    fn cell(&self, column: Column) -> &Cell {
        self.header
            .position(column)
            .and_then(|position| self.line.cells.get(position))
            .unwrap_or(&EMPTY)
    }

    fn is_filled(&self, column: Column) -> bool {
        !self.cell(column).is_blank()
    }

    fn report(&mut self, column: Column, code: FaultCode) {
        let shown = match code {
            FaultCode::DateUnreadable | FaultCode::DateImpossible | FaultCode::DateOutOfRange => {
                cells::shown_date(self.cell(column))
            }
            _ => None,
        };
        self.report_showing(column, code, shown);
    }

    fn report_showing(&mut self, column: Column, code: FaultCode, shown: Option<String>) {
        self.faults.add(Fault {
            code,
            row: Some(self.line.number),
            column: Some(column),
            letters: self.header.position(column).map(letters),
            shown,
            other_row: None,
        });
    }

    fn optional<T>(&mut self, column: Column, read: fn(&Cell) -> Read<T>) -> Option<T> {
        match read(self.cell(column)) {
            Ok(value) => value,
            Err(code) => {
                self.report(column, code);
                None
            }
        }
    }

    /// A missing column was reported with the header; its cells are not reported again.
    fn required<T>(&mut self, column: Column, read: fn(&Cell) -> Read<T>) -> Option<T> {
        self.header.position(column)?;
        match read(self.cell(column)) {
            Ok(Some(value)) => Some(value),
            Ok(None) => {
                self.report(column, FaultCode::Required);
                None
            }
            Err(code) => {
                self.report(column, code);
                None
            }
        }
    }

    fn word<T>(&mut self, column: Column, find: fn(&str) -> Option<T>) -> Option<T> {
        let text = self.optional(column, cells::text)?;
        let value = find(&text);
        if value.is_none() {
            self.report(column, FaultCode::WordUnknown);
        }
        value
    }

    fn required_word<T>(&mut self, column: Column, find: fn(&str) -> Option<T>) -> Option<T> {
        self.required(column, cells::text).is_some().then(|| self.word(column, find)).flatten()
    }

    fn name(&mut self, surname: Column, given: Column, patronymic: Column) -> Option<PersonName> {
        let surname: Option<NamePart> = self.required(surname, cells::name);
        let given = self.required(given, cells::name);
        let patronymic = self.optional(patronymic, cells::name);
        Some(PersonName { surname: surname?, given: given?, patronymic })
    }

    fn draft(&mut self) -> Draft {
        use Column as C;
        Draft {
            guardian_iin: self.required(C::GuardianIin, cells::iin),
            guardian_name: self.name(
                C::GuardianSurname,
                C::GuardianGivenName,
                C::GuardianPatronymic,
            ),
            guardian_birth_date: self.required(C::GuardianBirthDate, cells::date),
            guardian_address: self.required(C::GuardianAddress, cells::text),
            accounting: self.required_word(C::AccountingStatus, words::accounting),
            ward_iin: self.optional(C::WardIin, cells::iin),
            ward_name: self.name(C::WardSurname, C::WardGivenName, C::WardPatronymic),
            ward_birth_date: self.required(C::WardBirthDate, cells::date),
            ward_birth_act: self.optional(C::WardBirthAct, cells::text),
            capacity_reason: self.word(C::WardFullCapacityReason, words::capacity),
            capacity_from: self.optional(C::WardFullCapacityFrom, cells::date),
            form: self.required_word(C::Form, words::form),
            act_kind: self.required_word(C::ActKind, words::act),
            act_number: self.required(C::ActNumber, cells::text),
            act_date: self.required(C::ActDate, cells::date),
            act_issuer: self.required(C::ActIssuer, cells::text),
            start: self.required(C::StartDate, cells::date),
            end: self.optional(C::EndDate, cells::date),
            end_reason: self.optional(C::EndReason, cells::text),
            inventory_file: self.optional(C::InventoryFileNumber, cells::text),
            inventory_sheets: self.optional(C::InventorySheets, cells::sheets),
            provider: self.optional(C::ProviderKato, cells::kato),
        }
    }

    /// Filled cells that belong to no column: commonly a row that slipped to the right.
    fn check_strays(&mut self) {
        for (position, cell) in self.line.cells.iter().enumerate() {
            if !cell.is_blank() && !self.header.covers(position) {
                self.faults.add(Fault {
                    row: Some(self.line.number),
                    letters: Some(letters(position)),
                    ..Fault::of_file(FaultCode::CellOutsideColumns)
                });
            }
        }
    }

    fn check_contradictions(&mut self, draft: &Draft, today: Date) {
        for found in draft.facts().contradictions(today) {
            let (column, code, day) = placed(found, draft);
            match day {
                Some(day) => self.report_showing(column, code, Some(day.to_string())),
                None => self.report(column, code),
            }
        }
    }

    fn check_ward_is_named(&mut self) {
        if !self.is_filled(Column::WardIin) && !self.is_filled(Column::WardBirthAct) {
            self.report(Column::WardBirthAct, FaultCode::BirthActMissing);
        }
    }

    fn check_pairs(&mut self) {
        use Column as C;
        for (one, other, without_other, without_one) in [
            (
                C::WardFullCapacityReason,
                C::WardFullCapacityFrom,
                FaultCode::FullCapacityIncomplete,
                FaultCode::FullCapacityIncomplete,
            ),
            (
                C::InventoryFileNumber,
                C::InventorySheets,
                FaultCode::InventoryIncomplete,
                FaultCode::InventoryIncomplete,
            ),
            (
                C::EndDate,
                C::EndReason,
                FaultCode::EndReasonMissing,
                FaultCode::EndReasonWithoutDate,
            ),
        ] {
            match (self.is_filled(one), self.is_filled(other)) {
                (true, false) => self.report(other, without_other),
                (false, true) => self.report(one, without_one),
                _ => {}
            }
        }
    }
}

impl Draft {
    fn facts(&self) -> Facts {
        Facts {
            guardian_iin: self.guardian_iin,
            guardian_birth_date: self.guardian_birth_date,
            ward_iin: self.ward_iin,
            ward_birth_date: self.ward_birth_date,
            act_date: self.act_date,
            start: self.start,
            end: self.end,
        }
    }
}

/// Where a contradiction is reported, under which code, and the day that is shown with it.
fn placed(found: Contradiction, draft: &Draft) -> (Column, FaultCode, Option<Date>) {
    use Column as C;
    let of_birth = |whose, code| match whose {
        Whose::Guardian => (C::GuardianBirthDate, code, draft.guardian_birth_date),
        Whose::Ward => (C::WardBirthDate, code, draft.ward_birth_date),
    };
    match found {
        Contradiction::BirthInFuture(whose) => of_birth(whose, FaultCode::BirthInFuture),
        Contradiction::BirthDateDiffersFromIin(whose) => {
            of_birth(whose, FaultCode::BirthDateDiffersFromIin)
        }
        Contradiction::WardIsGuardian => (C::WardIin, FaultCode::WardIsGuardian, None),
        Contradiction::ActInFuture => (C::ActDate, FaultCode::ActInFuture, draft.act_date),
        Contradiction::StartInFuture => (C::StartDate, FaultCode::StartInFuture, draft.start),
        Contradiction::StartBeforeAct => (C::StartDate, FaultCode::StartBeforeAct, draft.start),
        Contradiction::EndBeforeStart => (C::EndDate, FaultCode::EndBeforeStart, draft.end),
        Contradiction::WardUnbornAtStart => (C::WardBirthDate, FaultCode::WardUnbornAtStart, None),
        Contradiction::WardAdultAtStart => (C::WardBirthDate, FaultCode::WardAdultAtStart, None),
        Contradiction::GuardianMinorAtStart => {
            (C::GuardianBirthDate, FaultCode::GuardianMinorAtStart, None)
        }
        Contradiction::WardDiffers => (C::WardIin, FaultCode::WardDiffers, None),
        Contradiction::SamePlacementTwice => (C::ActNumber, FaultCode::SamePlacementTwice, None),
    }
}

/// The row; `None` only where a cell is missing, which was reported before.
fn assemble(draft: Draft, importing: &Kato) -> Option<RegistryRow> {
    let birth_date = draft.ward_birth_date?;
    let ward = Ward {
        id: ward_id(draft.ward_iin, draft.ward_birth_act.as_deref(), birth_date),
        name: draft.ward_name?,
        iin: draft.ward_iin,
        birth_date,
        full_capacity: draft
            .capacity_reason
            .zip(draft.capacity_from)
            .map(|(reason, from)| FullCapacity { reason, from }),
        died_on: None,
    };
    let act = Act {
        kind: draft.act_kind?,
        number: draft.act_number?,
        date: draft.act_date?,
        issuer: draft.act_issuer?,
    };
    let placement = Placement {
        form: draft.form?,
        act,
        start: draft.start?,
        end: draft.end.zip(draft.end_reason).map(|(on, reason)| EndOfPlacement { on, reason }),
        inventory: draft
            .inventory_file
            .zip(draft.inventory_sheets)
            .map(|(file_number, sheets)| PropertyInventory { file_number, sheets }),
        provider: draft.provider.unwrap_or_else(|| importing.clone()),
    };
    let guardian = Guardian {
        iin: draft.guardian_iin?,
        name: draft.guardian_name?,
        birth_date: draft.guardian_birth_date?,
        address: draft.guardian_address?,
    };
    Some(RegistryRow {
        guardian,
        accounting: draft.accounting?,
        ward: WardRecord { ward, placement },
        ward_birth_act: draft.ward_birth_act,
    })
}

/// The ward's key: the same child gets the same key from every department's file, and the key shows no IIN.
pub(crate) fn ward_id(iin: Option<Iin>, birth_act: Option<&str>, birth_date: Date) -> WardId {
    let known_by = match iin {
        Some(iin) => format!("iin|{}", iin.digits()),
        None => format!("act|{}|{birth_date}", birth_act.unwrap_or_default().to_lowercase()),
    };
    let mut digest = hex::encode(Sha256::digest(known_by.as_bytes()));
    digest.truncate(24);
    WardId(format!("w-{digest}"))
}
