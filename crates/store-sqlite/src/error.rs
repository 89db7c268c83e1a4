//! What SQLite's errors mean to a caller. No value of a row is ever in them: SQLite names tables and columns only.

use app::StoreError;
use sqlx::error::ErrorKind;

/// Why the database could not be opened or brought to the present schema.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be opened, or is no database.
    #[error("the database cannot be opened")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database cannot be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database was migrated by another program: the migration of this number differs or is unknown here.
    #[error("the database has another schema than this program: migration {0}")]
    OtherSchema(i64),
    /// The migration of this number is missing, and perhaps more behind it.
    #[error("the database lacks migration {0}: run `anyqtama migrate`")]
    Older(i64),
    /// A newer version took away what this one uses.
    #[error(
        "the database needs a program that knows migration {oldest}, this one knows {program}: use the newer version"
    )]
    OutdatedProgram {
        /// Number of the migration that a program must know.
        oldest: i64,
        /// Number of the last one this program knows.
        program: i64,
    },
}

/// A value of the program that cannot be written as JSON would be a fault of the program.
pub(crate) fn unwritable(error: serde_json::Error) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

/// Full disks, input-output faults, locks and broken constraints are all «not available»: nothing was stored.
pub(crate) fn fault(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::Decode(_) => StoreError::Corrupt("a column"),
        other => StoreError::Unavailable(Box::new(other)),
    }
}

/// Like [`fault`], but a number, token or key drawn at random that exists already is told apart,
/// because another draw repairs it.
pub(crate) fn fault_or_taken(error: sqlx::Error) -> StoreError {
    const DRAWN: [&str; 4] = ["requests.number", "results.id", "results.number", "results.token"];
    let taken = error.as_database_error().is_some_and(|database| {
        let columns = database.message().rsplit(": ").next().unwrap_or_default();
        // Numbers of erased documents are held by a trigger.
        let is_taken = matches!(database.kind(), ErrorKind::UniqueViolation)
            || database.message().contains("results_never_again");
        is_taken && DRAWN.contains(&columns)
    });
    if taken { StoreError::NumberTaken } else { fault(error) }
}
