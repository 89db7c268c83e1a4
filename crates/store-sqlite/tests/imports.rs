//! Proving what imports brought reads all versions once, however many imports there were.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

use app::Registry;
use cpu_time::ProcessTime;
use sqlx::raw_sql;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use store_sqlite::SqliteStore;

/// Two thousand imports of ten records each.
const IMPORTS: &str = "
    BEGIN;
    WITH RECURSIVE numbers (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM numbers WHERE id < 2000)
        INSERT INTO imports (id, file_digest, entered_by, entered_at, new_count, changed_count,
            ended_count, unchanged_count)
        SELECT id, 'file-' || id, '101010000', id, 10, 0, 0, 0 FROM numbers;
    WITH RECURSIVE places (place) AS (SELECT 0 UNION ALL SELECT place + 1 FROM places WHERE place < 9)
        INSERT INTO registry_versions
        SELECT id || '-' || place, 1, id, place, id, printf('%0300d', place) FROM places, imports;
    INSERT INTO registry_records SELECT record_key, 'guardian', 1 FROM registry_versions;
    COMMIT;";

#[tokio::test]
async fn many_imports_are_proven_by_one_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyqtama.db");
    let store = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
    store.migrate().await.unwrap();
    let raw = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path)).await.unwrap();
    raw_sql(IMPORTS).execute(&raw).await.unwrap();
    let begun = ProcessTime::now();
    let versions = "SELECT * FROM registry_versions ORDER BY import, place";
    assert_eq!(raw_sql(versions).fetch_all(&raw).await.unwrap().len(), 20_000);
    let one_reading = begun.elapsed();
    let begun = ProcessTime::now();
    let digests = store.import_digests().await.unwrap();
    let proving = begun.elapsed();
    assert_eq!(digests.len(), 2_000);
    assert!(proving < one_reading * 15, "{proving:?}, one reading {one_reading:?}");
}
