//! Several programs on one file, restarts, callers that give up, rows nobody can read.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

use std::sync::Arc;
use std::time::Duration;

use app::testing::samples::{
    answered, batch, draft, event, iin, leased, moment, registered, registration, registry_row,
    stored,
};
use app::{
    Archive, ArchiveError, ArchiveItem, ArchiveSink, AuditAction, Registered, Registry, Session,
    SessionToken, SignInChallenge, Store, StoreError, verify_chain,
};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{query, query_scalar};
use store_sqlite::{OpenError, SqliteStore};

async fn open(folder: &tempfile::TempDir) -> SqliteStore {
    let path = folder.path().join("anyqtama.db");
    let store = SqliteStore::open(path.to_str().unwrap()).await.unwrap();
    store.migrate().await.unwrap();
    store
}

async fn raw(folder: &tempfile::TempDir) -> SqlitePool {
    let path = folder.path().join("anyqtama.db");
    SqlitePool::connect_with(SqliteConnectOptions::new().filename(path)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_on_one_file_register_once_and_lease_once() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (open(&folder).await, open(&folder).await);
    for round in 0..10 {
        let draft = draft(iin(round), &format!("challenge-{round}"));
        first.put_draft(&draft).await.unwrap();
        let tasks = [0, 1_u32].map(|which| {
            let store = if which == 0 { &first } else { &second }.clone();
            let index = u64::from(round * 2 + which);
            let registration = registration(&draft, index, &format!("key-{index}"));
            tokio::spawn(async move {
                let registered = store.register(&registration).await.unwrap();
                let lease = store.lease_job(moment(1), moment(61)).await.unwrap();
                (registered, lease)
            })
        });
        let (mut new, mut leases) = (0, 0);
        for task in tasks {
            let (registered, lease) = task.await.unwrap();
            new += usize::from(registered == Registered::New);
            leases += usize::from(lease.is_some());
        }
        assert_eq!((new, leases), (1, 1));
    }
    let rows = second.audit_from(1, 100).await.unwrap();
    assert_eq!(rows.len(), 10);
    verify_chain(&rows, 1, "").unwrap();
}

#[tokio::test]
async fn after_a_restart_everything_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(&folder).await;
    let store: Arc<dyn Store> = Arc::new(first.clone());
    let number = registered(&store, 1).await;
    let planned = answered(&store, &number, 1).await;
    let before = stored(&store, &number).await;
    first.apply_import(&batch(1, vec![registry_row(iin(1), "ward-a")])).await.unwrap();
    first.close().await;
    let again = open(&folder).await;
    let store: Arc<dyn Store> = Arc::new(again.clone());
    assert_eq!(stored(&store, &number).await, before);
    let bytes = store.document(&planned.id).await.unwrap().unwrap();
    assert_eq!(bytes, b"sealed bytes of certificate-1");
    assert!(again.guardian_record(iin(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn the_file_is_in_write_ahead_mode() {
    let folder = tempfile::tempdir().unwrap();
    let _store = open(&folder).await;
    let mode: String =
        query_scalar("PRAGMA journal_mode").fetch_one(&raw(&folder).await).await.unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_caller_who_gives_up_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(&folder).await;
    let store: Arc<dyn Store> = Arc::new(sqlite.clone());
    let rows: Vec<_> =
        (0..200).map(|index| registry_row(iin(index), &format!("ward-{index}"))).collect();
    let mut given_up = 0;
    for round in 0..30_u64 {
        let batch = batch(1, rows.clone());
        let import = sqlite.apply_import(&batch);
        let patience = Duration::from_micros(round * 300);
        given_up += usize::from(tokio::time::timeout(patience, import).await.is_err());
        store.ping().await.unwrap();
        let known = sqlite.guardian_record(iin(0)).await.unwrap().is_some();
        let last = sqlite.guardian_record(iin(199)).await.unwrap().is_some();
        assert_eq!(known, last);
    }
    assert!(given_up > 0);
    sqlite.apply_import(&batch(2, rows)).await.unwrap();
    assert!(sqlite.guardian_record(iin(199)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_row_nobody_can_read_is_named_without_its_value() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let document = b"document".to_vec();
    let challenge = SignInChallenge { id: "once".to_owned(), document, expires_at: moment(60) };
    store.put_challenge(&challenge).await.unwrap();
    let session = Session {
        token: SessionToken("token".to_owned()),
        iin: iin(1),
        name: "ӘЛІМҚҰЛОВ ҮСЕН".to_owned(),
        signed_in_at: moment(0),
        expires_at: moment(60),
    };
    let audit = event(AuditAction::SignedIn, None, Some(iin(1)));
    store.open_session("once", &session, &audit).await.unwrap();
    let raw = raw(&folder).await;
    query("UPDATE sessions SET iin = '850101300000'").execute(&raw).await.unwrap();
    let error = store.session(&session.token, moment(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("8501"));
}

#[tokio::test]
async fn a_file_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let raw = raw(&folder).await;
    for (change, migration) in [
        ("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 3", "migration 3"),
        ("UPDATE _sqlx_migrations SET version = 999 WHERE version = 2", "migration 3"),
        ("DELETE FROM _sqlx_migrations WHERE version = 3", "migration 999"),
    ] {
        query(change).execute(&raw).await.unwrap();
        for refused in [store.migrate().await, store.require_schema().await] {
            let error = refused.unwrap_err().to_string();
            assert!(error.contains(migration), "{error}");
        }
    }
}

/// Going back to the version before, as long as the newer one only added.
#[tokio::test]
async fn a_newer_version_that_migrated_keeps_nobody_out_until_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(&folder).await;
    let raw = raw(&folder).await;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'newer', true, x'00', 0)";
    query(newer).execute(&raw).await.unwrap();
    let again = open(&folder).await;
    again.require_schema().await.unwrap();
    again.ping().await.unwrap();
    // What it does not know it would leave out of a backup.
    let error = again.export(&mut Nowhere).await.unwrap_err();
    assert!(matches!(error, ArchiveError::NewerSchema { database: 9999, .. }), "{error}");
    query("UPDATE schema_needs SET oldest = 9999").execute(&raw).await.unwrap();
    for refused in [first.migrate().await, again.require_schema().await] {
        let error = refused.unwrap_err();
        assert!(matches!(error, OpenError::OutdatedProgram { oldest: 9999, .. }), "{error}");
    }
}

/// A program of migration 4 knows no draft that led somewhere, and would be refused when it used one up.
#[tokio::test]
async fn who_does_not_know_where_drafts_lead_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let _store = open(&folder).await;
    let needed = query_scalar("SELECT oldest FROM schema_needs");
    let needed: i64 = needed.fetch_one(&raw(&folder).await).await.unwrap();
    assert!(needed >= 5);
}

/// Keeps nothing.
struct Nowhere;

#[async_trait::async_trait]
impl ArchiveSink for Nowhere {
    async fn put(&mut self, _item: ArchiveItem) -> Result<(), ArchiveError> {
        Ok(())
    }
}

#[tokio::test]
async fn who_only_reads_makes_no_file_and_migrates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyqtama.db");
    let path = path.to_str().unwrap();
    assert!(SqliteStore::open_existing(path).await.is_err());
    assert!(!std::fs::exists(path).unwrap());
    SqliteStore::open(path).await.unwrap();
    let store = SqliteStore::open_existing(path).await.unwrap();
    let error = store.require_schema().await.unwrap_err();
    assert!(error.to_string().contains("run `anyqtama migrate`"), "{error}");
    store.migrate().await.unwrap();
    store.require_schema().await.unwrap();
}

#[tokio::test]
async fn an_error_repeats_no_personal_data() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let draft = draft(iin(1), "challenge");
    store.put_draft(&draft).await.unwrap();
    let error = store.put_draft(&draft).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    let text = format!("{error} {error:?}");
    assert!(!text.contains(&iin(1).digits()) && !text.contains("Әлім"), "{text}");
}

#[tokio::test]
async fn a_file_that_is_no_database_or_has_no_folder_is_an_error_at_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "not a database, but long enough to be looked at".repeat(99)).unwrap();
    assert!(SqliteStore::open(path.to_str().unwrap()).await.is_err());
    let path = folder.path().join("nowhere").join("anyqtama.db");
    assert!(SqliteStore::open(path.to_str().unwrap()).await.is_err());
}

#[tokio::test]
async fn a_store_whose_file_is_locked_by_another_program_still_reads() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(&folder).await;
    let store: Arc<dyn Store> = Arc::new(sqlite);
    let number = registered(&store, 1).await;
    let raw = raw(&folder).await;
    let lock = raw.begin_with("BEGIN IMMEDIATE").await.unwrap();
    assert_eq!(stored(&store, &number).await.number, number);
    assert!(
        store.lease_job(moment(0) - Duration::from_secs(1), moment(1)).await.unwrap().is_none()
    );
    drop(lock);
    assert_eq!(leased(&store, 1).await.number, number);
}
