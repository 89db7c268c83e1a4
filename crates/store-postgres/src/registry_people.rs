//! What the registry says now of the persons of an import, many with one question.
//!
//! Read next: `app::ImportPlan`, which compares it.

use app::{KnownPeople, PeopleAsked, PersonRow, StoreError};
use sqlx::{FromRow, query_as};

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
    let guardians = found(session, of_guardians, &guardians).await?;
    let wards = found(session, of_wards, &wards).await?;
    Ok(KnownPeople::of(guardians, wards))
}

async fn found(
    session: &mut Session,
    select: &'static str,
    people: &[String],
) -> Result<Vec<(String, PersonRow)>, StoreError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = session.all(query_as(select).bind(people)).await?;
    Ok(rows.into_iter().map(Row::read).collect())
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
    fn read(self) -> (String, PersonRow) {
        let Self { person, record_key: record, version, import, place, payload } = self;
        (person, PersonRow { record, version, import, place, payload })
    }
}
