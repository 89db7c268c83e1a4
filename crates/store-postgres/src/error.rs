//! What PostgreSQL's errors mean to a caller. Its messages and details repeat values of rows, so nothing of them goes
//! on: only its code, and the names of table, column and constraint.

use std::io;

use app::StoreError;
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;

/// Code of what a role may not do.
const LACKS_A_RIGHT: &str = "42501";

/// Why the database could not be opened or brought to the present schema.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The server cannot be reached, refuses, or the address cannot be read.
    #[error("the database cannot be opened")]
    Database(#[source] DatabaseFault),
    /// A migration failed; nothing of it was kept.
    #[error("the database cannot be migrated")]
    Migration(#[source] DatabaseFault),
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
    /// Migrations are missing, and the role does not own the schema.
    #[error(
        "the database lacks migrations, and this role may not make them: run `anyqtama migrate` with the owner's role"
    )]
    NotTheOwner,
}

impl OpenError {
    /// Why a migration failed.
    pub(crate) fn migration(fault: DatabaseFault) -> Self {
        match &fault {
            DatabaseFault::Refused { code, .. } if code == LACKS_A_RIGHT => Self::NotTheOwner,
            _ => Self::Migration(fault),
        }
    }
}

impl From<MigrateError> for OpenError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMismatch(version)
            | MigrateError::VersionMissing(version)
            | MigrateError::Dirty(version) => Self::OtherSchema(version),
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                Self::migration(DatabaseFault::from(error))
            }
            _ => Self::Migration(DatabaseFault::Driver),
        }
    }
}

/// A fault of the database as an operator may read it: no value of a row is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseFault {
    /// The server answered with an error.
    #[error("{}", shown(code, names))]
    Refused {
        /// SQLSTATE, five characters.
        code: String,
        /// Table, column and constraint, as far as the server names them.
        names: Vec<String>,
    },
    /// The connection broke or was not made.
    #[error("no connection to the database: {0}")]
    Connection(io::ErrorKind),
    /// Every connection stayed in use, or no new one could be made in time.
    #[error("no connection to the database in time")]
    Busy,
    /// No answer in time.
    #[error("no answer from the database in time")]
    Silent,
    /// A commit was not confirmed before, and another call is trying whether one is again.
    #[error("the database confirmed no commit, which is being tried again")]
    Unconfirmed,
    /// TLS was refused or its certificate is not trusted.
    #[error("no TLS with the database")]
    Tls,
    /// The address or a setting cannot be read.
    #[error("the database's address cannot be read")]
    Address,
    /// The driver or the protocol.
    #[error("the database's driver gave up")]
    Driver,
}

fn shown(code: &str, names: &[String]) -> String {
    let mut text = format!("the database answered {code} ({})", meaning(code));
    if !names.is_empty() {
        text.push_str(" at ");
        text.push_str(&names.join(", "));
    }
    text
}

/// What an operator does about it differs by these.
fn meaning(code: &str) -> &'static str {
    match code {
        "23000" | "23502" | "23503" | "23505" | "23514" => "a constraint forbids it",
        "25006" => "this server takes no writes",
        "28000" | "28P01" => "the account is refused",
        "3D000" => "there is no such database",
        "40001" | "40P01" => "it met another transaction",
        "42P01" | "42703" | "42883" => "the schema is not the program's",
        LACKS_A_RIGHT => "the account lacks a right",
        "53100" => "the disk is full",
        "53300" => "too many connections",
        "55P03" => "a lock was not given in time",
        "57014" => "it took too long",
        "57P01" | "57P02" | "57P03" => "the server stops or starts",
        _ => "see PostgreSQL's list of error codes",
    }
}

impl From<sqlx::Error> for DatabaseFault {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default().into_owned();
                let postgres = error.try_downcast_ref::<PgDatabaseError>();
                let names = postgres.map(names).unwrap_or_default();
                Self::Refused { code, names }
            }
            sqlx::Error::Io(error) => Self::Connection(error.kind()),
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Tls(_) => Self::Tls,
            sqlx::Error::Configuration(_) => Self::Address,
            _ => Self::Driver,
        }
    }
}

fn names(error: &PgDatabaseError) -> Vec<String> {
    let named = [error.table(), error.column(), error.constraint()];
    named.into_iter().flatten().map(str::to_owned).collect()
}

/// A value of the program that cannot be written as JSON would be a fault of the program.
pub(crate) fn unwritable(error: serde_json::Error) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

/// Lost connections, time-outs, full disks, deadlocks and broken constraints are all «not available». A number or token
/// drawn at random that exists already is told apart, because another draw repairs it.
pub(crate) fn fault(error: sqlx::Error) -> StoreError {
    const DRAWN: [&str; 4] = ["requests_pk", "results_pk", "results_number", "results_token"];
    let constraint = error.as_database_error().and_then(|database| database.constraint());
    if constraint.is_some_and(|name| DRAWN.contains(&name)) {
        return StoreError::NumberTaken;
    }
    match error {
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::Decode(_) => StoreError::Corrupt("a column"),
        other => unavailable(DatabaseFault::from(other)),
    }
}

pub(crate) fn unavailable(fault: DatabaseFault) -> StoreError {
    StoreError::Unavailable(Box::new(fault))
}
