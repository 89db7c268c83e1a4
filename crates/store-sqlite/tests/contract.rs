//! The store passes the suites every store must pass, each promise on a fresh file, with personal data sealed in it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use app::testing::record_desk_contract::DeskFixture;
use app::testing::samples::{
    annulment, answered, batch, draft, ended, event, iin, moment, name, propose_annulment,
    registered, registry_row, write_note,
};
use app::testing::store_contract::Fixture;
use app::{
    Archive, ArchiveError, ArchiveItem, ArchiveSink, ArchiveSource, AuditAction, CaseFiles,
    Registry, Store, StoreError, verify_chain,
};
use async_trait::async_trait;
use sqlx::query_scalar;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use store_sqlite::SqliteStore;
use vault::{Kept, MasterKeys, PERSONAL_COLUMNS, UnlockError};

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

/// Columns with texts or bytes in which nothing of anybody's stands.
const OPEN: &str = "
    annulments: certificate id outcome provider reason request result
    attempts: whom
    audit: action actor detail evidence hash request
    caller_acts: id kind line number
    challenges: id
    consent_askings: challenge heard id outcome public_key
    consent_withdrawals: channel number
    consents: decision kind language number text_version
    data_keys: master purpose wrapped
    decisions: number
    drafts: became challenge led_to
    email_codes: hash id salt
    erased_consents: decision kind number text_version
    erased_requests: number
    erased_results: file_digest kind number request token_digest
    erasure_waits: number
    fault_reports: id kind line
    figures: addressed answered_by channel ground language number
    form_ends: id outcome
    form_versions: based_on id wording
    idempotency_keys: body_digest idempotency_key number
    import_proposals: file_digest id kind provider state
    imports: entered_by file_digest
    jobs: number
    journal_head: hash
    journal_roots: day hash stamp
    notices: kind number
    officer_sessions: provider token way
    one_time_password_tries: id
    one_time_passwords: document hash id purpose salt
    open_recourses: recourse
    outbox: channel kind number outcome
    passkeys: credential credential_id handle id workplace
    pending_sign_ins: id
    phone_signings: auth challenge link method refusal
    portal_exchanges: body_digest chain delivery external_chain external_id fault last_message message number told
    portal_exchanges: waits waits_code
    record_looks: department id way
    recourse_steps: answer_number body digest kind recourse token
    recourses: form_key kind number provider request
    registry_keys: act provider record_key
    registry_keys_due: record_key
    registry_records: record_key
    registry_versions: record_key
    repair_requests: number outcome provider
    repairs_told: number
    request_notes: id request workplace
    requests: asked_language asked_provider channel number state step
    results: digest id kind number request token told_ground told_provider
    sealed_documents: result
    sessions: token
    signed_requests: number
    staff_appointments: id kind replaces roles state workplace
    technical_breaks: id reason_en reason_kk reason_ru
    unsealed_documents: result
";

fn columns_in_the_open() -> BTreeSet<String> {
    let of_table = |line: &str| {
        let (table, columns) = line.split_once(": ").unwrap();
        columns.split(' ').map(|column| format!("{table}.{column}")).collect::<Vec<_>>()
    };
    OPEN.trim().lines().flat_map(|line| of_table(line.trim())).collect()
}

/// The database past the store.
async fn raw(folder: &tempfile::TempDir) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(folder.path().join("anyqtama.db"));
    SqlitePool::connect_with(options).await.unwrap()
}

/// All open questions to one person are answered with one proof of his: it is his, not the question's.
const SEALED_TO_A_PERSON: &str = "consent_askings.token";

/// What were bound to less would open in another row.
#[tokio::test]
async fn what_is_sealed_is_bound_to_the_whole_key_of_its_row() {
    let folder = tempfile::tempdir().unwrap();
    opened(&folder, AS_IT_IS).await;
    let raw = raw(&folder).await;
    for (column, kept) in PERSONAL_COLUMNS {
        let (Kept::Text(bound) | Kept::Bytes(bound)) = kept else { continue };
        let (table, _) = column.split_once('.').unwrap();
        let key: Vec<String> =
            sqlx::query_scalar("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk")
                .bind(table)
                .fetch_all(&raw)
                .await
                .unwrap();
        let is_whole = key.join(", ") == bound || column == SEALED_TO_A_PERSON;
        assert!(is_whole, "{column} is bound to {bound}, not to {key:?}");
    }
}

