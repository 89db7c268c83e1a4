//! What is asked and answered: `docs/shep/guardianships.v1.xsd`, element by element.
//!
//! A value that the domain would not take makes the whole answer unfit: half a record is none. Wards have the same keys as
//! in departments' files, so that a change of the source changes nobody.

use app::AccessProof;
use domain::{
    AccountingStatus, Act, ActKind, EndOfPlacement, FormOfPlacement, FullCapacity,
    FullCapacityReason, Guardian, GuardianRecord, Iin, Kato, PersonName, Placement,
    PropertyInventory, Ward, WardRecord, clean_text,
};
use jiff::civil::Date;
use roxmltree::Node;

use crate::data_bank_file::ward_id;
use crate::shep::{Children, Unfit, Writer};

const NAMESPACE: &str = "urn:anyqtama:guardianships:v1";
const TEXT_CHARACTERS_MAX: usize = 300;

/// An answer, with the person it is about.
pub(super) struct About {
    pub(super) guardian: Iin,
    pub(super) told: Told,
}

/// What the data bank says about a person.
pub(super) enum Told {
    /// This.
    Record(Box<GuardianRecord>),
    /// That there is nothing.
    NoRecord,
}

/// Writes the question about a person, with the proof of his consent where there is one.
pub(super) fn request(data: &mut Writer, guardian: Iin, proof: Option<&AccessProof>) {
    let namespace = format!("xmlns:g=\"{NAMESPACE}\"");
    data.element_with("g:guardianshipsRequest", &namespace, |inside| {
        inside.text("g:guardianIin", &guardian.digits());
        if let Some(AccessProof { token, public_key }) = proof {
            inside.text("g:kdpToken", token);
            inside.text("g:publicKey", public_key);
        }
    });
}

/// Reads the data of an answer.
pub(super) fn answer(data: Node<'_, '_>) -> Result<About, Unfit> {
    let mut data = children(data)?;
    let answer = data.element("guardianshipsResponse")?;
    data.end()?;
    let mut answer = children(answer)?;
    let guardian = iin(&answer.text("guardianIin")?, "guardianIin")?;
    let told = match answer.optional("noRecord") {
        Some(nothing) => {
            children(nothing)?.end()?;
            Told::NoRecord
        }
        None => Told::Record(Box::new(record(answer.element("record")?, guardian)?)),
    };
    answer.end()?;
    Ok(About { guardian, told })
}

fn record(node: Node<'_, '_>, iin: Iin) -> Result<GuardianRecord, Unfit> {
    let mut fields = children(node)?;
    let guardian = guardian(fields.element("guardian")?, iin)?;
    let accounting = match fields.text("accounting")?.as_str() {
        "active" => AccountingStatus::Active,
        "ended" => AccountingStatus::Ended,
        "none" => AccountingStatus::None,
        _ => return Err(Unfit("accounting")),
    };
    let mut wards = Vec::new();
    while let Some(node) = fields.optional("placement") {
        wards.push(ward_record(node)?);
    }
    fields.end()?;
    Ok(GuardianRecord { guardian, accounting, wards, by_register: Vec::new() })
}

fn guardian(node: Node<'_, '_>, iin: Iin) -> Result<Guardian, Unfit> {
    let mut fields = children(node)?;
    let guardian = Guardian {
        iin,
        name: name(&mut fields)?,
        birth_date: day(&fields.text("birthDate")?, "birthDate")?,
        address: line(&fields.text("address")?, "address")?,
    };
    fields.end()?;
    Ok(guardian)
}

fn ward_record(node: Node<'_, '_>) -> Result<WardRecord, Unfit> {
    let mut fields = children(node)?;
    let ward = ward(fields.element("ward")?)?;
    let form = form(&fields.text("form")?)?;
    let act = act(fields.element("act")?)?;
    let start = day(&fields.text("start")?, "start")?;
    let end = fields.optional_text("end")?.map(|text| day(&text, "end")).transpose()?;
    let inventory = fields.optional("inventory").map(inventory).transpose()?;
    let provider = Kato::parse(&fields.text("provider")?).map_err(|_| Unfit("provider"))?;
    fields.end()?;
    // The reason stays with the department that has it.
    let end = end.map(|on| EndOfPlacement { on, reason: String::new() });
    Ok(WardRecord { ward, placement: Placement { form, act, start, end, inventory, provider } })
}

