//! The schema: whether the file has this program's, and bringing it there. Whoever finds nothing missing changes nothing.
//!
//! A file may know more migrations than the program: then a newer version was here. How long that is allowed the file
//! itself says (`schema_needs`). Read next: `migrations/`.

use app::{AppliedMigration, SchemaStanding};
use sqlx::migrate::Migrator;
use sqlx::{query_as, query_scalar};

use crate::SqliteStore;
use crate::error::OpenError;

fn migrations() -> Migrator {
    sqlx::migrate!("./migrations")
}

/// Number of the last migration this program knows.
pub(crate) fn last_known() -> i64 {
    migrations().iter().map(|one| one.version).max().unwrap_or_default()
}

impl SqliteStore {
    /// Brings the schema up to date where something is missing; the migrations are part of the program.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn migrate(&self) -> Result<(), OpenError> {
        if let SchemaStanding::Lacks(_) = self.standing().await? {
            migrations().set_ignore_missing(true).run(self.write_once()).await?;
        }
        self.require_schema().await
    }

    /// Whether everything is there that this program needs. Changes nothing.
    ///
    /// # Errors
    /// [`OpenError::Older`] where migrations are missing, and the others.
    pub async fn require_schema(&self) -> Result<(), OpenError> {
        match self.standing().await? {
            SchemaStanding::Ready => Ok(()),
            SchemaStanding::Lacks(version) => Err(OpenError::Older(version)),
            SchemaStanding::Other(version) => Err(OpenError::OtherSchema(version)),
        }
    }

    async fn standing(&self) -> Result<SchemaStanding, OpenError> {
        let table = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')";
        let is_there = query_scalar(table).fetch_one(self.write_once()).await?;
        let applied = if is_there { self.applied().await? } else { Vec::new() };
        let program = migrations();
        let known: Vec<(i64, &[u8])> =
            program.iter().map(|one| (one.version, one.checksum.as_ref())).collect();
        let standing = SchemaStanding::of(&known, &applied);
        match standing {
            SchemaStanding::Ready => self.require_allowed(last_known()).await?,
            SchemaStanding::Other(version) => return Err(OpenError::OtherSchema(version)),
            SchemaStanding::Lacks(_) => {}
        }
        Ok(standing)
    }

    async fn applied(&self) -> Result<Vec<AppliedMigration>, OpenError> {
        let select = "SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version";
        let rows: Vec<(i64, Vec<u8>, bool)> = query_as(select).fetch_all(self.write_once()).await?;
        Ok(rows.into_iter().map(AppliedMigration::from).collect())
    }

    async fn require_allowed(&self, program: i64) -> Result<(), OpenError> {
        let select = query_scalar("SELECT oldest FROM schema_needs");
        let oldest: i64 = select.fetch_one(self.write_once()).await?;
        if oldest <= program { Ok(()) } else { Err(OpenError::OutdatedProgram { oldest, program }) }
    }
}
