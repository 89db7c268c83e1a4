//! Servers that are killed or hang, and standbys that follow: nothing answered is lost, and the store finds its way back
//! by itself.
//!
//! Next: `journeys.rs` for whole journeys while this happens, also when a standby takes over.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops where it is broken"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::testing::samples::{
    answered, batch, draft, iin, registered, registration, registry_row, stored,
};
use app::{Registered, Registry, Store, StoreError, verify_chain};
use sqlx::postgres::PgPool;
use sqlx::{query, query_scalar};
use store_postgres::{PostgresSettings, PostgresStore, ServerRole};
use throwaway_postgres::{Cluster, Settings};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

async fn open(url: &str) -> PostgresStore {
    let store = PostgresStore::connect(url, PostgresSettings::default()).await.unwrap();
    store.migrate().await.unwrap();
    store
}

fn is_unavailable<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(_)))
}

/// Until a call succeeds again; fails after a time in which anybody would have called somebody.
async fn healed(store: &PostgresStore) -> Duration {
    let begun = Instant::now();
    while store.ping().await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_the_server_is_killed_and_started_again_nothing_answered_is_lost() {
    let mut cluster = Cluster::start(Settings::durable()).unwrap();
    let postgres = open(&cluster.url("postgres")).await;
    let store: Arc<dyn Store> = Arc::new(postgres.clone());
    let number = registered(&store, 1).await;
    let planned = answered(&store, &number, 1).await;
    let before = stored(&store, &number).await;
    postgres.apply_import(&batch(1, vec![registry_row(iin(1), "ward-a")])).await.unwrap();
    cluster.kill().unwrap();
    let begun = Instant::now();
    assert!(is_unavailable(&store.request(&number).await));
    assert!(is_unavailable(&store.ping().await));
    assert!(begun.elapsed() < Duration::from_secs(15));
    cluster.start_again().unwrap();
    healed(&postgres).await;
    assert_eq!(stored(&store, &number).await, before);
    let bytes = store.document(&planned.id).await.unwrap().unwrap();
    assert_eq!(bytes, b"sealed bytes of certificate-1");
    assert!(postgres.guardian_record(iin(1)).await.unwrap().is_some());
    verify_chain(&store.audit_from(1, 100).await.unwrap(), 1, "").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_hangs_is_unavailable_within_seconds_and_then_goes_on() {
    let cluster = Cluster::start(Settings::fast()).unwrap();
    let postgres = open(&cluster.url("postgres")).await;
    let calls = |count: usize| {
        let mut calls = JoinSet::new();
        for _ in 0..count {
            let postgres = postgres.clone();
            calls.spawn(async move {
                let begun = Instant::now();
                (postgres.ping().await, begun.elapsed())
            });
        }
        calls
    };
    calls(20).join_all().await;
    cluster.freeze().unwrap();
    for (outcome, time) in calls(20).join_all().await {
        assert!(is_unavailable(&outcome));
        assert!(time < Duration::from_secs(15), "{time:?}");
    }
    cluster.thaw().unwrap();
    assert!(healed(&postgres).await < Duration::from_secs(15));
    for (outcome, _) in calls(20).join_all().await {
        outcome.unwrap();
    }
}

/// A way to a server that can vanish: from then on what is connected hears nothing more, not even an end, for good.
async fn vanishing_way(server: u16) -> (u16, watch::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().port();
    let (vanish, vanished) = watch::channel(());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut vanished = vanished.clone();
            vanished.mark_unchanged();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                tokio::select! {
                    biased;
                    Ok(()) = vanished.changed() => {}
                    _ = copy_bidirectional(&mut client, &mut server) => return,
                }
                // Both ends stay open, and nobody reads from them.
                std::future::pending::<()>().await;
            });
        }
    });
    (address, vanish)
}

