//! The store passes the suites every store must pass, each promise on a fresh database.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::testing::record_desk_contract::DeskFixture;
use app::testing::store_contract::Fixture;
use store_postgres::{PostgresSettings, PostgresStore};
use throwaway_postgres::{Database, database_like};

/// Under which databases with the tables of these very migrations are known.
fn pattern() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeSet<PathBuf> = files.collect();
    let mut hasher = DefaultHasher::new();
    files.iter().for_each(|file| fs::read(file).unwrap().hash(&mut hasher));
    format!("migrated_{:016x}", hasher.finish())
}

async fn opened(url: &str) -> PostgresStore {
    PostgresStore::connect(url, PostgresSettings::default()).await.unwrap()
}

async fn fresh() -> (Arc<PostgresStore>, Database) {
    let migrated = async |url: String| {
        let store = opened(&url).await;
        store.migrate().await.unwrap();
        store.close().await;
    };
    let database = database_like(&pattern(), migrated).await.unwrap();
    (Arc::new(opened(&database.url()).await), database)
}

async fn postgres() -> Fixture {
    let (store, database) = fresh().await;
    Fixture::new(store, database)
}

app::store_contract!(postgres);
app::registry_contract!(postgres);
app::exchange_contract!(postgres);
app::outbox_contract!(postgres);

async fn desk() -> DeskFixture {
    let (store, database) = fresh().await;
    DeskFixture::new(store.clone(), store, database)
}

app::record_desk_contract!(desk);
