//! Several nodes on one database, callers that give up, connections cut, rows nobody can read.

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
use domain::LegalClock;
use sqlx::postgres::PgPool;
use sqlx::{query, query_scalar, raw_sql};
use store_postgres::{OpenError, PostgresSettings, PostgresStore};
use throwaway_postgres::{Database, database};

async fn open(database: &Database) -> PostgresStore {
    let settings = PostgresSettings::default();
    let store = PostgresStore::connect(&database.url(), settings).await.unwrap();
    store.migrate().await.unwrap();
    store
}

async fn raw(database: &Database) -> PgPool {
    PgPool::connect(&database.url()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_on_one_database_register_once_and_lease_once() {
    let database = database().unwrap();
    let (first, second) = (open(&database).await, open(&database).await);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_together_migrate_once() {
    let database = database().unwrap();
    let nodes = (0..4).map(|_| {
        let url = database.url();
        tokio::spawn(async move {
            let store = PostgresStore::connect(&url, PostgresSettings::default()).await.unwrap();
            store.migrate().await.unwrap();
            store
        })
    });
    for node in nodes.collect::<Vec<_>>() {
        node.await.unwrap().ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let database = database().unwrap();
    let store = open(&database).await;
    let raw = raw(&database).await;
    for (change, migration) in [
        ("UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 3", "migration 3"),
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

/// Nodes of the version before are restarted while the new one works beside them.
#[tokio::test]
async fn a_newer_version_that_migrated_keeps_nobody_out_until_it_says_so() {
    let database = database().unwrap();
    let first = open(&database).await;
    let raw = raw(&database).await;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'newer', true, '\\x00', 0)";
    query(newer).execute(&raw).await.unwrap();
    let again = open(&database).await;
    again.require_schema().await.unwrap();
    again.ping().await.unwrap();
    let batch = batch(1, vec![registry_row(iin(1), "ward-a")]);
    again.apply_import(&batch).await.unwrap();
    // What it does not know it would leave out of a backup.
    let error = again.export(&mut Nowhere).await.unwrap_err();
    assert!(matches!(error, ArchiveError::NewerSchema { database: 9999, .. }), "{error}");
    query("UPDATE schema_needs SET oldest = 9999").execute(&raw).await.unwrap();
    for refused in [first.migrate().await, again.require_schema().await] {
        let error = refused.unwrap_err();
        assert!(matches!(error, OpenError::OutdatedProgram { oldest: 9999, .. }), "{error}");
        assert!(error.to_string().contains("use the newer version"), "{error}");
    }
}

/// A program of migration 4 knows no draft that led somewhere, and would be refused when it used one up.
#[tokio::test]
async fn who_does_not_know_where_drafts_lead_does_not_start() {
    let database = database().unwrap();
    let _store = open(&database).await;
    let needed = query_scalar("SELECT oldest FROM schema_needs");
    let needed: i64 = needed.fetch_one(&raw(&database).await).await.unwrap();
    assert!(needed >= 5);
}

/// Who appends holds up all nodes until his commit: what an import has checked at its end is checked before.
#[tokio::test]
async fn an_import_is_checked_before_it_holds_up_the_journal() {
    let database = database().unwrap();
    let (store, raw) = (open(&database).await, raw(&database).await);
    let fails_at_the_end = "
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'at the end' USING ERRCODE = '23503'; END $$;
        CREATE CONSTRAINT TRIGGER fails AFTER INSERT ON registry_versions
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()";
    raw_sql(fails_at_the_end).execute(&raw).await.unwrap();
    let mut by_hand = raw.begin().await.unwrap();
    query("SELECT 1 FROM journal_head FOR UPDATE").execute(&mut *by_hand).await.unwrap();
    let batch = batch(1, vec![registry_row(iin(1), "ward-a")]);
    let error = store.apply_import(&batch).await.unwrap_err();
    assert!(error.to_string().contains("23503"), "{error}");
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
async fn who_only_reads_migrates_nothing() {
    let database = database().unwrap();
    let settings = PostgresSettings::default();
    let store = PostgresStore::connect(&database.url(), settings).await.unwrap();
    let error = store.require_schema().await.unwrap_err();
    assert!(error.to_string().contains("run `anyqtama migrate`"), "{error}");
    let tables: i64 = query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        .fetch_one(&raw(&database).await)
        .await
        .unwrap();
    assert_eq!(tables, 0);
    store.migrate().await.unwrap();
    store.require_schema().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_caller_who_gives_up_leaves_nothing_half_written() {
    let database = database().unwrap();
    let postgres = open(&database).await;
    let rows: Vec<_> =
        (0..200).map(|index| registry_row(iin(index), &format!("ward-{index}"))).collect();
    let raw = raw(&database).await;
    let mut given_up = 0;
    for round in 0..30_u64 {
        let batch = batch(1, rows.clone());
        let import = postgres.apply_import(&batch);
        let patience = Duration::from_micros(round * 400);
        given_up += usize::from(tokio::time::timeout(patience, import).await.is_err());
        postgres.ping().await.unwrap();
        // One look at all of them: a commit that nobody waited for may come about at any moment.
        let known: i64 =
            query_scalar("SELECT count(*) FROM registry_records").fetch_one(&raw).await.unwrap();
        assert!(known == 0 || known == 200, "{known}");
    }
    assert!(given_up > 0);
    postgres.apply_import(&batch(2, rows)).await.unwrap();
    assert!(postgres.guardian_record(iin(199)).await.unwrap().is_some());
}

/// A `BEGIN` broken off half-way must not swallow what the next caller is told was written.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_answered_after_others_gave_up_is_written() {
    let database = database().unwrap();
    let settings = PostgresSettings { connections_max: 1, ..PostgresSettings::default() };
    let postgres = PostgresStore::connect(&database.url(), settings).await.unwrap();
    postgres.migrate().await.unwrap();
    let raw = raw(&database).await;
    let event = event(AuditAction::SignedIn, None, None);
    for round in 0..60_u64 {
        let patience = Duration::from_micros(round * 25);
        tokio::time::timeout(patience, postgres.append_audit(&event)).await.ok();
        let (id, document) = (format!("challenge-{round}"), Vec::new());
        let challenge = SignInChallenge { id, document, expires_at: moment(60) };
        postgres.put_challenge(&challenge).await.unwrap();
        let seen: bool = query_scalar("SELECT EXISTS (SELECT 1 FROM challenges WHERE id = $1)")
            .bind(&challenge.id)
            .fetch_one(&raw)
            .await
            .unwrap();
        assert!(seen, "{round}");
    }
    verify_chain(&postgres.audit_from(1, 100).await.unwrap(), 1, "").unwrap();
}

/// Until somebody in the database waits for a lock.
async fn somebody_waits(raw: &PgPool) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while query_scalar::<_, i64>(waiting).fetch_one(raw).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
}

/// What was signed was seen once more just before, and another node removed it as expired.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_draft_that_vanishes_during_its_registration_becomes_no_request() {
    let database = database().unwrap();
    let postgres = open(&database).await;
    let draft = draft(iin(1), "challenge");
    postgres.put_draft(&draft).await.unwrap();
    let raw = raw(&database).await;
    let mut elsewhere = raw.begin().await.unwrap();
    query("DELETE FROM drafts").execute(&mut *elsewhere).await.unwrap();
    let registration = registration(&draft, 1, "key");
    let removed = async {
        somebody_waits(&raw).await;
        elsewhere.commit().await.unwrap();
    };
    let (registered, ()) = tokio::join!(postgres.register(&registration), removed);
    assert!(matches!(registered, Err(StoreError::AlreadyUsed)), "{registered:?}");
    assert_eq!(postgres.request(&registration.number).await.unwrap(), None);
    let again = postgres.register(&registration).await;
    assert!(matches!(again, Err(StoreError::AlreadyUsed)), "{again:?}");
    assert!(postgres.audit_from(1, 10).await.unwrap().is_empty());
}

/// Waits until somebody waits for a lock, and cuts his connection.
async fn cut_who_waits(raw: &PgPool) {
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while query_scalar::<_, i64>(cut).fetch_one(raw).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_cut_in_the_middle_of_a_registration_leaves_nothing_of_it() {
    let database = database().unwrap();
    let postgres = open(&database).await;
    let draft = draft(iin(1), "challenge");
    postgres.put_draft(&draft).await.unwrap();
    let raw = raw(&database).await;
    let mut by_hand = raw.begin().await.unwrap();
    query("LOCK TABLE audit IN EXCLUSIVE MODE").execute(&mut *by_hand).await.unwrap();
    let registration = registration(&draft, 1, "key");
    let (registered, ()) = tokio::join!(postgres.register(&registration), cut_who_waits(&raw));
    assert!(matches!(registered, Err(StoreError::Unavailable(_))), "{registered:?}");
    by_hand.rollback().await.unwrap();
    assert_eq!(postgres.request(&registration.number).await.unwrap(), None);
    assert_eq!(postgres.draft("challenge").await.unwrap().unwrap().became, None);
    assert_eq!(postgres.register(&registration).await.unwrap(), Registered::New);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lock_somebody_forgot_is_an_outage_and_reading_goes_on() {
    let database = database().unwrap();
    let postgres = open(&database).await;
    let store: Arc<dyn Store> = Arc::new(postgres.clone());
    let number = registered(&store, 1).await;
    let raw = raw(&database).await;
    let mut by_hand = raw.begin().await.unwrap();
    query("LOCK TABLE audit IN EXCLUSIVE MODE").execute(&mut *by_hand).await.unwrap();
    let refused = postgres.append_audit(&event(AuditAction::SignedIn, None, None)).await;
    let error = refused.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains("a lock was not given in time"), "{error}");
    assert_eq!(stored(&store, &number).await.number, number);
    drop(by_hand);
    assert_eq!(leased(&store, 1).await.number, number);
}

#[tokio::test]
async fn a_row_nobody_can_read_is_named_without_its_value() {
    let database = database().unwrap();
    let store = open(&database).await;
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
    let spoil = query("UPDATE sessions SET iin = '850101300000'");
    spoil.execute(&raw(&database).await).await.unwrap();
    let error = store.session(&session.token, moment(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("8501"));
}

/// The server's own words would: «Failing row contains (…)», «Key (applicant)=(…) already exists».
#[tokio::test]
async fn an_error_repeats_no_personal_data() {
    let database = database().unwrap();
    let store = open(&database).await;
    let draft = draft(iin(1), "challenge");
    store.put_draft(&draft).await.unwrap();
    let twice = store.put_draft(&draft).await.unwrap_err();
    let mut registration = registration(&draft, 1, "key");
    registration.clock = LegalClock { accepted_at: moment(9), due_at: moment(1) };
    let due_before_accepted = store.register(&registration).await.unwrap_err();
    for (error, constraint) in [(twice, "drafts_pk"), (due_before_accepted, "requests_term")] {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(constraint), "{text}");
        for personal in [&iin(1).digits(), "Әлім", "ӘЛІМ", "contains", "challenge)"] {
            assert!(!text.contains(personal), "{text}");
        }
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_an_error_at_opening_and_shows_no_password() {
    let database = database().unwrap();
    let absent = format!("{}_absent", database.url());
    let refused = "postgres://anyqtama:secret@127.0.0.1:1/anyqtama";
    for address in [&absent, refused, "postgres://anyqtama:secret@[/", "no address: secret"] {
        let outcome = PostgresStore::connect(address, PostgresSettings::default()).await;
        let error = outcome.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

#[tokio::test]
async fn what_expired_is_removed_by_every_node_at_once() {
    let database = database().unwrap();
    let (first, second) = (open(&database).await, open(&database).await);
    for index in 0..50 {
        first.put_draft(&draft(iin(index), &format!("challenge-{index}"))).await.unwrap();
    }
    let (one, other) =
        tokio::join!(first.remove_expired(moment(9_999)), second.remove_expired(moment(9_999)));
    one.unwrap();
    other.unwrap();
    assert_eq!(first.draft("challenge-7").await.unwrap(), None);
}

#[tokio::test]
async fn after_the_program_restarts_everything_is_there() {
    let database = database().unwrap();
    let first = open(&database).await;
    let store: Arc<dyn Store> = Arc::new(first.clone());
    let number = registered(&store, 1).await;
    let planned = answered(&store, &number, 1).await;
    let before = stored(&store, &number).await;
    first.apply_import(&batch(1, vec![registry_row(iin(1), "ward-a")])).await.unwrap();
    first.close().await;
    let again = open(&database).await;
    let store: Arc<dyn Store> = Arc::new(again.clone());
    assert_eq!(stored(&store, &number).await, before);
    let bytes = store.document(&planned.id).await.unwrap().unwrap();
    assert_eq!(bytes, b"sealed bytes of certificate-1");
    assert!(again.guardian_record(iin(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn the_server_tells_its_clock() {
    let database = database().unwrap();
    let store = open(&database).await;
    let raw = PgPool::connect(&database.url()).await.unwrap();
    let second = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
    let before: String = sqlx::query_scalar(second).fetch_one(&raw).await.unwrap();
    let told = store.server_clock().await.unwrap();
    let apart = told.duration_since(before.parse::<jiff::Timestamp>().unwrap());
    assert!((0..10).contains(&apart.as_secs()), "{apart}");
}
