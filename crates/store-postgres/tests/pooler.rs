//! The same promises through PgBouncer, which lends each transaction whatever connection is free.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

mod migrated;

use std::sync::Arc;

use app::testing::store_contract::Fixture;
use store_postgres::{PostgresSettings, PostgresStore};
use throwaway_postgres::Pooler;

use crate::migrated::migrated_database;

/// Fewer connections behind the pooler than before it, so that they change hands.
async fn pooled() -> Fixture {
    let database = migrated_database().await;
    let pooler = Pooler::before(database.port().unwrap(), 3).unwrap();
    let settings = PostgresSettings { pooler: true, ..PostgresSettings::default() };
    let store = PostgresStore::connect(&pooler.url(database.name()), settings).await.unwrap();
    let store = Arc::new(store);
    Fixture::new(store, (pooler, database))
}

app::store_contract!(pooled);
app::registry_contract!(pooled);

/// A statement with a name would be found by its next user on one connection and missed on another.
#[tokio::test]
async fn nothing_named_stays_on_a_lent_connection() {
    let database = throwaway_postgres::database().unwrap();
    let pooler = Pooler::before(database.port().unwrap(), 1).unwrap();
    let url = pooler.url(database.name());
    let settings = PostgresSettings { pooler: true, ..PostgresSettings::default() };
    let store = PostgresStore::connect(&url, settings.clone()).await.unwrap();
    store.migrate().await.unwrap();
    PostgresStore::connect(&url, settings).await.unwrap().migrate().await.unwrap();
    app::Store::ping(&store).await.unwrap();
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let raw = sqlx::postgres::PgPoolOptions::new()
        .connect_with(options.extra_float_digits(None))
        .await
        .unwrap();
    let named = sqlx::raw_sql("SELECT name FROM pg_prepared_statements");
    assert!(named.fetch_all(&raw).await.unwrap().is_empty());
    let settings = sqlx::raw_sql("SHOW statement_timeout").fetch_one(&raw).await.unwrap();
    assert_eq!(sqlx::Row::get::<String, _>(&settings, 0), "0");
}
