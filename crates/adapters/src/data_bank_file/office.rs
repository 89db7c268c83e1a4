//! Departments' files as the officers' pages need them: faults by cell, one line from a form, a record back into cells.
//!
//! Read next: `mod.rs` for reading.

use app::{CellFault, DepartmentFiles, InLanguages, ReadFile, RegistryRow, TypedCell};
use domain::{Kato, Language};
use jiff::civil::Date;
use serde::Serialize;

use super::columns::Column;
use super::fault::Fault;
use super::{read_watched, template_bytes, words};

/// Files of the template's columns.
#[derive(Clone, Copy, Debug, Default)]
pub struct TemplateFiles;

impl DepartmentFiles for TemplateFiles {
    fn read(
        &self,
        bytes: &[u8],
        department: &Kato,
        today: Date,
        watch: &dyn Fn(u32, u32),
    ) -> Result<ReadFile, Vec<CellFault>> {
        match read_watched(bytes, department, today, watch) {
            Ok(file) => Ok(ReadFile { rows: file.rows, lines: file.lines }),
            Err(faults) => Err(faults.0.iter().map(told).collect()),
        }
    }

    fn of_one_line(&self, cells: &[TypedCell<'_>]) -> Vec<u8> {
        let typed = |column: Column| {
            let cell = cells.iter().find(|(name, _)| *name == column.name());
            cell.map_or("", |(_, text)| text.trim())
        };
        let mut writer = csv::Writer::from_writer(Vec::new());
        let lines = [Column::ALL.map(Column::name), Column::ALL.map(typed)];
        for line in lines {
            // Into memory: there is nothing that could fail.
            let _ = writer.write_record(line);
        }
        writer.into_inner().unwrap_or_default()
    }

    fn words(&self, column: &str) -> Vec<&'static str> {
        Column::parse(column).map(words::codes).unwrap_or_default()
    }

    fn columns(&self) -> Vec<&'static str> {
        Column::ALL.map(Column::name).to_vec()
    }

    fn template(&self) -> Option<Vec<u8>> {
        template_bytes().inspect_err(|error| tracing::error!(%error, "no template")).ok()
    }

    fn cells(&self, row: &RegistryRow) -> Vec<(&'static str, String)> {
        Column::ALL.map(|column| (column.name(), cell(row, column))).to_vec()
    }
}

fn told(fault: &Fault) -> CellFault {
    let [what, expected] = [None, Some("expected")].map(|part| InLanguages {
        kk: fault.part(Language::Kk, part),
        ru: fault.part(Language::Ru, part),
        en: fault.part(Language::En, part),
    });
    CellFault {
        row: fault.row,
        letters: fault.letters.clone(),
        column: fault.column.map(Column::name),
        what,
        expected,
    }
}

/// What the template would have in a column of a record.
fn cell(row: &RegistryRow, column: Column) -> String {
    use Column as C;
    let (guardian, ward, placement) = (&row.guardian, &row.ward.ward, &row.ward.placement);
    let day = |day: Date| day.to_string();
    let patronymic =
        |name: &domain::PersonName| name.patronymic.as_ref().map(|part| part.as_str().to_owned());
    let optional = match column {
        C::GuardianIin => Some(guardian.iin.digits()),
        C::GuardianSurname => Some(guardian.name.surname.as_str().to_owned()),
        C::GuardianGivenName => Some(guardian.name.given.as_str().to_owned()),
        C::GuardianPatronymic => patronymic(&guardian.name),
        C::GuardianBirthDate => Some(day(guardian.birth_date)),
        C::GuardianAddress => Some(guardian.address.clone()),
        C::AccountingStatus => Some(word(&row.accounting)),
        C::WardIin => ward.iin.map(|iin| iin.digits()),
        C::WardSurname => Some(ward.name.surname.as_str().to_owned()),
        C::WardGivenName => Some(ward.name.given.as_str().to_owned()),
        C::WardPatronymic => patronymic(&ward.name),
        C::WardBirthDate => Some(day(ward.birth_date)),
        C::WardBirthAct => row.ward_birth_act.clone(),
        C::WardFullCapacityReason => ward.full_capacity.as_ref().map(|one| word(&one.reason)),
        C::WardFullCapacityFrom => ward.full_capacity.as_ref().map(|one| day(one.from)),
        C::Form => Some(word(&placement.form)),
        C::ActKind => Some(word(&placement.act.kind)),
        C::ActNumber => Some(placement.act.number.clone()),
        C::ActDate => Some(day(placement.act.date)),
        C::ActIssuer => Some(placement.act.issuer.clone()),
        C::StartDate => Some(day(placement.start)),
        C::EndDate => placement.end.as_ref().map(|end| day(end.on)),
        C::EndReason => placement.end.as_ref().map(|end| end.reason.clone()),
        C::InventoryFileNumber => placement.inventory.as_ref().map(|one| one.file_number.clone()),
        C::InventorySheets => placement.inventory.as_ref().map(|one| one.sheets.to_string()),
        C::ProviderKato => Some(placement.provider.as_str().to_owned()),
    };
    optional.unwrap_or_default()
}

/// The domain's own word, which is the column's code too.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_becomes_a_line_and_the_line_the_same_record() {
        let department = Kato::parse("710000000").unwrap();
        let today: Date = "2026-11-23".parse().unwrap();
        let example = super::super::example_csv();
        let first = super::super::read(&example, &department, today).unwrap().rows.remove(0);
        let cells = TemplateFiles.cells(&first);
        let typed: Vec<TypedCell<'_>> =
            cells.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let seen = std::cell::Cell::new((0, 0));
        let line = TemplateFiles.of_one_line(&typed);
        let again = TemplateFiles.read(&line, &department, today, &|done, total| {
            seen.set((done, total));
        });
        assert_eq!(again.unwrap().rows, [first]);
        assert_eq!(seen.get(), (2, 2));
    }

    #[test]
    fn a_form_tells_each_wrong_cell_by_its_column() {
        let department = Kato::parse("710000000").unwrap();
        let line =
            TemplateFiles.of_one_line(&[("guardian_iin", "1\"2,3\n4"), ("form", "опекунство")]);
        let today = "2026-11-23".parse().unwrap();
        let faults = TemplateFiles.read(&line, &department, today, &|_, _| ()).unwrap_err();
        for column in ["guardian_iin", "form", "act_date"] {
            let fault = faults.iter().find(|fault| fault.column == Some(column)).unwrap();
            for language in Language::ALL {
                assert!(fault.what.of(language).len() > 5 && fault.expected.of(language).len() > 5);
            }
        }
    }
}
