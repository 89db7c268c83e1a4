//! The schema: whether the database has this program's, and bringing it there. Whoever finds nothing missing changes
//! nothing, so that a program serves with a role that only reads and writes.
//!
//! A database may know more migrations than the program: then a newer version works beside it. How long that is allowed
//! the database itself says (`schema_needs`). Read next: `migrations/`.

use app::StoreError;
use sqlx::migrate::Migrator;
use sqlx::{Connection, query_as, raw_sql};

use crate::PostgresStore;
use crate::error::{DatabaseFault, OpenError};

/// How the database's schema stands to the program's.
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

impl PostgresStore {
    /// Brings the schema up to date where something is missing; the migrations are part of the program. All of it is one
    /// transaction under a lock that other nodes wait for, so it goes through a pooler too.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn migrate(&self) -> Result<(), OpenError> {
        if let Standing::Lacks(_) = self.standing().await? {
            self.apply().await?;
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
        let table = query_as("SELECT to_regclass('_sqlx_migrations') IS NOT NULL");
        let table: Option<(bool,)> = self.within(self.optional(table)).await.map_err(unreadable)?;
        let applied = if table == Some((true,)) { self.applied().await? } else { Vec::new() };
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
        let select =
            query_as("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version");
        self.within(self.all(select)).await.map_err(unreadable)
    }

    async fn require_allowed(&self, program: i64) -> Result<(), OpenError> {
        let select = query_as("SELECT oldest FROM schema_needs");
        let row: Option<(i64,)> = self.within(self.optional(select)).await.map_err(unreadable)?;
        match row {
            Some((oldest,)) if oldest <= program => Ok(()),
            Some((oldest,)) => Err(OpenError::OutdatedProgram { oldest, program }),
            None => Err(OpenError::Database(DatabaseFault::Driver)),
        }
    }

    async fn apply(&self) -> Result<(), OpenError> {
        let cannot = |error: sqlx::Error| OpenError::migration(DatabaseFault::from(error));
        let mut transaction = self.pool.begin().await.map_err(cannot)?;
        // The driver names the statements of a migration: none may be there already, and none may stay.
        transaction.clear_cached_statements().await.map_err(cannot)?;
        raw_sql(
            "DEALLOCATE ALL;
             SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
             SELECT pg_advisory_xact_lock(hashtextextended('anyqtama migrations', 0));
             SET LOCAL lock_timeout = 5000;",
        )
        .execute(&mut *transaction)
        .await
        .map_err(cannot)?;
        let mut migrations = migrations();
        migrations.set_ignore_missing(true).set_locking(false);
        // And not `run`: its future cannot be sent between threads.
        migrations.run_direct(None, &mut *transaction, false).await?;
        transaction.clear_cached_statements().await.map_err(cannot)?;
        raw_sql("DEALLOCATE ALL").execute(&mut *transaction).await.map_err(cannot)?;
        transaction.commit().await.map_err(cannot)
    }
}

fn unreadable(error: StoreError) -> OpenError {
    let fault = match &error {
        StoreError::Unavailable(source) => source.downcast_ref().cloned(),
        _ => None,
    };
    OpenError::Database(fault.unwrap_or(DatabaseFault::Driver))
}
