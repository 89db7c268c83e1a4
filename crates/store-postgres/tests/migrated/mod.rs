//! A database with all tables, copied from the first that was made: hundreds of tests need not make the same ones.
//! Shared by the suites; it is no test by itself.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

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

/// A database of its own for a test.
pub async fn migrated_database() -> Database {
    let migrate = async |url: String| {
        let store = opened(&url).await;
        store.migrate().await.unwrap();
        store.close().await;
    };
    database_like(&pattern(), migrate).await.unwrap()
}

/// The store as it is by itself.
pub async fn opened(url: &str) -> PostgresStore {
    PostgresStore::connect(url, PostgresSettings::default()).await.unwrap()
}
