//! The data bank behind the gateway: what it has about a person, written as the contract says.

use std::collections::HashMap;

use domain::{
    AccountingStatus, Act, ActKind, FormOfPlacement, FullCapacityReason, Iin, PersonName,
};
use jiff::civil::Date;

use crate::people::BankRecord;

/// Records by guardian.
pub struct Bank {
    by_guardian: HashMap<Iin, Vec<BankRecord>>,
    people: People,
}

/// Everybody in it who has a number: his name and his birth date.
pub(super) type People = HashMap<Iin, (PersonName, Date)>;

impl Bank {
    /// Of these records, each person's in their order.
    #[must_use]
    pub fn new(records: &[BankRecord]) -> Self {
        let mut by_guardian: HashMap<Iin, Vec<BankRecord>> = HashMap::new();
        let mut people = People::new();
        for record in records {
            let (guardian, ward) = (&record.guardian, &record.ward.ward);
            people.insert(guardian.iin, (guardian.name.clone(), guardian.birth_date));
            if let Some(iin) = ward.iin {
                people.insert(iin, (ward.name.clone(), ward.birth_date));
            }
            by_guardian.entry(record.guardian.iin).or_default().push(record.clone());
        }
        Self { by_guardian, people }
    }

    /// The people in it, as the register of natural persons has them too.
    pub(super) fn people(&self) -> &People {
        &self.people
    }

    /// Somebody it has a record of, who is not this person.
    pub(super) fn somebody_else(&self, than: Iin) -> Option<Iin> {
        self.by_guardian.keys().copied().find(|iin| *iin != than)
    }

    /// What it says about a person.
    pub(super) fn answer(&self, guardian: Iin) -> String {
        let content = match self.by_guardian.get(&guardian).map(Vec::as_slice) {
            Some([first, rest @ ..]) => record(first, rest),
            _ => "<g:noRecord></g:noRecord>".to_owned(),
        };
        let iin = text("guardianIin", &guardian.digits());
        format!(
            "<g:guardianshipsResponse xmlns:g=\"{}\">{iin}{content}</g:guardianshipsResponse>",
            super::asking::CONTRACT
        )
    }
}

fn record(first: &BankRecord, rest: &[BankRecord]) -> String {
    let guardian = &first.guardian;
    let person = [
        name(&guardian.name),
        text("birthDate", &guardian.birth_date.to_string()),
        text("address", &guardian.address),
    ];
    let accounting = match first.accounting {
        AccountingStatus::Active => "active",
        AccountingStatus::Ended => "ended",
        AccountingStatus::None => "none",
    };
    let placements: String = std::iter::once(first).chain(rest).map(placement).collect();
    let content =
        [element("guardian", &person.concat()), text("accounting", accounting), placements];
    element("record", &content.concat())
}

fn placement(record: &BankRecord) -> String {
    let placement = &record.ward.placement;
    // Why it ended stays with the department.
    let end = placement.end.as_ref().map(|end| text("end", &end.on.to_string()));
    let inventory = placement.inventory.as_ref().map(|inventory| {
        let file = text("fileNumber", &inventory.file_number);
        element("inventory", &(file + &text("sheets", &inventory.sheets.to_string())))
    });
    let content = [
        ward(record),
        text("form", form(placement.form)),
        act(&placement.act),
        text("start", &placement.start.to_string()),
        end.unwrap_or_default(),
        inventory.unwrap_or_default(),
        text("provider", placement.provider.as_str()),
    ];
    element("placement", &content.concat())
}

fn ward(record: &BankRecord) -> String {
    let ward = &record.ward.ward;
    let optional =
        |name: &str, value: Option<&str>| value.map_or_else(String::new, |value| text(name, value));
    let capacity = ward.full_capacity.map(|capacity| {
        let reason = match capacity.reason {
            FullCapacityReason::Emancipation => "emancipation",
            FullCapacityReason::Marriage => "marriage",
        };
        let from = text("from", &capacity.from.to_string());
        element("fullCapacity", &(text("reason", reason) + &from))
    });
    let content = [
        optional("iin", ward.iin.map(|iin| iin.digits()).as_deref()),
        optional("birthAct", record.ward_birth_act.as_deref()),
        name(&ward.name),
        text("birthDate", &ward.birth_date.to_string()),
        capacity.unwrap_or_default(),
        optional("diedOn", ward.died_on.map(|day| day.to_string()).as_deref()),
    ];
    element("ward", &content.concat())
}

fn act(act: &Act) -> String {
    let kind = match act.kind {
        ActKind::Order => "order",
        ActKind::Decision => "decision",
        ActKind::Resolution => "resolution",
    };
    let content = [
        text("kind", kind),
        text("number", &act.number),
        text("date", &act.date.to_string()),
        text("issuer", &act.issuer),
    ];
    element("act", &content.concat())
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

fn name(name: &PersonName) -> String {
    let patronymic = name.patronymic.as_ref().map(|part| text("patronymic", part.as_str()));
    [
        text("surname", name.surname.as_str()),
        text("givenName", name.given.as_str()),
        patronymic.unwrap_or_default(),
    ]
    .concat()
}

fn element(name: &str, content: &str) -> String {
    format!("<g:{name}>{content}</g:{name}>")
}

fn text(name: &str, value: &str) -> String {
    element(name, &escaped(value))
}

/// Text that cannot become markup.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
