//! The pool of connections: what is asked of each, how long anything may take, and how it heals.
//!
//! A server that is restarted, fails over or hangs makes calls [`StoreError::Unavailable`] within some ten seconds, and
//! the pool finds the way back by itself: idle connections are tried before they are used, a connection whose work was
//! broken off is closed, and a server in recovery is not taken for the primary. A server that confirms no commit is asked
//! for one at a time (`gate.rs`). Which server is the primary is for the
//! address to know: a virtual address, a proxy or a name that follows it (Patroni, HAProxy, DNS).
//!
//! Behind a pooler that lends connections by the transaction (PgBouncer) there are no named statements, no settings of
//! a session and no statement outside of a transaction. Read next: `session.rs`.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use app::StoreError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Row, raw_sql};
use tokio::time::timeout;
use vault::Vault;

use crate::batch::Batches;
use crate::error::{DatabaseFault, OpenError, unavailable};
use crate::gate::Gate;

/// Longest any call takes, whatever the server does.
const CALL: Duration = Duration::from_secs(10);
/// Longest a call takes that goes through a whole file or the whole data bank.
const LONG_CALL: Duration = Duration::from_secs(600);
/// Longest wait for a free or a new connection.
const ACQUIRE: Duration = Duration::from_secs(4);
/// The same for a replica, without which the primary is asked.
const ACQUIRE_REPLICA: Duration = Duration::from_secs(1);
/// Connections idle for longer are tried before use.
const TRUSTED_IDLE: Duration = Duration::from_millis(500);
/// Longest such a trial takes.
const TRIAL: Duration = Duration::from_secs(1);

/// What the server is told, in milliseconds. The last ends transactions of a node that fell asleep, which would keep
/// the journal's lock from all others.
const LIMITS: [(&str, &str); 3] = [
    ("statement_timeout", "6000"),
    ("lock_timeout", "5000"),
    ("idle_in_transaction_session_timeout", "8000"),
];

/// Commits wait for the disk, and for a synchronous standby where there is one, even if the server's own setting is
/// weaker; a stronger one stays. Answers whether the server is a standby.
const AFTER_CONNECTING: &str = "SELECT pg_is_in_recovery() AS in_recovery,
    CASE WHEN current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')
        THEN set_config('synchronous_commit', 'on', false) END";

/// How the store uses its database.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresSettings {
    /// Most connections of this process.
    pub connections_max: u32,
    /// Whether a pooler that lends connections by the transaction stands between.
    pub pooler: bool,
    /// Password of the user, where the address has none and the server asks for one.
    pub password: Option<String>,
    /// Which server is meant.
    pub role: ServerRole,
}

impl Default for PostgresSettings {
    fn default() -> Self {
        Self { connections_max: 10, pooler: false, password: None, role: ServerRole::Primary }
    }
}

/// Which server of a cluster is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerRole {
    /// The one that writes.
    Primary,
    /// A standby, which may lag behind; it is only read.
    Replica,
}

/// The store on one PostgreSQL database.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pub(crate) pool: PgPool,
    pub(crate) pooler: bool,
    pub(crate) batches: Arc<Batches>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) vault: Vault,
}

impl PostgresStore {
    /// Opens a database by its `postgres:` address. Call [`Self::migrate`] before anything else. A replica is connected
    /// to when it is first asked: nobody waits for one that is away.
    ///
    /// # Errors
    /// [`OpenError::Database`].
    pub async fn connect(url: &str, settings: PostgresSettings) -> Result<Self, OpenError> {
        let cannot_open = |error: sqlx::Error| OpenError::Database(DatabaseFault::from(error));
        let options = PgConnectOptions::from_str(url).map_err(cannot_open)?;
        let options = options.application_name("anyqtama").disable_statement_logging();
        let options = if settings.pooler {
            // The pooler knows neither `options` nor this setting at connecting, and refuses what it does not know.
            options.extra_float_digits(None).statement_cache_capacity(0)
        } else {
            options.options(LIMITS)
        };
        let options = match &settings.password {
            Some(password) => options.password(password),
            None => options,
        };
        let pool = pool(settings.connections_max, settings.role);
        let pool = match settings.role {
            ServerRole::Primary => pool.connect_with(options).await.map_err(cannot_open)?,
            ServerRole::Replica => pool.connect_lazy_with(options),
        };
        let gate = Arc::new(Gate::new(settings.connections_max));
        let (batches, vault) = (Arc::default(), Vault::default());
        Ok(Self { pool, pooler: settings.pooler, batches, gate, vault })
    }

