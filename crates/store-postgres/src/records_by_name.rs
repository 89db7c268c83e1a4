//! Records by how a name in them begins. The names stand in sealed rows alone: what begins with the same letters is found by
//! their code, opened and compared.

use app::{PresentRecord, RecordKeys, StoreError};
use domain::Kato;
use sqlx::query_as;

use crate::PostgresStore;
use crate::record_desk::{katos, read_present};

/// Records opened at a time.
const PAGE: u32 = 500;

/// At most `limit`, in the order of their keys.
pub(crate) async fn records_by_name(
    store: &PostgresStore,
    prefix: &str,
    keepers: &[Kato],
    limit: u32,
) -> Result<Vec<PresentRecord>, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let code = store.vault.name_code(prefix);
    let mut found = Vec::new();
    let mut after = String::new();
    while found.len() < limit {
        let page = records_with_code(store, &code, keepers, &after).await?;
        let is_last = u32::try_from(page.len()).is_ok_and(|length| length < PAGE);
        if let Some(last) = page.last() {
            after.clone_from(&last.key);
        }
        found.extend(page.into_iter().filter(|one| RecordKeys::of(&one.row).has_name(prefix)));
        if is_last {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// The next of those in which a name begins with letters of this code.
async fn records_with_code(
    store: &PostgresStore,
    code: &str,
    keepers: &[Kato],
    after: &str,
) -> Result<Vec<PresentRecord>, StoreError> {
    let select = query_as(
        "SELECT record.record_key, present.version, present.payload
         FROM (SELECT record_key FROM registry_keys
                 WHERE guardian_name = $1 AND provider = ANY($2) AND record_key > $3
             UNION SELECT record_key FROM registry_keys
                 WHERE ward_name = $1 AND provider = ANY($2) AND record_key > $3
             ORDER BY record_key LIMIT $4) AS chosen
         JOIN registry_records AS record ON record.record_key = chosen.record_key
         JOIN registry_versions AS present ON present.record_key = record.record_key
             AND present.version = record.present_version
         ORDER BY record.record_key",
    )
    .bind(code)
    .bind(katos(keepers))
    .bind(after)
    .bind(i64::from(PAGE));
    let rows: Vec<(String, i64, String)> = store.all(select).await?;
    rows.into_iter().map(|row| read_present(&store.vault, row)).collect()
}
