//! Opening the database, and the two ways in: one writer, several readers.

use std::str::FromStr;
use std::time::Duration;

use app::StoreError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Sqlite, Transaction};
use vault::Vault;

use crate::error::{OpenError, fault};

/// Longest wait for the writing connection, or for a lock another process holds: people who ask while the largest file of a
/// department is taken in (100,000 rows, `docs/performance.md`) wait for it and are not turned away.
const WAIT: Duration = Duration::from_secs(60);
const READERS: u32 = 4;
/// The write-ahead log is cut back to this after a large import.
const LOG_SIZE_BYTES: &str = "67108864";

/// The store on one SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Without keys until [`Self::unlock`].
    pub(crate) vault: Vault,
}

impl SqliteStore {
    /// Opens a file, by its path or as `sqlite:` URL; it is created where it does not exist.
    /// Call [`Self::migrate`] before anything else.
    ///
    /// # Errors
    /// [`OpenError::Database`].
    pub async fn open(path_or_url: &str) -> Result<Self, OpenError> {
        Self::open_with(path_or_url, true).await
    }

    /// Opens a file that exists. Call [`Self::require_schema`] before anything else.
    ///
    /// # Errors
    /// [`OpenError::Database`].
    pub async fn open_existing(path_or_url: &str) -> Result<Self, OpenError> {
        Self::open_with(path_or_url, false).await
    }

    async fn open_with(path_or_url: &str, create: bool) -> Result<Self, OpenError> {
        let options = if path_or_url.starts_with("sqlite:") {
            SqliteConnectOptions::from_str(path_or_url)?
        } else {
            SqliteConnectOptions::new().filename(path_or_url)
        };
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(WAIT)
            .pragma("journal_size_limit", LOG_SIZE_BYTES)
            .disable_statement_logging();
        let writer = pool(1).connect_with(options.clone().create_if_missing(create)).await?;
        let readers = pool(READERS).connect_lazy_with(options.read_only(true));
        Ok(Self { writer, readers, vault: Vault::default() })
    }

    /// Ends all connections, after the transactions that run.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Connections of the writer and of the readers: all, idle, most.
    #[must_use]
    pub fn connections(&self) -> [(u32, usize, u32); 2] {
        [&self.writer, &self.readers]
            .map(|pool| (pool.size(), pool.num_idle(), pool.options().get_max_connections()))
    }

    /// A writing transaction; it holds the only write lock from its first statement on, so what it reads cannot
    /// change before it commits. Dropped without commit, it leaves nothing.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(fault)
    }

    /// The writing connection for a single statement, which is a transaction of its own.
    pub(crate) fn write_once(&self) -> &SqlitePool {
        &self.writer
    }

    /// The connections that read, each statement for itself.
    pub(crate) fn read(&self) -> &SqlitePool {
        &self.readers
    }
}

