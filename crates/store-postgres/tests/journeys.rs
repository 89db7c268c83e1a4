//! Whole journeys on two nodes while the server is killed under them again and again: every request that was answered
//! for is there, each has one certificate, and the journal vouches for all that is stored.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops where it is broken"
)]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use app::testing::samples::{
    decision, draft, iin, last_step, moment, planned_certificate, registration, step,
};
use app::{
    AuditAction, Effect, Lease, Registered, ResultId, Step, Store, StoreError, verify_chain,
};
use domain::{Alarm, Number, RequestState};
use store_postgres::{PostgresSettings, PostgresStore};
use throwaway_postgres::{Cluster, Settings};
use tokio::task::JoinSet;

const KILLS: u32 = 3;
/// Between two kills.
const WORK: Duration = Duration::from_millis(700);
const LEASE_SECONDS: i64 = 500;

/// What the nodes have in common besides the database.
struct World {
    /// Seconds; each look at it is one later, so leases of those who broke off run out soon.
    clock: AtomicI64,
    people: AtomicI64,
    closing: AtomicBool,
}

async fn node(cluster: &Cluster) -> Arc<dyn Store> {
    let settings = PostgresSettings::default();
    let store = PostgresStore::connect(&cluster.url("postgres"), settings).await.unwrap();
    store.migrate().await.unwrap();
    Arc::new(store)
}

async fn rest() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// Submits for one person after another, each as often as it takes; answers the numbers it was given.
async fn submit(store: Arc<dyn Store>, world: Arc<World>) -> Vec<Number> {
    let mut given = Vec::new();
    while !world.closing.load(Ordering::SeqCst) {
        let person = u32::try_from(world.people.fetch_add(1, Ordering::SeqCst)).unwrap();
        let draft = draft(iin(person), &format!("challenge-{person}"));
        while !matches!(store.draft(&draft.challenge).await, Ok(Some(_))) {
            if store.put_draft(&draft).await.is_err() {
                rest().await;
            }
        }
        let registration = registration(&draft, person.into(), &format!("key-{person}"));
        loop {
            match store.register(&registration).await {
                Ok(Registered::New) => break,
                Ok(Registered::Same(number)) => {
                    assert_eq!(number, registration.number);
                    break;
                }
                Ok(other) => assert_eq!(other, Registered::New),
                Err(_) => rest().await,
            }
        }
        given.push(registration.number);
    }
    given
}

/// Takes one job after another, until there is nothing open any more.
async fn work(store: Arc<dyn Store>, world: Arc<World>) {
    loop {
        let now = world.clock.fetch_add(1, Ordering::SeqCst);
        match store.lease_job(moment(now), moment(now + LEASE_SECONDS)).await {
            Ok(Some(lease)) => {
                // Whatever broke it off: the lease runs out, and somebody goes on at the stored step.
                advance(&store, &lease).await.ok();
            }
            Ok(None) => {
                let open = store.open_requests(Alarm::Overdue, moment(i64::from(u32::MAX)), 1);
                let all_answered = open.await.is_ok_and(|open| open.is_empty());
                if all_answered && world.closing.load(Ordering::SeqCst) {
                    break;
                }
                tokio::task::yield_now().await;
            }
            Err(_) => rest().await,
        }
    }
}

async fn advance(store: &Arc<dyn Store>, lease: &Lease) -> Result<(), StoreError> {
    while let Some(stored) = store.request(&lease.number).await? {
        let transition = match stored.step {
            Step::Registered => {
                let mut hasher = DefaultHasher::new();
                lease.number.hash(&mut hasher);
                let applicant = stored.request.applicant;
                let planned = planned_certificate(&lease.number, applicant, hasher.finish());
                step(&stored, lease, Effect::Decided(Box::new(decision()), vec![planned]))
            }
            Step::Decided => {
                let unsealed = documents(store, &lease.number, "unsealed").await?;
                step(&stored, lease, Effect::Intended(unsealed))
            }
            Step::Intended => {
                let sealed = documents(store, &lease.number, "sealed").await?;
                last_step(&stored, lease, RequestState::Granted, sealed)
            }
            Step::Issued => break,
        };
        store.commit(&transition).await?;
    }
    Ok(())
}

async fn documents(
    store: &Arc<dyn Store>,
    number: &Number,
    kind: &str,
) -> Result<Vec<(ResultId, Vec<u8>)>, StoreError> {
    let results = store.results_of(number).await?;
    let bytes = |id: &ResultId| format!("{kind} bytes of {}", id.0).into_bytes();
    Ok(results.into_iter().map(|one| (one.planned.id.clone(), bytes(&one.planned.id))).collect())
}

/// Everything that is stored of one request, against what the journal tells of it.
async fn assert_whole(store: &Arc<dyn Store>, number: &Number) {
    let evidence = store.evidence(number).await.unwrap().unwrap();
    assert_eq!(evidence.step, "issued");
    let results = store.results_of(number).await.unwrap();
    assert_eq!(results.len(), 1);
    assert!(store.document(&results[0].planned.id).await.unwrap().is_some());
    assert_eq!(store.unsealed(&results[0].planned.id).await.unwrap(), None);
    let told: Vec<_> = store.audit_of(number).await.unwrap();
    let words: Vec<&str> = told.iter().map(|row| row.action.as_str()).collect();
    let expected =
        [AuditAction::Registered, AuditAction::Decided, AuditAction::Intended, AuditAction::Issued];
    assert_eq!(words, expected.map(AuditAction::code));
    assert_eq!(told[0].evidence, evidence.registration);
    assert_eq!(Some(&told[1].evidence), evidence.decision.as_ref());
    assert_eq!(Some(&told[3].evidence), evidence.issued.as_ref());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_request_ends_once_however_often_the_server_is_killed() {
    let mut cluster = Cluster::start(Settings::durable()).unwrap();
    let world = Arc::new(World {
        clock: AtomicI64::new(1),
        people: AtomicI64::new(1),
        closing: AtomicBool::new(false),
    });
    let (mut citizens, mut workers) = (JoinSet::new(), JoinSet::new());
    for _ in 0..2 {
        let store = node(&cluster).await;
        citizens.spawn(submit(store.clone(), world.clone()));
        workers.spawn(work(store.clone(), world.clone()));
        workers.spawn(work(store, world.clone()));
    }
    for _ in 0..KILLS {
        tokio::time::sleep(WORK).await;
        cluster.kill().unwrap();
        cluster.start_again().unwrap();
    }
    tokio::time::sleep(WORK).await;
    world.closing.store(true, Ordering::SeqCst);
    let given: Vec<Number> = citizens.join_all().await.concat();
    workers.join_all().await;
    let store = node(&cluster).await;
    assert!(given.len() > 10, "{}", given.len());
    for number in &given {
        assert_whole(&store, number).await;
    }
    assert_eq!(store.numbers_after(None, 100_000).await.unwrap().len(), given.len());
    let rows = store.audit_from(1, 100_000).await.unwrap();
    assert_eq!(rows.len(), given.len() * 4);
    verify_chain(&rows, 1, "").unwrap();
}