/// A node without a key file that was started before there were keys, and a program that knows nothing of them.
#[tokio::test]
async fn whoever_has_no_keys_stores_nobody_in_a_database_that_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let keyless = opened(&folder, AS_IT_IS).await;
    opened(&folder, Some(&master())).await;
    let store: Arc<dyn Store> = Arc::new(keyless.clone());
    assert!(store.put_draft(&draft(iin(1), "challenge")).await.is_err());
    let looked = event(AuditAction::Checked, None, Some(iin(1)));
    assert!(store.append_audit(&looked).await.is_err());
    assert!(keyless.apply_import(&batch(1, vec![registry_row(iin(1), "ward")])).await.is_err());
    store.append_audit(&event(AuditAction::Checked, None, None)).await.unwrap();
    assert_eq!(found(folder.path()), Vec::<String>::new());
}

/// Otherwise whoever has the database alone gives somebody back what has ended.
#[tokio::test]
async fn a_version_of_before_does_not_open_as_the_present_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder, Some(&master())).await;
    let row = registry_row(iin(1), "ward");
    store.apply_import(&batch(1, vec![row.clone()])).await.unwrap();
    store.apply_import(&batch(2, vec![ended(&row)])).await.unwrap();
    assert!(store.guardian_record(iin(1)).await.unwrap().is_some());
    let moved = "DROP TRIGGER registry_versions_fixed;
         UPDATE registry_versions SET payload = (
             SELECT payload FROM registry_versions WHERE version = 1) WHERE version = 2";
    sqlx::raw_sql(moved).execute(&raw(&folder).await).await.unwrap();
    let told = store.guardian_record(iin(1)).await;
    assert!(matches!(told, Err(StoreError::Corrupt("registry_versions.payload"))));
}

/// A new column is somebody's until it is said that it is not.
#[tokio::test]
async fn each_column_is_sealed_or_nobodys() {
    let folder = tempfile::tempdir().unwrap();
    opened(&folder, AS_IT_IS).await;
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT one.name || '.' || field.name
         FROM sqlite_master AS one, pragma_table_info(one.name) AS field
         WHERE one.type = 'table' AND one.name <> '_sqlx_migrations'
             AND one.name NOT LIKE 'sqlite%' AND field.type IN ('TEXT', 'BLOB')",
    )
    .fetch_all(&raw(&folder).await)
    .await
    .unwrap();
    let sealed = PERSONAL_COLUMNS.map(|(column, _)| column.to_owned());
    let mut told = columns_in_the_open();
    told.extend(sealed);
    assert_eq!(columns.into_iter().collect::<BTreeSet<_>>(), told);
}

/// An archive in memory.
#[derive(Default)]
struct InMemory(VecDeque<ArchiveItem>);

#[async_trait]
impl ArchiveSink for InMemory {
    async fn put(&mut self, item: ArchiveItem) -> Result<(), ArchiveError> {
        self.0.push_back(item);
        Ok(())
    }
}

#[async_trait]
impl ArchiveSource for InMemory {
    async fn next(&mut self) -> Result<Option<ArchiveItem>, ArchiveError> {
        Ok(self.0.pop_front())
    }
}

/// Exports one store into the other, new one.
async fn restored(
    from: &SqliteStore,
    master: Option<&MasterKeys>,
) -> (SqliteStore, tempfile::TempDir) {
    let mut archive = InMemory::default();
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
    assert!(oldest(&folder).await < 28, "an open one is open to older programs");
    let (sealed, folder) = restored(&open, Some(&master)).await;
    assert_same(&open, &sealed).await;
    assert_eq!(oldest(&folder).await, 28, "who knows nothing of keys is kept out");
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
    assert_eq!(oldest(&folder).await, 28, "also where it was restored without the key file");
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