fn ward(node: Node<'_, '_>) -> Result<Ward, Unfit> {
    let mut fields = children(node)?;
    let number = fields.optional_text("iin")?.map(|text| iin(&text, "iin")).transpose()?;
    let birth_act = fields.optional_text("birthAct")?;
    let birth_act = birth_act.map(|text| line(&text, "birthAct")).transpose()?;
    if number.is_none() && birth_act.is_none() {
        return Err(Unfit("iin or birthAct"));
    }
    let name = name(&mut fields)?;
    let birth_date = day(&fields.text("birthDate")?, "birthDate")?;
    let full_capacity = fields.optional("fullCapacity").map(full_capacity).transpose()?;
    let died_on = fields.optional_text("diedOn")?.map(|text| day(&text, "diedOn")).transpose()?;
    fields.end()?;
    let id = ward_id(number, birth_act.as_deref(), birth_date);
    Ok(Ward { id, name, iin: number, birth_date, full_capacity, died_on })
}

fn full_capacity(node: Node<'_, '_>) -> Result<FullCapacity, Unfit> {
    let mut fields = children(node)?;
    let reason = match fields.text("reason")?.as_str() {
        "emancipation" => FullCapacityReason::Emancipation,
        "marriage" => FullCapacityReason::Marriage,
        _ => return Err(Unfit("reason")),
    };
    let from = day(&fields.text("from")?, "from")?;
    fields.end()?;
    Ok(FullCapacity { reason, from })
}

fn form(text: &str) -> Result<FormOfPlacement, Unfit> {
    Ok(match text {
        "guardianship" => FormOfPlacement::Guardianship,
        "patronage" => FormOfPlacement::Patronage,
        "foster_family" => FormOfPlacement::FosterFamily,
        "professional_foster_family" => FormOfPlacement::ProfessionalFosterFamily,
        "guest_family" => FormOfPlacement::GuestFamily,
        "adoption" => FormOfPlacement::Adoption,
        _ => return Err(Unfit("form")),
    })
}

fn act(node: Node<'_, '_>) -> Result<Act, Unfit> {
    let mut fields = children(node)?;
    let kind = match fields.text("kind")?.as_str() {
        "order" => ActKind::Order,
        "decision" => ActKind::Decision,
        "resolution" => ActKind::Resolution,
        _ => return Err(Unfit("kind")),
    };
    let act = Act {
        kind,
        number: line(&fields.text("number")?, "number")?,
        date: day(&fields.text("date")?, "date")?,
        issuer: line(&fields.text("issuer")?, "issuer")?,
    };
    fields.end()?;
    Ok(act)
}

fn inventory(node: Node<'_, '_>) -> Result<PropertyInventory, Unfit> {
    let mut fields = children(node)?;
    let file_number = line(&fields.text("fileNumber")?, "fileNumber")?;
    let sheets = fields.text("sheets")?;
    let is_number = sheets.len() <= 6
        && !sheets.starts_with('0')
        && sheets.bytes().all(|byte| byte.is_ascii_digit());
    let sheets = sheets.parse().ok().filter(|_| is_number).ok_or(Unfit("sheets"))?;
    fields.end()?;
    Ok(PropertyInventory { file_number, sheets })
}

fn children<'a, 'input>(node: Node<'a, 'input>) -> Result<Children<'a, 'input>, Unfit> {
    Children::of(node, Some(NAMESPACE))
}

fn name(fields: &mut Children<'_, '_>) -> Result<PersonName, Unfit> {
    let surname = fields.text("surname")?;
    let given = fields.text("givenName")?;
    let patronymic = fields.optional_text("patronymic")?.unwrap_or_default();
    let name = PersonName::parse(&surname, &given, &patronymic).map_err(|_| Unfit("name"))?;
    if certificate::printable(&name.full()).is_err() {
        return Err(Unfit("name"));
    }
    Ok(name)
}

/// Twelve digits and nothing around them.
fn iin(text: &str, place: &'static str) -> Result<Iin, Unfit> {
    Iin::parse(text).ok().filter(|iin| iin.digits() == text).ok_or(Unfit(place))
}

/// A day without a zone.
fn day(text: &str, place: &'static str) -> Result<Date, Unfit> {
    let is_day = text.char_indices().all(|(at, character)| match at {
        4 | 7 => character == '-',
        _ => character.is_ascii_digit(),
    });
    let day = text.parse().ok().filter(|_| is_day && text.len() == 10);
    day.filter(|day: &Date| (1900..=2100).contains(&day.year())).ok_or(Unfit(place))
}

/// A text that can be printed.
fn line(text: &str, place: &'static str) -> Result<String, Unfit> {
    let clean = clean_text(text);
    let is_fit = !clean.is_empty()
        && clean.chars().count() <= TEXT_CHARACTERS_MAX
        && certificate::printable(&clean).is_ok();
    if is_fit { Ok(clean) } else { Err(Unfit(place)) }
}
