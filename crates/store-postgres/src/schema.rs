//! The schema: whether the database has this program's, and bringing it there. Whoever finds nothing missing changes
//! nothing, so that a program serves with a role that only reads and writes.
//!
//! A database may know more migrations than the program: then a newer version works beside it. How long that is allowed
//! the database itself says (`schema_needs`). Read next: `migrations/`.

use app::{AppliedMigration, SchemaStanding, StoreError};
use sqlx::migrate::Migrator;
use sqlx::{Connection, query_as, raw_sql};

use crate::PostgresStore;
use crate::error::{DatabaseFault, OpenError};

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
        if let SchemaStanding::Lacks(_) = self.standing().await? {
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
            SchemaStanding::Ready => Ok(()),
            SchemaStanding::Lacks(version) => Err(OpenError::Older(version)),
            SchemaStanding::Other(version) => Err(OpenError::OtherSchema(version)),
        }
    }

    async fn standing(&self) -> Result<SchemaStanding, OpenError> {
        let table = query_as("SELECT to_regclass('_sqlx_migrations') IS NOT NULL");
        let table: Option<(bool,)> = self.within(self.optional(table)).await.map_err(unreadable)?;
        let applied = if table == Some((true,)) { self.applied().await? } else { Vec::new() };
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
        let select =
            query_as("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version");
        let rows: Vec<(i64, Vec<u8>, bool)> =
            self.within(self.all(select)).await.map_err(unreadable)?;
        Ok(rows.into_iter().map(AppliedMigration::from).collect())
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
