//! Records that show another version than their last or another guardian than they name, and versions of nothing.
//!
//! Read next: `registry.rs`.

use app::StoreError;
use serde::Deserialize;
use sqlx::{FromRow, query, query_as};
use vault::{PERSON, Vault, row_key};

use crate::PostgresStore;
use crate::registry::PAYLOAD;
use crate::session::Session;

pub(crate) async fn misplaced_records(store: &PostgresStore) -> Result<u64, StoreError> {
    let mut snapshot = store.long_snapshot().await?;
    let outcome = misplaced_in(&mut snapshot).await;
    snapshot.end(outcome).await
}

/// Whose a record is stands in its sealed row: page by page it is opened and compared.
async fn misplaced_in(snapshot: &mut Session) -> Result<u64, StoreError> {
    let select = query_as(
        "SELECT COUNT(*) FROM registry_versions AS version
         WHERE NOT EXISTS (SELECT 1 FROM registry_records AS record
                 WHERE record.record_key = version.record_key)
             OR NOT EXISTS (SELECT 1 FROM imports WHERE imports.id = version.import)",
    );
    let astray: Option<(i64,)> = snapshot.optional(select).await?;
    let mut misplaced = astray.and_then(|(count,)| u64::try_from(count).ok()).unwrap_or_default();
    let records = "DECLARE records CURSOR FOR
         SELECT record.record_key, record.guardian, COALESCE(last.version, 0) AS version,
             last.version IS NOT DISTINCT FROM record.present_version AS is_last, present.payload
         FROM registry_records AS record
         LEFT JOIN (SELECT record_key, MAX(version) AS version FROM registry_versions
             GROUP BY record_key) AS last ON last.record_key = record.record_key
         LEFT JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = last.version";
    snapshot.execute(query(records)).await?;
    loop {
        let page: Vec<PlacedRow> = snapshot.all(query_as("FETCH 1000 FROM records")).await?;
        if page.is_empty() {
            return Ok(misplaced);
        }
        for row in page {
            // What cannot be read is not there either.
            let belongs_there = match row.belongs_there(&snapshot.vault) {
                Err(StoreError::Corrupt(_)) => false,
                belongs_there => belongs_there?,
            };
            misplaced += u64::from(!belongs_there);
        }
    }
}

#[derive(FromRow)]
struct PlacedRow {
    record_key: String,
    guardian: String,
    version: i64,
    is_last: bool,
    payload: Option<String>,
}

/// What tells whose a row is.
#[derive(Deserialize)]
struct Whose {
    guardian: Named,
}

#[derive(Deserialize)]
struct Named {
    iin: String,
}

impl PlacedRow {
    /// # Errors
    /// [`StoreError::Corrupt`] where nobody can open or read whose it is.
    fn belongs_there(self, vault: &Vault) -> Result<bool, StoreError> {
        let row = row_key(&self.record_key, self.version);
        let whose = self.payload.map(|stored| vault.open_json::<Whose>((PAYLOAD, &row), stored));
        let code = whose.transpose()?.map(|whose| vault.alike(PERSON, &whose.guardian.iin));
        Ok(self.is_last && code == Some(self.guardian))
    }
}
