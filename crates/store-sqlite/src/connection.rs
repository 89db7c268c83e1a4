//! Opening the database, and the two ways in: one writer, several readers.

use std::str::FromStr;
use std::time::Duration;

use app::StoreError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Sqlite, Transaction};

use crate::error::{OpenError, fault};

/// Longest wait for the writing connection, or for a lock another process holds.
const WAIT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
/// The write-ahead log is cut back to this after a large import.
const LOG_SIZE_BYTES: &str = "67108864";

/// The store on one SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens a file, by its path or as `sqlite:` URL; it is created where it does not exist.
    /// Call [`Self::migrate`] before anything else.
    ///
    /// # Errors
    /// [`OpenError::Database`].
    pub async fn open(path_or_url: &str) -> Result<Self, OpenError> {
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
        let writer = pool(1).connect_with(options.clone().create_if_missing(true)).await?;
        let readers = pool(READERS).connect_lazy_with(options.read_only(true));
        Ok(Self { writer, readers })
    }

    /// Brings the schema up to date; the migrations are part of the program.
    ///
    /// # Errors
    /// [`OpenError::Migration`].
    pub async fn migrate(&self) -> Result<(), OpenError> {
        Ok(sqlx::migrate!("./migrations").run(&self.writer).await?)
    }

    /// Ends all connections, after the transactions that run.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// A writing transaction; it holds the only write lock from its first statement on, so what it reads cannot
    /// change before it commits. Dropped without commit, it leaves nothing.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(fault)
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
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
}
