//! What the registry says now of the persons of an import, many with one question.
//!
//! Read next: `app::ImportPlan`, which compares it.

use std::collections::HashMap;

use app::{KnownPeople, PeopleAsked, PersonRow, StoreError};
use sqlx::{FromRow, SqliteConnection, query_as};
use vault::{PERSON, Vault};

use crate::codec::to_json;
use crate::error::fault;
use crate::registry::opened;

/// The numbers travel as one JSON array.
pub(crate) async fn known_people(
    connection: &mut SqliteConnection,
    vault: &Vault,
    asked: &PeopleAsked,
) -> Result<KnownPeople, StoreError> {
    let [guardians, wards] = asked.names();
    let guardians = coded(guardians, |digits| vault.alike(PERSON, digits));
    let wards = coded(wards, |ward| vault.ward_code(ward));
    let of_guardians = "SELECT record.guardian AS person, record.record_key, present.version,
             present.import, present.place, present.payload
         FROM json_each(?) AS asked
         JOIN registry_records AS record ON record.guardian = asked.value
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version";
    let of_wards = "SELECT keys.ward AS person, record.record_key, present.version,
             present.import, present.place, present.payload
         FROM json_each(?) AS asked
         JOIN registry_keys AS keys ON keys.ward = asked.value
         JOIN registry_records AS record ON record.record_key = keys.record_key
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version";
    let guardians = found(connection, vault, of_guardians, &guardians).await?;
    let wards = found(connection, vault, of_wards, &wards).await?;
    Ok(KnownPeople::of(guardians, wards))
}

async fn found(
    connection: &mut SqliteConnection,
    vault: &Vault,
    select: &'static str,
    people: &HashMap<String, String>,
) -> Result<Vec<(String, PersonRow)>, StoreError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let codes: Vec<&String> = people.keys().collect();
    let rows: Vec<Row> =
        query_as(select).bind(to_json(&codes)?).fetch_all(connection).await.map_err(fault)?;
    rows.into_iter().map(|row| row.read(vault, people)).collect()
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
        people: &HashMap<String, String>,
    ) -> Result<(String, PersonRow), StoreError> {
        let Self { person, record_key: record, version, import, place, payload } = self;
        let payload = opened(vault, (&record, version), payload)?;
        let person = people.get(&person).cloned().unwrap_or(person);
        Ok((person, PersonRow { record, version, import, place, payload }))
    }
}

/// Who was asked about, by his code.
fn coded(people: Vec<String>, code: impl Fn(&str) -> String) -> HashMap<String, String> {
    people.into_iter().map(|person| (code(&person), person)).collect()
}
