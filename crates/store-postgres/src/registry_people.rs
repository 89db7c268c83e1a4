//! What the registry says now of the persons of an import, many with one question.
//!
//! Read next: `app::ImportPlan`, which compares it.

use std::collections::HashMap;

use app::{KnownPeople, PeopleAsked, PersonRow, StoreError};
use sqlx::{FromRow, query_as};
use vault::{PERSON, Vault};

use crate::registry::open_payload;
use crate::session::Session;

pub(crate) async fn known_people(
    session: &mut Session,
    asked: &PeopleAsked,
) -> Result<KnownPeople, StoreError> {
    let [guardians, wards] = asked.names();
    let of_guardians = "SELECT record.guardian AS person, record.record_key, present.version,
             present.import, present.place, present.payload
         FROM registry_records AS record
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         WHERE record.guardian = ANY($1)";
    let of_wards = "SELECT keys.ward AS person, record.record_key, present.version,
             present.import, present.place, present.payload
         FROM registry_keys AS keys
         JOIN registry_records AS record ON record.record_key = keys.record_key
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         WHERE keys.ward = ANY($1)";
    let guardian = |vault: &Vault, digits: &str| vault.alike(PERSON, digits);
    let ward = |vault: &Vault, id: &str| vault.ward_code(id);
    let guardians = found(session, of_guardians, guardians, guardian).await?;
    let wards = found(session, of_wards, wards, ward).await?;
    Ok(KnownPeople::of(guardians, wards))
}

/// Found by their codes, told by their names.
async fn found(
    session: &mut Session,
    select: &'static str,
    people: Vec<String>,
    code: fn(&Vault, &str) -> String,
) -> Result<Vec<(String, PersonRow)>, StoreError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let vault = session.vault.clone();
    let coded = people.into_iter().map(|name| (code(&vault, &name), name));
    let names: HashMap<String, String> = coded.collect();
    let codes: Vec<&str> = names.keys().map(String::as_str).collect();
    let rows: Vec<Row> = session.all(query_as(select).bind(codes)).await?;
    rows.into_iter().map(|row| row.read(&vault, &names)).collect()
}

#[derive(FromRow)]
struct Row {
    person: String,
    record_key: String,
    version: i64,
    import: i64,
    place: i64,
    payload: String,
}

impl Row {
    fn read(
        self,
        vault: &Vault,
        names: &HashMap<String, String>,
    ) -> Result<(String, PersonRow), StoreError> {
        let Self { person, record_key: record, version, import, place, payload } = self;
        let name = names.get(&person).ok_or(StoreError::Corrupt("registry_keys.ward"))?;
        let payload = open_payload(vault, (&record, version), payload)?;
        Ok((name.clone(), PersonRow { record, version, import, place, payload }))
    }
}