fn pool(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(WAIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_release(|connection, _| {
            Box::pin(async move {
                // When the disk is full SQLite rolls back by itself, the driver's own rollback then fails, and it
                // would think itself within a transaction for ever. The ping waits for the rollback to be over.
                if connection.is_in_transaction() {
                    connection.ping().await?;
                }
                Ok(!connection.is_in_transaction())
            })
        })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use app::testing::samples::{
        batch, decide, documents, draft, iin, intend, last_step, leased, planned_certificate,
        registered, registry_row, stored,
    };
    use app::{Registry, Store, verify_chain};
    use domain::RequestState;
    use sqlx::{AssertSqlSafe, query, query_scalar};

    use super::*;

    async fn fresh() -> (SqliteStore, Arc<dyn Store>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anyqtama.db");
        let sqlite = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
        sqlite.migrate().await.unwrap();
        (sqlite.clone(), Arc::new(sqlite), folder)
    }

    /// No further page can be had, as on a full disk.
    async fn fill_disk(sqlite: &SqliteStore) {
        let pages: i64 = query_scalar("PRAGMA page_count").fetch_one(&sqlite.writer).await.unwrap();
        let full = AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        query(full).execute(&sqlite.writer).await.unwrap();
    }

    async fn free_disk(sqlite: &SqliteStore) {
        query("PRAGMA max_page_count = 1000000").execute(&sqlite.writer).await.unwrap();
    }

    fn is_unavailable<T>(outcome: Result<T, StoreError>) -> bool {
        matches!(outcome, Err(StoreError::Unavailable(_)))
    }

    #[tokio::test]
    async fn on_a_full_disk_nothing_is_half_written_and_work_goes_on_afterwards() {
        let (sqlite, store, _folder) = fresh().await;
        let number = registered(&store, 1).await;
        let lease = leased(&store, 1).await;
        decide(&store, &lease, vec![planned_certificate(&number, iin(1), 1)]).await;
        intend(&store, &lease).await;
        let before = stored(&store, &number).await;
        let mut sealed = documents(&store, &number, "sealed").await;
        sealed[0].1.resize(1_000_000, 0);
        let issued = last_step(&before, &lease, RequestState::Granted, sealed.clone());
        for _ in 0..3 {
            fill_disk(&sqlite).await;
            assert!(is_unavailable(store.commit(&issued).await));
            assert_eq!(stored(&store, &number).await, before);
            assert_eq!(store.document(&sealed[0].0).await.unwrap(), None);
            assert!(store.unsealed(&sealed[0].0).await.unwrap().is_some());
            assert_eq!(store.audit_from(1, 100).await.unwrap().len(), 3);
        }
        free_disk(&sqlite).await;
        store.commit(&issued).await.unwrap();
        assert_eq!(store.document(&sealed[0].0).await.unwrap().as_ref(), Some(&sealed[0].1));
        verify_chain(&store.audit_from(1, 100).await.unwrap(), 1, "").unwrap();
    }

    #[tokio::test]
    async fn on_a_full_disk_neither_drafts_nor_imports_are_taken() {
        let (sqlite, store, _folder) = fresh().await;
        let mut draft = draft(iin(1), "challenge");
        draft.document = vec![0; 1_000_000];
        fill_disk(&sqlite).await;
        assert!(is_unavailable(store.put_draft(&draft).await));
        let rows = (0..500).map(|index| registry_row(iin(index), "ward")).collect();
        let batch = batch(1, rows);
        fill_disk(&sqlite).await;
        assert!(is_unavailable(sqlite.apply_import(&batch).await));
        assert_eq!(sqlite.guardian_record(iin(0)).await.unwrap(), None);
        assert_eq!(sqlite.last_import_at().await.unwrap(), None);
        free_disk(&sqlite).await;
        store.put_draft(&draft).await.unwrap();
        assert_eq!(sqlite.apply_import(&batch).await.unwrap().taken_in().unwrap().new, 500);
    }

    #[tokio::test]
    async fn every_connection_has_the_settings_that_keep_data_safe() {
        let (sqlite, _store, _folder) = fresh().await;
        for pool in [&sqlite.writer, &sqlite.readers] {
            let full: i64 = query_scalar("PRAGMA synchronous").fetch_one(pool).await.unwrap();
            let foreign_keys: i64 =
                query_scalar("PRAGMA foreign_keys").fetch_one(pool).await.unwrap();
            let wait_ms: i64 = query_scalar("PRAGMA busy_timeout").fetch_one(pool).await.unwrap();
            assert_eq!((full, foreign_keys, wait_ms), (2, 1, 60_000));
        }
        let written = query("DELETE FROM sessions").execute(&sqlite.readers).await;
        assert!(written.is_err());
    }

    #[tokio::test]
    async fn migrating_twice_changes_nothing() {
        let (sqlite, store, _folder) = fresh().await;
        let number = registered(&store, 1).await;
        sqlite.migrate().await.unwrap();
        assert_eq!(stored(&store, &number).await.version, 1);
    }
}