    /// Ends all connections, after the calls that run.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Connections of this process: all, idle, most.
    #[must_use]
    pub fn connections(&self) -> (u32, usize, u32) {
        let pool = &self.pool;
        (pool.size(), pool.num_idle(), pool.options().get_max_connections())
    }

    /// A call that is given up when the server stays silent. Whether a commit it gave up on took place, nobody knows:
    /// the next call reads it.
    pub(crate) async fn within<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        timeout(CALL, call).await.unwrap_or_else(|_| Err(unavailable(DatabaseFault::Silent)))
    }

    /// Like [`Self::within`], for a whole file or the whole data bank.
    pub(crate) async fn within_long<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        timeout(LONG_CALL, call).await.unwrap_or_else(|_| Err(unavailable(DatabaseFault::Silent)))
    }

    /// What a transaction begins with. Behind a pooler it sets for itself what the connection has otherwise.
    pub(crate) fn begin(&self, kind: Kind) -> String {
        let mut begin = match kind {
            // Whatever the server's setting: what is read behind a lock must be what the lock's last holder wrote.
            Kind::Write | Kind::LongWrite => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Kind::Read => "BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY",
            Kind::Snapshot | Kind::LongSnapshot => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            }
        }
        .to_owned();
        if self.pooler {
            for (setting, milliseconds) in LIMITS {
                begin.push_str(&format!("; SET LOCAL {setting} = {milliseconds}"));
            }
            begin.push_str(
                "; SELECT set_config('synchronous_commit', 'on', true)
                   WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')",
            );
        }
        if matches!(kind, Kind::LongWrite | Kind::LongSnapshot) {
            // Between two statements whoever takes or gives a whole store may have to wait for his disk.
            for setting in ["statement_timeout", "idle_in_transaction_session_timeout"] {
                let milliseconds = LONG_CALL.as_millis();
                begin.push_str(&format!("; SET LOCAL {setting} = {milliseconds}"));
            }
        }
        begin
    }
}

/// Kinds of transactions.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Writes.
    Write,
    /// Writes a whole file.
    LongWrite,
    /// Reads with one statement.
    Read,
    /// Sees one moment's state throughout.
    Snapshot,
    /// The same, for the whole data bank.
    LongSnapshot,
}

fn pool(connections_max: u32, role: ServerRole) -> PgPoolOptions {
    let patience = match role {
        ServerRole::Primary => ACQUIRE,
        ServerRole::Replica => ACQUIRE_REPLICA,
    };
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(patience)
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| {
            Box::pin(async move {
                if metadata.idle_for < TRUSTED_IDLE {
                    return Ok(true);
                }
                // An error, and not `false`: one says no farewell to a server that does not answer.
                timeout(TRIAL, connection.ping())
                    .await
                    .unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
                Ok(true)
            })
        })
        .after_connect(move |connection, _| Box::pin(prepare(connection, role)))
}

