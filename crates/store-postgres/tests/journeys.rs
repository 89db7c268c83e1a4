//! Whole journeys on two nodes while the server is killed under them again and again, or a standby takes its place: every
//! request that was answered for is there, each has one certificate, byte for byte the one somebody was told of, and the
//! journal vouches for all that is stored.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops where it is broken"
)]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, Ordering};
use std::time::Duration;

use app::testing::samples::{
    decision, draft, iin, last_step, moment, planned_certificate, registration, step,
};
use app::{
    AuditAction, Effect, JobNext, Lease, Registered, ResultId, Step, Store, StoreError,
    verify_chain,
};
use domain::{Alarm, Number, RequestState};
use store_postgres::{PostgresSettings, PostgresStore};
use throwaway_postgres::{Cluster, Settings};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
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

/// A document somebody was told is issued.
type Issued = (ResultId, Vec<u8>);

async fn node(url: &str) -> Arc<dyn Store> {
    let store = PostgresStore::connect(url, PostgresSettings::default()).await.unwrap();
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

/// Takes one job after another, until there is nothing open any more; answers what it heard to be issued.
async fn work(store: Arc<dyn Store>, world: Arc<World>) -> Vec<Issued> {
    let mut heard = Vec::new();
    loop {
        let now = world.clock.fetch_add(1, Ordering::SeqCst);
        match store.lease_job(moment(now), moment(now + LEASE_SECONDS)).await {
            Ok(Some(lease)) => {
                // Whatever broke it off: the lease runs out, and somebody goes on at the stored step.
                heard.extend(advance(&store, &lease).await.unwrap_or_default());
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
    heard
}

/// What this worker sealed differs from what any other would: a document cannot be lost and come again the same.
async fn advance(store: &Arc<dyn Store>, lease: &Lease) -> Result<Vec<Issued>, StoreError> {
    let mut issued = Vec::new();
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
                let unsealed = documents(store, lease, "unsealed").await?;
                step(&stored, lease, Effect::Intended(unsealed))
            }
            Step::Intended => {
                issued = documents(store, lease, "sealed").await?;
                last_step(&stored, lease, RequestState::Granted, issued.clone())
            }
            Step::Issued => break,
        };
        store.commit(&transition).await?;
        if transition.job == JobNext::Done {
            return Ok(issued);
        }
    }
    Ok(Vec::new())
}

async fn documents(
    store: &Arc<dyn Store>,
    lease: &Lease,
    kind: &str,
) -> Result<Vec<Issued>, StoreError> {
    let results = store.results_of(&lease.number).await?;
    let bytes =
        |id: &ResultId| format!("{kind} bytes of {} under {}", id.0, lease.fence).into_bytes();
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

/// People who submit and workers, on two nodes.
struct Nodes {
    world: Arc<World>,
    citizens: JoinSet<Vec<Number>>,
    workers: JoinSet<Vec<Issued>>,
}

impl Nodes {
    async fn start(url: &str) -> Self {
        let world = Arc::new(World {
            clock: AtomicI64::new(1),
            people: AtomicI64::new(1),
            closing: AtomicBool::new(false),
        });
        let (mut citizens, mut workers) = (JoinSet::new(), JoinSet::new());
        for _ in 0..2 {
            let store = node(url).await;
            citizens.spawn(submit(store.clone(), world.clone()));
            citizens.spawn(submit(store.clone(), world.clone()));
            workers.spawn(work(store.clone(), world.clone()));
            workers.spawn(work(store, world.clone()));
        }
        Self { world, citizens, workers }
    }

    /// Nobody comes any more, and everything open is finished: numbers and documents that somebody was told of.
    async fn close(self) -> (Vec<Number>, Vec<Issued>) {
        self.world.closing.store(true, Ordering::SeqCst);
        let given = self.citizens.join_all().await.concat();
        (given, self.workers.join_all().await.concat())
    }
}

/// Everything that was acknowledged is there, everything that was open is finished, and each once.
async fn assert_all_whole(store: &Arc<dyn Store>, given: &[Number], heard: &[Issued]) {
    assert!(given.len() > 10, "{}", given.len());
    for number in given {
        assert_whole(store, number).await;
    }
    for (id, sealed) in heard {
        assert_eq!(store.document(id).await.unwrap().as_ref(), Some(sealed), "byte for byte");
    }
    assert_eq!(store.numbers_after(None, 100_000).await.unwrap().len(), given.len());
    let rows = store.audit_from(1, 100_000).await.unwrap();
    assert_eq!(rows.len(), given.len() * 4);
    verify_chain(&rows, 1, "").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_request_ends_once_however_often_the_server_is_killed() {
    let mut cluster = Cluster::start(Settings::durable()).unwrap();
    let nodes = Nodes::start(&cluster.url("postgres")).await;
    for _ in 0..KILLS {
        tokio::time::sleep(WORK).await;
        cluster.kill().unwrap();
        cluster.start_again().unwrap();
    }
    tokio::time::sleep(WORK).await;
    let (given, heard) = nodes.close().await;
    assert_all_whole(&node(&cluster.url("postgres")).await, &given, &heard).await;
}

/// An address that stays while the servers behind it change, as a virtual address or a proxy gives.
async fn steady_address() -> (u16, Arc<AtomicU16>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().port();
    let server = Arc::new(AtomicU16::new(0));
    let behind = server.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let port = behind.load(Ordering::SeqCst);
            tokio::spawn(async move {
                if let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await {
                    copy_bidirectional(&mut client, &mut server).await.ok();
                }
            });
        }
    });
    (address, server)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn when_a_standby_takes_over_nothing_answered_is_lost_and_everything_open_is_finished_once() {
    let mut primary = Cluster::start(Settings::durable()).unwrap();
    let standby = primary.standby("second").unwrap();
    primary.wait_for_standby("second").unwrap();
    let (address, behind) = steady_address().await;
    behind.store(primary.port(), Ordering::SeqCst);
    let url = format!("postgres://postgres@127.0.0.1:{address}/postgres");
    let nodes = Nodes::start(&url).await;
    // Under way at each step, and some through, when the primary dies.
    let begun = "SELECT count(*) FILTER (WHERE ended_at IS NULL), count(ended_at) FROM requests";
    let counts = |server: &Cluster| -> Vec<u32> {
        let counts = server.run_sql("postgres", begun).unwrap();
        counts.trim().split('|').map(|count| count.parse().unwrap()).collect()
    };
    while counts(&primary).iter().any(|count| *count < 10) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    primary.kill().unwrap();
    standby.promote().unwrap();
    assert!(counts(&standby)[0] > 0, "requests are in flight when the standby takes over");
    behind.store(standby.port(), Ordering::SeqCst);
    tokio::time::sleep(WORK).await;
    let (given, heard) = nodes.close().await;
    assert!(!heard.is_empty());
    assert_all_whole(&node(&standby.url("postgres")).await, &given, &heard).await;
}
