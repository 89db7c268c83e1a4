//! The store passes the suites every store must pass, each promise on a fresh database.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

use std::sync::Arc;

use app::testing::record_desk_contract::DeskFixture;
use app::testing::store_contract::Fixture;
use store_postgres::{PostgresSettings, PostgresStore};

async fn postgres() -> Fixture {
    let database = throwaway_postgres::database().unwrap();
    let store = PostgresStore::connect(&database.url(), PostgresSettings::default()).await.unwrap();
    store.migrate().await.unwrap();
    let store = Arc::new(store);
    Fixture::new(store, database)
}

app::store_contract!(postgres);
app::registry_contract!(postgres);
app::exchange_contract!(postgres);
app::outbox_contract!(postgres);

async fn desk() -> DeskFixture {
    let database = throwaway_postgres::database().unwrap();
    let store = PostgresStore::connect(&database.url(), PostgresSettings::default()).await.unwrap();
    store.migrate().await.unwrap();
    let store = Arc::new(store);
    DeskFixture::new(store.clone(), store, database)
}

app::record_desk_contract!(desk);
