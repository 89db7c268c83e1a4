//! The schema: whether the file has this program's, and bringing it there. Whoever finds nothing missing changes nothing.
//!
//! A file may know more migrations than the program: then a newer version was here. How long that is allowed the file
//! itself says (`schema_needs`). Read next: `migrations/`.

use sqlx::migrate::Migrator;
use sqlx::{query_as, query_scalar};

use crate::SqliteStore;
use crate::error::OpenError;

/// How the file's schema stands to the program's.
enum Standing {
    /// All is there that the program needs.
    Ready,
    /// This migration is missing, and perhaps more behind it.
    Lacks(i64),
}

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
        if let Standing::Lacks(_) = self.standing().await? {
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
            Standing::Ready => Ok(()),
            Standing::Lacks(version) => Err(OpenError::Older(version)),
        }
    }

    async fn standing(&self) -> Result<Standing, OpenError> {
        let table = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')";
        let is_there = query_scalar(table).fetch_one(self.write_once()).await?;
        let applied = if is_there { self.applied().await? } else { Vec::new() };
        let (own, last) = (migrations(), last_known());
        let mut missing = None;
        for one in own.iter() {
            match applied.iter().find(|(version, ..)| *version == one.version) {
                None => missing = missing.or(Some(one.version)),
                Some((_, checksum, true)) if *checksum == *one.checksum => {}
                Some(_) => return Err(OpenError::OtherSchema(one.version)),
            }
        }
        let strange = applied.iter().map(|(version, ..)| *version).find(|version| {
            // What is newer than all of ours comes behind them, never instead of one.
            !own.version_exists(*version) && (*version < last || missing.is_some())
        });
        match (strange, missing) {
            (Some(version), _) => Err(OpenError::OtherSchema(version)),
            (None, Some(version)) => Ok(Standing::Lacks(version)),
            (None, None) => self.require_allowed(last).await.map(|()| Standing::Ready),
        }
    }

    /// Number, checksum and success of each.
    async fn applied(&self) -> Result<Vec<(i64, Vec<u8>, bool)>, OpenError> {
        let select = "SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version";
        Ok(query_as(select).fetch_all(self.write_once()).await?)
    }

    async fn require_allowed(&self, program: i64) -> Result<(), OpenError> {
        let select = query_scalar("SELECT oldest FROM schema_needs");
        let oldest: i64 = select.fetch_one(self.write_once()).await?;
        if oldest <= program { Ok(()) } else { Err(OpenError::OutdatedProgram { oldest, program }) }
    }
}