/// Until somebody in the database waits for a lock.
async fn somebody_waits(raw: &PgPool) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while query_scalar::<_, i64>(waiting).fetch_one(raw).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_host_that_vanishes_in_the_middle_of_a_batch_holds_up_nobody_afterwards() {
    let cluster = Cluster::start(Settings::fast()).unwrap();
    let (address, vanish) = vanishing_way(cluster.port()).await;
    let postgres = open(&format!("postgres://postgres@127.0.0.1:{address}/postgres")).await;
    let drafts = [1, 2, 3].map(|index| draft(iin(index), &format!("challenge-{index}")));
    for draft in &drafts {
        postgres.put_draft(draft).await.unwrap();
    }
    let [begun, waiting, later] =
        [(0, 1), (1, 2), (2, 3)].map(|(at, index)| registration(&drafts[at], index, "key"));
    // The batch is under way, and its answer will never come.
    let raw = PgPool::connect(&cluster.url("postgres")).await.unwrap();
    let mut by_hand = raw.begin().await.unwrap();
    query("LOCK TABLE audit IN EXCLUSIVE MODE").execute(&mut *by_hand).await.unwrap();
    let (store, cut) = (postgres.clone(), begun.clone());
    let cut = tokio::spawn(async move { store.register(&cut).await });
    somebody_waits(&raw).await;
    vanish.send(()).unwrap();
    by_hand.rollback().await.unwrap();
    // Who comes now and gives up was told that nothing is known of his request: none comes up later.
    let impatient = timeout(Duration::from_millis(100), postgres.register(&waiting)).await;
    assert!(impatient.is_err());
    let outcome = timeout(Duration::from_secs(12), cut).await.unwrap().unwrap();
    assert!(is_unavailable(&outcome), "{outcome:?}");
    let begun = Instant::now();
    while is_unavailable(&postgres.register(&later).await) {
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(postgres.request(&later.number).await.unwrap().unwrap().number, later.number);
    assert_eq!(postgres.request(&waiting.number).await.unwrap(), None);
    timeout(Duration::from_secs(10), postgres.close()).await.unwrap();
}

/// Without the standby that is waited for nobody is told that something is kept which a failover would lose.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_commit_that_no_standby_confirms_is_not_answered() {
    let primary = Cluster::start(Settings::durable()).unwrap();
    let mut standby = primary.standby("second").unwrap();
    primary.wait_for_standby("second").unwrap();
    let postgres = open(&primary.url("postgres")).await;
    let store: Arc<dyn Store> = Arc::new(postgres.clone());
    let number = registered(&store, 1).await;
    standby.kill().unwrap();
    let draft = draft(iin(2), "challenge");
    assert!(is_unavailable(&store.put_draft(&draft).await));
    assert_eq!(store.draft("challenge").await.unwrap(), None);
    assert_eq!(stored(&store, &number).await.number, number);
    standby.start_again().unwrap();
    healed(&postgres).await;
    let registration = registration(&draft, 2, "key");
    while store.draft("challenge").await.unwrap().is_none() {
        store.put_draft(&draft).await.ok();
    }
    assert_eq!(store.register(&registration).await.unwrap(), Registered::New);
}

#[tokio::test]
async fn a_replica_is_read_and_takes_no_writes() {
    let primary = Cluster::start(Settings::fast()).unwrap();
    let replica = primary.standby("second").unwrap();
    primary.set("synchronous_commit", "remote_apply").unwrap();
    primary.wait_for_standby("second").unwrap();
    let store: Arc<dyn Store> = Arc::new(open(&primary.url("postgres")).await);
    let number = registered(&store, 1).await;
    let settings = PostgresSettings { role: ServerRole::Replica, ..PostgresSettings::default() };
    let replica = PostgresStore::connect(&replica.url("postgres"), settings).await.unwrap();
    let replica: Arc<dyn Store> = Arc::new(replica);
    assert_eq!(stored(&replica, &number).await, stored(&store, &number).await);
    let error = replica.ping().await.unwrap_err();
    assert!(error.to_string().contains("this server takes no writes"), "{error}");
}

#[tokio::test]
async fn a_standby_is_not_taken_for_the_primary() {
    let primary = Cluster::start(Settings::fast()).unwrap();
    let standby = primary.standby("second").unwrap();
    let url = standby.url("postgres");
    assert!(PostgresStore::connect(&url, PostgresSettings::default()).await.is_err());
    standby.promote().unwrap();
    open(&url).await.ping().await.unwrap();
}
