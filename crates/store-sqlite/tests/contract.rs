//! The store passes the suites every store must pass, each promise on a fresh file, with personal data sealed in it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use app::testing::record_desk_contract::DeskFixture;
use app::testing::samples::{
    annulment, answered, batch, iin, moment, name, propose_annulment, registered, registry_row,
    write_note,
};
use app::testing::store_contract::Fixture;
use app::{
    Archive, ArchiveError, ArchiveItem, ArchiveSink, ArchiveSource, CaseFiles, Registry, Store,
    verify_chain,
};
use async_trait::async_trait;
use sqlx::query_scalar;
use sqlx::sqlite::SqlitePool;
use store_sqlite::SqliteStore;
use vault::{MasterKeys, UnlockError};

const AS_IT_IS: Option<&MasterKeys> = None;

fn master() -> MasterKeys {
    MasterKeys::parse(&MasterKeys::new_line()).unwrap()
}

async fn opened(folder: &tempfile::TempDir, master: Option<&MasterKeys>) -> SqliteStore {
    let path = folder.path().join("anyqtama.db");
    let store = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
    store.migrate().await.unwrap();
    if let Some(master) = master {
        store.unlock(master, moment(0)).await.unwrap();
    }
    store
}

async fn sqlite() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(opened(&folder, Some(&master())).await);
    Fixture::new(store, folder)
}

app::store_contract!(sqlite);
app::registry_contract!(sqlite);
app::exchange_contract!(sqlite);
app::outbox_contract!(sqlite);

async fn desk() -> DeskFixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(opened(&folder, Some(&master())).await);
    DeskFixture::new(store.clone(), store, folder)
}

app::record_desk_contract!(desk);

/// A request that was answered, with what people wrote about it, and a record of the registry.
async fn walk(sqlite: &SqliteStore) {
    let store: Arc<dyn Store> = Arc::new(sqlite.clone());
    let number = registered(&store, 1).await;
    answered(&store, &number, 1).await;
    assert!(propose_annulment(&store, &annulment(&number, iin(1), 1, 100)).await);
    write_note(&store, &number, "note", 200).await;
    sqlite.apply_import(&batch(300, vec![registry_row(iin(1), "ward")])).await.unwrap();
}

/// What of a person stands in the files of a database.
fn found(folder: &Path) -> Vec<String> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let marks = [iin(1).digits(), "ӘЛІМҚҰЛОВ".to_owned(), name().given.as_str().to_owned()];
    let stands = |mark: &String| bytes.windows(mark.len()).any(|part| part == mark.as_bytes());
    marks.into_iter().filter(stands).collect()
}

#[tokio::test]
async fn nobody_is_found_in_the_database_file() {
    let master = master();
    for (keys, marks) in [(AS_IT_IS, 3), (Some(&master), 0)] {
        let folder = tempfile::tempdir().unwrap();
        walk(&opened(&folder, keys).await).await;
        assert_eq!(found(folder.path()).len(), marks, "{:?}", found(folder.path()));
    }
}

/// An archive in memory.
#[derive(Default)]
struct Kept(VecDeque<ArchiveItem>);

#[async_trait]
impl ArchiveSink for Kept {
    async fn put(&mut self, item: ArchiveItem) -> Result<(), ArchiveError> {
        self.0.push_back(item);
        Ok(())
    }
}

#[async_trait]
impl ArchiveSource for Kept {
    async fn next(&mut self) -> Result<Option<ArchiveItem>, ArchiveError> {
        Ok(self.0.pop_front())
    }
}

/// Exports one store into the other, new one.
async fn restored(
    from: &SqliteStore,
    master: Option<&MasterKeys>,
) -> (SqliteStore, tempfile::TempDir) {
    let mut archive = Kept::default();
    from.export(&mut archive).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder, master).await;
    store.load(&mut archive, None).await.unwrap();
    (store, folder)
}

async fn assert_same(one: &SqliteStore, other: &SqliteStore) {
    let requests = one.requests_of(iin(1), None, 10).await.unwrap();
    assert_eq!(requests.len(), 1);
    let number = &requests.first().unwrap().number;
    assert_eq!(other.requests_of(iin(1), None, 10).await.unwrap(), requests);
    assert!(one.evidence(number).await.unwrap() == other.evidence(number).await.unwrap());
    assert_eq!(one.notes_of(number).await.unwrap(), other.notes_of(number).await.unwrap());
    assert_eq!(
        one.guardian_record(iin(1)).await.unwrap().unwrap(),
        other.guardian_record(iin(1)).await.unwrap().unwrap()
    );
    verify_chain(&other.audit_from(1, 100).await.unwrap(), 1, "").unwrap();
}

/// The oldest migration a program must know that works on this file.
async fn oldest(folder: &tempfile::TempDir) -> i64 {
    let path = folder.path().join("anyqtama.db");
    let raw = SqlitePool::connect(path.to_str().unwrap()).await.unwrap();
    query_scalar("SELECT oldest FROM schema_needs").fetch_one(&raw).await.unwrap()
}

#[tokio::test]
async fn an_open_database_is_sealed_by_its_restoration() {
    let (master, folder) = (master(), tempfile::tempdir().unwrap());
    let open = opened(&folder, AS_IT_IS).await;
    walk(&open).await;
    assert!(matches!(open.unlock(&master, moment(0)).await, Err(UnlockError::NotSealed)));
    assert!(oldest(&folder).await < 25, "an open one is open to older programs");
    let (sealed, folder) = restored(&open, Some(&master)).await;
    assert_same(&open, &sealed).await;
    assert_eq!(oldest(&folder).await, 25, "who knows nothing of keys is kept out");
    assert_eq!(found(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_sealed_archive_brings_its_own_keys() {
    let (master, folder) = (master(), tempfile::tempdir().unwrap());
    let one = opened(&folder, Some(&master)).await;
    walk(&one).await;
    let (other, folder) = restored(&one, Some(&master)).await;
    other.unlock(&master, moment(0)).await.unwrap();
    assert_same(&one, &other).await;
    assert_eq!(found(folder.path()), Vec::<String>::new());
    let (without, folder) = restored(&one, AS_IT_IS).await;
    assert!(without.has_data_keys().await.unwrap());
    assert_eq!(oldest(&folder).await, 25, "also where it was restored without the key file");
}

#[tokio::test]
async fn a_new_master_key_opens_everything_once_the_keys_are_wrapped_anew() {
    let (old, new) = (MasterKeys::new_line(), MasterKeys::new_line());
    let folder = tempfile::tempdir().unwrap();
    let before = opened(&folder, Some(&MasterKeys::parse(&old).unwrap())).await;
    walk(&before).await;
    let both = MasterKeys::parse(&format!("{}\n{}", *new, *old)).unwrap();
    let new = MasterKeys::parse(&new).unwrap();
    assert!(matches!(before.unlock(&new, moment(0)).await, Err(UnlockError::Keys(_))));
    before.keep_keys(&both, moment(0)).await.unwrap();
    let after = opened(&folder, Some(&new)).await;
    assert_same(&before, &after).await;
    assert!(after.has_data_keys().await.unwrap());
}
