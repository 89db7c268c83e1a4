//! What the store costs: processor time of this process and wall time per registration, lease, transition and import,
//! on a server of its own that syncs every commit. Run with `cargo bench -p store-postgres`; an argument sets the
//! number of requests (default 300).

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::as_conversions,
    reason = "a measurement that fails must stop, and its report goes to the terminal"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::testing::samples::{
    batch, draft, iin, moment, planned_certificate, registration, registry_row, step, stored,
};
use app::testing::samples::{decision, last_step};
use app::{Effect, Lease, Registry, ResultId, Store, Transition};
use cpu_time::ProcessTime;
use domain::RequestState;
use store_postgres::{PostgresSettings, PostgresStore};
use throwaway_postgres::{Cluster, Settings};

/// Size of a sealed certificate with its embedded fonts, roughly.
const DOCUMENT_BYTES: usize = 80_000;

struct Meter {
    name: &'static str,
    wall: Vec<Duration>,
    cpu: Duration,
}

impl Meter {
    fn new(name: &'static str) -> Self {
        Self { name, wall: Vec::new(), cpu: Duration::ZERO }
    }

    async fn time<T>(&mut self, work: impl Future<Output = T>) -> T {
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        let value = work.await;
        self.cpu += cpu.elapsed();
        self.wall.push(wall.elapsed());
        value
    }

    fn report(&mut self) {
        self.wall.sort();
        let count = u32::try_from(self.wall.len()).unwrap();
        let at = |percent: usize| self.wall.get(self.wall.len() * percent / 100).unwrap();
        let (name, cpu) = (self.name, self.cpu / count);
        println!("{name:<28} cpu {cpu:>9.1?}  wall p50 {:>9.1?}  p95 {:>9.1?}", at(50), at(95));
    }
}

struct Meters {
    draft: Meter,
    register: Meter,
    lease: Meter,
    waiting: Meter,
    decided: Meter,
    intended: Meter,
    issued: Meter,
    read: Meter,
}

fn main() {
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(300);
    let cluster = Cluster::start(Settings::durable()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let postgres = node(&cluster).await;
        postgres.migrate().await.unwrap();
        requests(&postgres, count).await;
        imports(&postgres).await;
        parallel(std::slice::from_ref(&postgres), 100_000, count).await;
        let nodes = [node(&cluster).await, node(&cluster).await, node(&cluster).await];
        parallel(&nodes, 200_000, count).await;
    });
    let size = cluster.run_sql("postgres", "SELECT pg_database_size('postgres')").unwrap();
    let bytes: u64 = size.trim().parse().unwrap();
    println!("database {} kB per request", bytes / 1_000 / u64::from(count));
}

async fn node(cluster: &Cluster) -> PostgresStore {
    let settings = PostgresSettings { connections_max: 16, ..PostgresSettings::default() };
    PostgresStore::connect(&cluster.url("postgres"), settings).await.unwrap()
}

async fn requests(postgres: &PostgresStore, count: u32) {
    let store: Arc<dyn Store> = Arc::new(postgres.clone());
    let mut meters = Meters {
        draft: Meter::new("put_draft"),
        register: Meter::new("register"),
        lease: Meter::new("lease_job"),
        waiting: Meter::new("commit waiting"),
        decided: Meter::new("commit decided (1 result)"),
        intended: Meter::new("commit intended (80 kB)"),
        issued: Meter::new("commit issued (80 kB)"),
        read: Meter::new("request (read)"),
    };
    let all = Instant::now();
    for index in 0..count {
        one_request(&store, &mut meters, index).await;
    }
    let rate = f64::from(count) / all.elapsed().as_secs_f64();
    let Meters { draft, register, lease, waiting, decided, intended, issued, read } = meters;
    for mut meter in [draft, register, lease, waiting, decided, intended, issued, read] {
        meter.report();
    }
    println!("{rate:.0} whole requests a second, one after another");
}

async fn one_request(store: &Arc<dyn Store>, meters: &mut Meters, index: u32) {
    let identifier = u64::from(index);
    let draft = draft(iin(index), &format!("challenge-{index}"));
    meters.draft.time(store.put_draft(&draft)).await.unwrap();
    let registration = registration(&draft, identifier, &format!("key-{index}"));
    meters.register.time(store.register(&registration)).await.unwrap();
    let lease = meters.lease.time(store.lease_job(moment(1), moment(61))).await.unwrap().unwrap();
    let number = registration.number;
    let waiting = next(store, &lease, Effect::Waiting).await;
    meters.waiting.time(store.commit(&waiting)).await.unwrap();
    let planned = planned_certificate(&number, iin(index), identifier);
    let id: ResultId = planned.id.clone();
    let effect = Effect::Decided(Box::new(decision()), vec![planned]);
    let decided = next(store, &lease, effect).await;
    meters.decided.time(store.commit(&decided)).await.unwrap();
    let bytes = vec![(id, vec![7; DOCUMENT_BYTES])];
    let intended = next(store, &lease, Effect::Intended(bytes.clone())).await;
    meters.intended.time(store.commit(&intended)).await.unwrap();
    let current = meters.read.time(stored(store, &number)).await;
    let issued = last_step(&current, &lease, RequestState::Granted, bytes);
    meters.issued.time(store.commit(&issued)).await.unwrap();
}

async fn next(store: &Arc<dyn Store>, lease: &Lease, effect: Effect) -> Transition {
    step(&stored(store, &lease.number).await, lease, effect)
}

async fn imports(postgres: &PostgresStore) {
    let rows: Vec<_> =
        (0..2_000).map(|index| registry_row(iin(index), &format!("ward-{index}"))).collect();
    let batch = batch(1, rows);
    let mut first = Meter::new("import of 2000 new rows");
    first.time(postgres.apply_import(&batch)).await.unwrap();
    first.report();
    let mut again = Meter::new("the same 2000 rows again");
    again.time(postgres.apply_import(&batch)).await.unwrap();
    again.report();
    let mut record = Meter::new("guardian_record (read)");
    for index in 0..500 {
        record.time(postgres.guardian_record(iin(index))).await.unwrap();
    }
    record.report();
}

/// Registrations that meet, on as many nodes: the journal's head is the limit.
async fn parallel(nodes: &[PostgresStore], from: u32, count: u32) {
    let mut registrations = Vec::new();
    for (index, node) in (from..from + count).zip(nodes.iter().cycle()) {
        let draft = draft(iin(index % 70_000 + 5_000), &format!("challenge-{index}"));
        node.put_draft(&draft).await.unwrap();
        let registration = registration(&draft, u64::from(index), &format!("key-{index}"));
        registrations.push((node.clone(), registration));
    }
    let all = Instant::now();
    let tasks = registrations.into_iter().map(|(store, registration)| {
        tokio::spawn(async move { store.register(&registration).await.unwrap() })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let rate = f64::from(count) / all.elapsed().as_secs_f64();
    println!("{rate:.0} registrations a second, {count} at once on {} nodes", nodes.len());
}
