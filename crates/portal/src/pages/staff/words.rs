//! What stands in a record, in words for an officer's screen.

use app::{RegistryRow, RowField};
use jiff::civil::Date;
use serde::Serialize;

use crate::page::Page;

/// The value of a field of a record; a dash where there is none.
#[must_use]
pub fn value(page: &Page, row: &RegistryRow, field: RowField) -> String {
    use RowField as F;
    let (guardian, ward, placement) = (&row.guardian, &row.ward.ward, &row.ward.placement);
    let found = match field {
        F::GuardianName => Some(guardian.name.full()),
        F::GuardianBirthDate => Some(day(guardian.birth_date)),
        F::GuardianAddress => Some(guardian.address.clone()),
        F::AccountingStatus => Some(word(page, "accounting_status", &row.accounting)),
        F::WardName => Some(ward.name.full()),
        F::WardBirthDate => Some(day(ward.birth_date)),
        F::WardBirthAct => row.ward_birth_act.clone(),
        F::WardFullCapacity => ward.full_capacity.as_ref().map(|one| {
            let reason = word(page, "ward_full_capacity_reason", &one.reason);
            format!("{reason}, {}", day(one.from))
        }),
        F::WardDeath => ward.died_on.map(day),
        F::Form => Some(self::form(page, placement.form)),
        F::ActIssuer => Some(placement.act.issuer.clone()),
        F::StartDate => Some(day(placement.start)),
        F::EndDate => placement.end.as_ref().map(|end| day(end.on)),
        F::EndReason => placement.end.as_ref().map(|end| end.reason.clone()),
        F::PropertyInventory => placement.inventory.as_ref().map(|one| {
            let sheets = one.sheets.to_string();
            let values = [("file", one.file_number.as_str()), ("sheets", sheets.as_str())];
            page.texts().with_all("staff-inventory", &values)
        }),
        F::Provider => Some(department(page, &placement.provider)),
    };
    found.unwrap_or_else(|| "—".to_owned())
}

/// A form of placement, as it is called.
#[must_use]
pub fn form(page: &Page, form: domain::FormOfPlacement) -> String {
    word(page, "form", &form)
}

/// The act of a record, as it is called.
#[must_use]
pub fn act(page: &Page, row: &RegistryRow) -> String {
    let act = &row.ward.placement.act;
    format!("{} № {}, {}", word(page, "act_kind", &act.kind), act.number, day(act.date))
}

/// Name of the department of a territory.
#[must_use]
pub fn department(page: &Page, kato: &domain::Kato) -> String {
    page.provider(kato).unwrap_or_else(|| kato.as_str().to_owned())
}

/// A word of a column in the page's language.
#[must_use]
pub fn word_text(page: &Page, column: &str, code: &str) -> String {
    page.t(&format!("word-{column}-{code}"))
}

fn word(page: &Page, column: &str, value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(code)) => word_text(page, column, &code),
        _ => String::new(),
    }
}

/// A day as it is written.
#[must_use]
pub fn day(day: Date) -> String {
    format!("{:02}.{:02}.{}", day.day(), day.month(), day.year())
}