/// Where the primary is meant a standby is refused, and asked again until the primary answers or the time is up.
async fn prepare(connection: &mut PgConnection, role: ServerRole) -> Result<(), sqlx::Error> {
    let row = raw_sql(AFTER_CONNECTING).fetch_one(connection).await?;
    let in_recovery: bool = row.try_get("in_recovery")?;
    let refused = in_recovery && role == ServerRole::Primary;
    if refused { Err(sqlx::Error::PoolTimedOut) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use sqlx::query_as;
    use throwaway_postgres::{Database, Pooler, database};

    use super::*;

    const SETTINGS: &str = "SELECT current_setting('synchronous_commit'),
        current_setting('statement_timeout'), current_setting('lock_timeout'),
        current_setting('idle_in_transaction_session_timeout'),
        current_setting('transaction_isolation')";

    async fn settings_in(store: &PostgresStore) -> [String; 5] {
        let mut transaction = store.write().await.unwrap();
        let outcome = transaction.optional(query_as(SETTINGS)).await;
        let row: Option<(String, String, String, String, String)> =
            transaction.end(outcome).await.unwrap();
        row.unwrap().into()
    }

    async fn weakened(database: &Database, commit: &str) {
        let pool = PgPool::connect(&database.url()).await.unwrap();
        let weaken = format!(
            "ALTER DATABASE \"{}\" SET synchronous_commit = {commit};
             ALTER DATABASE \"{0}\" SET default_transaction_isolation = 'serializable'",
            database.name()
        );
        raw_sql(sqlx::AssertSqlSafe(weaken)).execute(&pool).await.unwrap();
        pool.close().await;
    }

    async fn direct(database: &Database) -> PostgresStore {
        PostgresStore::connect(&database.url(), PostgresSettings::default()).await.unwrap()
    }

    #[tokio::test]
    async fn every_transaction_has_the_settings_that_keep_data_safe_and_callers_short() {
        let database = database().unwrap();
        let expected = ["on", "6s", "5s", "8s", "read committed"];
        weakened(&database, "off").await;
        assert_eq!(settings_in(&direct(&database).await).await, expected);
        let pooler = Pooler::before(database.port().unwrap(), 2).unwrap();
        let settings = PostgresSettings { pooler: true, ..PostgresSettings::default() };
        let url = pooler.url(database.name());
        let pooled = PostgresStore::connect(&url, settings).await.unwrap();
        assert_eq!(settings_in(&pooled).await, expected);
    }

    #[tokio::test]
    async fn a_stronger_setting_of_the_server_stays() {
        let database = database().unwrap();
        weakened(&database, "remote_apply").await;
        let [commit, ..] = settings_in(&direct(&database).await).await;
        assert_eq!(commit, "remote_apply");
    }

    /// Takes its time with the first row.
    #[derive(Default)]
    struct SlowSink(u32);

    #[async_trait::async_trait]
    impl app::ArchiveSink for SlowSink {
        async fn put(&mut self, _item: app::ArchiveItem) -> Result<(), app::ArchiveError> {
            self.0 += 1;
            if self.0 == 1 {
                tokio::time::sleep(Duration::from_millis(400)).await;
            }
            Ok(())
        }
    }

    /// A backup onto a slow disk, with a server that would end idle transactions after a tenth of a second.
    #[tokio::test]
    async fn a_backup_may_wait_for_its_disk() {
        let database = database().unwrap();
        let settings = PostgresSettings { connections_max: 1, ..PostgresSettings::default() };
        let store = PostgresStore::connect(&database.url(), settings).await.unwrap();
        store.migrate().await.unwrap();
        let short = "SET idle_in_transaction_session_timeout = 100";
        raw_sql(short).execute(&store.pool).await.unwrap();
        let mut sink = SlowSink::default();
        app::Archive::export(&store, &mut sink).await.unwrap();
        assert!(sink.0 > 1);
    }

    #[tokio::test]
    async fn migrating_twice_changes_nothing() {
        let database = database().unwrap();
        let store = direct(&database).await;
        store.migrate().await.unwrap();
        store.migrate().await.unwrap();
    }

    #[tokio::test]
    async fn a_store_that_lost_its_row_of_health_says_so() {
        let database = database().unwrap();
        let store = direct(&database).await;
        store.migrate().await.unwrap();
        raw_sql("DELETE FROM health").execute(&store.pool).await.unwrap();
        assert!(app::Store::ping(&store).await.is_err());
    }
}
