//! One line to one registry row: every cell read, then what the cells say about each other.
//!
//! Everything that is wrong is reported, not only the first thing. Read next: `register.rs` for what rows say about
//! each other.

use app::RegistryRow;
use domain::{
    AccountingStatus, Act, ActKind, EndOfPlacement, FormOfPlacement, FullCapacity,
    FullCapacityReason, Guardian, Iin, Kato, NamePart, PersonName, Placement, PropertyInventory,
    Ward, WardId, WardRecord, age_reached_on,
};
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::cells::{self, Read};
use super::columns::{Column, letters};
use super::fault::{Fault, FaultCode};
use super::register::{Faults, Header};
use super::sheet::{Cell, Line};
use super::words;

const AGE_OF_MAJORITY: i16 = 18;
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
    reader.check_persons(&draft, circumstances.today);
    reader.check_pairs();
    reader.check_days(&draft, circumstances.today);
    reader.check_ages(&draft);
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

    fn check_persons(&mut self, draft: &Draft, today: Date) {
        use Column as C;
        for (column, iin, birth_date) in [
            (C::GuardianBirthDate, draft.guardian_iin, draft.guardian_birth_date),
            (C::WardBirthDate, draft.ward_iin, draft.ward_birth_date),
        ] {
            let Some(birth_date) = birth_date else { continue };
            let shown = Some(birth_date.to_string());
            if birth_date > today {
                self.report_showing(column, FaultCode::BirthInFuture, shown);
            } else if iin.and_then(|iin| iin.birth_date()).is_some_and(|own| own != birth_date) {
                self.report_showing(column, FaultCode::BirthDateDiffersFromIin, shown);
            }
        }
        if draft.guardian_iin.is_some() && draft.guardian_iin == draft.ward_iin {
            self.report(C::WardIin, FaultCode::WardIsGuardian);
        }
        if !self.is_filled(C::WardIin) && !self.is_filled(C::WardBirthAct) {
            self.report(C::WardBirthAct, FaultCode::BirthActMissing);
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

    fn check_days(&mut self, draft: &Draft, today: Date) {
        use Column as C;
        if let Some(act) = draft.act_date.filter(|act| *act > today) {
            self.report_showing(C::ActDate, FaultCode::ActInFuture, Some(act.to_string()));
        }
        let Some(start) = draft.start else { return };
        if start > today {
            self.report_showing(C::StartDate, FaultCode::StartInFuture, Some(start.to_string()));
        }
        if draft.act_date.is_some_and(|act| start < act) {
            self.report_showing(C::StartDate, FaultCode::StartBeforeAct, Some(start.to_string()));
        }
        if let Some(end) = draft.end.filter(|end| *end < start) {
            self.report_showing(C::EndDate, FaultCode::EndBeforeStart, Some(end.to_string()));
        }
    }

    fn check_ages(&mut self, draft: &Draft) {
        let Some(start) = draft.start else { return };
        let adult = |birth_date| age_reached_on(birth_date, AGE_OF_MAJORITY) <= start;
        if let Some(birth_date) = draft.ward_birth_date {
            if birth_date > start {
                self.report(Column::WardBirthDate, FaultCode::WardUnbornAtStart);
            } else if adult(birth_date) {
                self.report(Column::WardBirthDate, FaultCode::WardAdultAtStart);
            }
        }
        if draft.guardian_birth_date.is_some_and(|birth_date| !adult(birth_date)) {
            self.report(Column::GuardianBirthDate, FaultCode::GuardianMinorAtStart);
        }
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
