//! The store passes the suites every store must pass, each promise on a fresh file.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

use std::sync::Arc;

use app::testing::record_desk_contract::DeskFixture;
use app::testing::store_contract::Fixture;
use store_sqlite::SqliteStore;

async fn sqlite() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyqtama.db");
    let store = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
    store.migrate().await.unwrap();
    let store = Arc::new(store);
    Fixture::new(store, folder)
}

app::store_contract!(sqlite);
app::registry_contract!(sqlite);
app::exchange_contract!(sqlite);
app::outbox_contract!(sqlite);

async fn desk() -> DeskFixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyqtama.db");
    let store = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
    store.migrate().await.unwrap();
    let store = Arc::new(store);
    DeskFixture::new(store.clone(), store, folder)
}

app::record_desk_contract!(desk);
