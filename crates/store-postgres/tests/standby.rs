//! A primary whose one synchronous standby is down: no commit is confirmed, and each that is tried keeps a process of the
//! server until the standby is back. Nobody is told that something is kept, and reading goes on.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::testing::samples::{event, moment, registered};
use app::{AuditAction, SignInChallenge, Store, StoreError};
use domain::Number;
use store_postgres::{PostgresSettings, PostgresStore};
use throwaway_postgres::{Cluster, Settings};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Of a node; a quarter of them is for reading alone.
const CONNECTIONS: u32 = 8;
const WRITERS: usize = 6;
/// How long a browser waits in this test.
const PATIENCE: Duration = Duration::from_secs(3);

async fn open(cluster: &Cluster) -> PostgresStore {
    let settings = PostgresSettings { connections_max: CONNECTIONS, ..PostgresSettings::default() };
    let store = PostgresStore::connect(&cluster.url("postgres"), settings).await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// What any stranger causes: a sign-in page, or a line of the journal in turn.
async fn write(store: &PostgresStore, wave: &str, index: u32) -> Result<(), StoreError> {
    if index.is_multiple_of(2) {
        return store.append_audit(&event(AuditAction::Checked, None, None)).await;
    }
    let id = format!("{wave}-{index}");
    let challenge = SignInChallenge { id, document: b"text".to_vec(), expires_at: moment(300) };
    store.put_challenge(&challenge).await
}

/// How long each of fifty callers waited who come at once and lose their patience; none of them may be told that
/// something was written.
async fn fifty_try(store: &PostgresStore, wave: &'static str) -> Vec<Duration> {
    let mut callers = JoinSet::new();
    for index in 0..50 {
        let store = store.clone();
        callers.spawn(async move {
            let begun = Instant::now();
            let outcome = timeout(PATIENCE, write(&store, wave, index)).await;
            assert!(!matches!(outcome, Ok(Ok(()))));
            begun.elapsed()
        });
    }
    callers.join_all().await
}

/// Reads until told to stop; answers how often.
async fn reader(store: Arc<dyn Store>, number: Number, stop: watch::Receiver<()>) -> u32 {
    let mut times = 0;
    while !stop.has_changed().unwrap() {
        let begun = Instant::now();
        assert!(store.request(&number).await.unwrap().is_some());
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        times += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    times
}

/// Processes of the server that wait for the standby.
fn waiting(primary: &Cluster) -> usize {
    let select = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    primary.run_sql("postgres", select).unwrap().trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_no_standby_confirms_few_wait_in_the_server_and_reading_goes_on() {
    let primary = Cluster::start(Settings::durable()).unwrap();
    let mut standby = primary.standby("second").unwrap();
    primary.wait_for_standby("second").unwrap();
    let postgres = open(&primary).await;
    let store: Arc<dyn Store> = Arc::new(postgres.clone());
    let number = registered(&store, 1).await;
    standby.kill().unwrap();
    let (stop, stopped) = watch::channel(());
    let reading = tokio::spawn(reader(store, number, stopped));

    fifty_try(&postgres, "first").await;
    let at_first = waiting(&primary);
    assert!((1..=WRITERS).contains(&at_first), "{at_first}");
    for wave in ["second", "third"] {
        let times = fifty_try(&postgres, wave).await;
        let at_once = times.iter().filter(|time| **time < Duration::from_secs(1)).count();
        assert_eq!(at_once, 49, "one tries whether a commit is confirmed: {times:?}");
    }
    let at_last = waiting(&primary);
    assert!(at_last <= at_first + 1, "{at_first}, then {at_last}");
    stop.send(()).unwrap();
    assert!(reading.await.unwrap() > 50);

    primary.set("synchronous_standby_names", "").unwrap();
    let begun = Instant::now();
    while write(&postgres, "after", 0).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(15));
    }
    for index in 0..50 {
        write(&postgres, "healed", index).await.unwrap();
    }
    assert_eq!(waiting(&primary), 0);
}
