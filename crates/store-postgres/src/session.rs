//! One piece of work on one connection: a transaction, or a single statement that is one by itself.
//!
//! A session that is not ended, because its caller gave up, closes its connection, which rolls back. The driver's own
//! way would put it back into the pool, and wait there without end for a server that is gone; and a `BEGIN` broken off
//! half-way would leave the next user within a transaction he does not know of.

use std::time::{Duration, Instant};

use app::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{AssertSqlSafe, FromRow, Postgres, raw_sql};
use tokio::time::timeout;
use vault::Vault;

use crate::PostgresStore;
use crate::connection::Kind;
use crate::error::fault;
use crate::gate::Pass;

/// A statement with its values, for rows of a type.
pub(crate) type Read<'q, T> = QueryAs<'q, Postgres, T, PgArguments>;
/// A statement with its values.
pub(crate) type Write<'q> = Query<'q, Postgres, PgArguments>;

/// Longest wait for a connection on its way back.
const WAY_BACK: Duration = Duration::from_secs(2);

/// A connection in use.
pub(crate) struct Session {
    /// `None` once ended.
    connection: Option<PoolConnection<Postgres>>,
    in_transaction: bool,
    /// Whether the server may keep statements by name.
    keeps_statements: bool,
    /// Of who writes.
    pass: Option<Pass>,
    begun: Instant,
    /// The store's.
    pub(crate) vault: Vault,
}

fn alone(key: i64) -> String {
    format!("; SELECT pg_advisory_xact_lock({key})")
}

impl PostgresStore {
    /// A transaction. What it reads may change until it commits, unless a lock holds it.
    pub(crate) async fn write(&self) -> Result<Session, StoreError> {
        self.begin_writing(self.begin(Kind::Write)).await
    }

    /// A transaction that alone has the key until its end; it costs no round trip more.
    pub(crate) async fn write_alone(&self, key: i64) -> Result<Session, StoreError> {
        self.begin_writing(self.begin(Kind::Write) + &alone(key)).await
    }

    /// A transaction for the whole store.
    pub(crate) async fn long_write(&self) -> Result<Session, StoreError> {
        self.begin_writing(self.begin(Kind::LongWrite)).await
    }

    /// A transaction for a whole file, which alone has the key until its end.
    pub(crate) async fn write_file_alone(&self, key: i64) -> Result<Session, StoreError> {
        self.begin_writing(self.begin(Kind::LongWrite) + &alone(key)).await
    }

    /// A transaction that reads, and sees one moment's state throughout.
    pub(crate) async fn snapshot(&self) -> Result<Session, StoreError> {
        self.session(None).await?.begin(self.begin(Kind::Snapshot)).await
    }

    /// The same, for the whole data bank.
    pub(crate) async fn long_snapshot(&self) -> Result<Session, StoreError> {
        self.session(None).await?.begin(self.begin(Kind::LongSnapshot)).await
    }

    async fn begin_writing(&self, statements: String) -> Result<Session, StoreError> {
        let pass = self.pass().await?;
        self.session(Some(pass)).await?.begin(statements).await
    }

    async fn session(&self, pass: Option<Pass>) -> Result<Session, StoreError> {
        let connection = Some(self.pool.acquire().await.map_err(fault)?);
        let keeps_statements = !self.pooler;
        let (begun, vault) = (Instant::now(), self.vault.clone());
        Ok(Session { connection, in_transaction: false, keeps_statements, pass, begun, vault })
    }

    /// For a single statement. Behind a pooler it needs a transaction, or its parts would reach different servers.
    async fn single(&self, kind: Kind, pass: Option<Pass>) -> Result<Session, StoreError> {
        let session = self.session(pass).await?;
        if self.pooler { session.begin(self.begin(kind)).await } else { Ok(session) }
    }

    /// Runs one statement as a transaction of its own; answers how many rows it changed.
    pub(crate) async fn execute(&self, query: Write<'_>) -> Result<u64, StoreError> {
        let pass = self.pass().await?;
        let mut session = self.single(Kind::Write, Some(pass)).await?;
        let outcome = session.execute(query).await;
        session.end(outcome).await
    }

    /// The same, for the gate to see whether it may be opened.
    pub(crate) async fn execute_past_the_gate(&self, query: Write<'_>) -> Result<u64, StoreError> {
        let mut session = self.single(Kind::Write, None).await?;
        let outcome = session.execute(query).await;
        session.end(outcome).await
    }

    /// Runs one statement as a transaction of its own; answers the first row it returns of those it changed.
    pub(crate) async fn execute_returning<T>(
        &self,
        query: Read<'_, T>,
    ) -> Result<Option<T>, StoreError>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow>,
    {
        let pass = self.pass().await?;
        let mut session = self.single(Kind::Write, Some(pass)).await?;
        let outcome = session.optional(query).await;
        session.end(outcome).await
    }

    /// The rows of one statement that reads, which is a transaction of its own.
    pub(crate) async fn all<T>(&self, query: Read<'_, T>) -> Result<Vec<T>, StoreError>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow>,
    {
        let mut session = self.single(Kind::Read, None).await?;
        let outcome = session.all(query).await;
        session.end(outcome).await
    }

    /// Its first row, if it has any.
    pub(crate) async fn optional<T>(&self, query: Read<'_, T>) -> Result<Option<T>, StoreError>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow>,
    {
        Ok(self.all(query).await?.into_iter().next())
    }
}

impl Session {
    fn on(&mut self) -> Result<&mut PoolConnection<Postgres>, StoreError> {
        self.connection.as_mut().ok_or_else(|| fault(sqlx::Error::PoolClosed))
    }

    async fn begin(mut self, statements: String) -> Result<Self, StoreError> {
        self.in_transaction = true;
        self.say(statements).await?;
        Ok(self)
    }

    async fn say(&mut self, statements: String) -> Result<(), StoreError> {
        let connection = self.on()?;
        raw_sql(AssertSqlSafe(statements)).execute(&mut **connection).await.map_err(fault)?;
        Ok(())
    }

    /// Runs a statement; answers how many rows it changed.
    pub(crate) async fn execute(&mut self, query: Write<'_>) -> Result<u64, StoreError> {
        let query = query.persistent(self.keeps_statements);
        let done = query.execute(&mut **self.on()?).await.map_err(fault)?;
        Ok(done.rows_affected())
    }

    /// All rows of a statement.
    pub(crate) async fn all<T>(&mut self, query: Read<'_, T>) -> Result<Vec<T>, StoreError>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow>,
    {
        let query = query.persistent(self.keeps_statements);
        query.fetch_all(&mut **self.on()?).await.map_err(fault)
    }

    /// Its first row, if it has any.
    pub(crate) async fn optional<T>(&mut self, query: Read<'_, T>) -> Result<Option<T>, StoreError>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow>,
    {
        Ok(self.all(query).await?.into_iter().next())
    }

    /// Keeps what was done if all went well, and undoes it otherwise: then nothing is locked any more when the caller
    /// hears of it.
    pub(crate) async fn end<T>(mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if self.in_transaction {
            let how = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
            if let Err(error) = self.say(how.to_owned()).await {
                return outcome.and(Err(error));
            }
        }
        if let Some(mut connection) = self.connection.take() {
            tokio::spawn(timeout(WAY_BACK, connection.return_to_pool()));
        }
        outcome
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.close_on_drop();
            if let Some(pass) = &self.pass {
                pass.given_up_after(self.begun.elapsed());
            }
        }
    }
}
