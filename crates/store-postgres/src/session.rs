//! One piece of work on one connection: a transaction, or a single statement that is one by itself.
//!
//! A session that is not ended (its caller gave up, or an error went through) closes its connection, which rolls back.
//! The driver's own way would put it back into the pool, and wait there without end for a server that is gone; and a
//! `BEGIN` broken off half-way would leave the next user within a transaction he does not know of.

use std::time::Duration;

use app::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{AssertSqlSafe, FromRow, Postgres, raw_sql};
use tokio::time::timeout;

use crate::PostgresStore;
use crate::error::fault;

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
}

impl PostgresStore {
    /// A transaction. What it reads may change until it commits, unless a lock holds it.
    pub(crate) async fn write(&self) -> Result<Session, StoreError> {
        self.begin_with(self.begin()).await
    }

    /// A transaction that alone has the key until its end; it costs no round trip more.
    pub(crate) async fn write_alone(&self, key: i64) -> Result<Session, StoreError> {
        let begin = self.begin();
        self.begin_with(format!("{begin}; SELECT pg_advisory_xact_lock({key})")).await
    }

    async fn begin_with(&self, statements: String) -> Result<Session, StoreError> {
        let mut session = self.session().await?;
        session.in_transaction = true;
        session.say(statements).await?;
        Ok(session)
    }

    async fn session(&self) -> Result<Session, StoreError> {
        let connection = Some(self.pool.acquire().await.map_err(fault)?);
        Ok(Session { connection, in_transaction: false, keeps_statements: !self.pooler })
    }

    /// For a single statement. Behind a pooler it needs a transaction, or its parts would reach different servers.
    async fn single(&self) -> Result<Session, StoreError> {
        if self.pooler { self.write().await } else { self.session().await }
    }

    /// Runs one statement as a transaction of its own; answers how many rows it changed.
    pub(crate) async fn execute(&self, query: Write<'_>) -> Result<u64, StoreError> {
        let mut session = self.single().await?;
        let rows = session.execute(query).await?;
        session.commit().await?;
        Ok(rows)
    }

    /// The rows of one statement, which is a transaction of its own.
    pub(crate) async fn all<T>(&self, query: Read<'_, T>) -> Result<Vec<T>, StoreError>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow>,
    {
        let mut session = self.single().await?;
        let rows = session.all(query).await?;
        session.commit().await?;
        Ok(rows)
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

    /// Keeps what was done.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.end("COMMIT").await
    }

    /// Undoes what was done, where that is an ordinary outcome: the connection stays.
    pub(crate) async fn roll_back(self) -> Result<(), StoreError> {
        self.end("ROLLBACK").await
    }

    async fn end(mut self, how: &str) -> Result<(), StoreError> {
        if self.in_transaction {
            self.say(how.to_owned()).await?;
        }
        if let Some(mut connection) = self.connection.take() {
            tokio::spawn(timeout(WAY_BACK, connection.return_to_pool()));
        }
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.close_on_drop();
        }
    }
}
