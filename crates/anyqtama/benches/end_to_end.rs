//! Processor time of one certificate from the signed request to the sealed PDF in the cabinet, and of its steps: the
//! real adapters, first on a SQLite file, then on a PostgreSQL server of its own, every commit synced; HTTP is left out,
//! and so is the time of the server's processes (`cargo xtask load` counts both).
//! Run with `cargo bench -p anyqtama`; an argument sets the number of requests (default 300).

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that fails must stop, and its report goes to the terminal"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adapters::{FileSealer, ImportOrder, OwnVerifier, PdfRenderer, SealFiles, import_file};
use anyqtama::demo::prepare::{Prepared, prepare};
use anyqtama::system::SystemClock;
use anyqtama::wiring::{self, OpenStore};
use app::{
    Channel, Clock, DraftOrder, IdempotencyKey, Renderer, SealOrder, Sealer, Service,
    SignaturePurpose, SignatureVerdict, SignatureVerifier, StoredRequest, Submission, Submitted,
    Worker,
};
use cpu_time::ProcessTime;
use domain::{ConsentDecision, Consents, Kato, Language, WardsAsked, decide};
use throwaway_postgres::{Cluster, Settings};

/// A person with one ward, and his key.
const PERSON: &str = "one_ward";

struct Sum(&'static str, Duration, u32);

impl Sum {
    fn new(name: &'static str) -> Self {
        Self(name, Duration::ZERO, 0)
    }

    fn add<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = ProcessTime::now();
        let value = work();
        self.1 += start.elapsed();
        self.2 += 1;
        value
    }

    async fn add_async<T>(&mut self, work: impl Future<Output = T>) -> T {
        let start = ProcessTime::now();
        let value = work.await;
        self.1 += start.elapsed();
        self.2 += 1;
        value
    }

    fn print(&self) {
        println!("{:<44} {:>8.2} ms", self.0, self.1.as_secs_f64() * 1_000.0 / f64::from(self.2));
    }
}

async fn order(service: &Service, prepared: &Prepared) -> (Vec<u8>, Vec<u8>) {
    let place = prepared.people.iter().position(|one| one.slug == PERSON).unwrap();
    let (person, key) = (prepared.people.get(place).unwrap(), prepared.keys.get(place).unwrap());
    let given = ConsentDecision::Given;
    let draft = service.prepare_draft(DraftOrder {
        applicant: person.iin,
        language: Language::Kk,
        wards: WardsAsked::All,
        consents: Consents { restricted_data: given, protected_secret: given },
        provider: None,
    });
    let document = draft.await.unwrap().document;
    let cms = key.sign(&document, true, SystemClock.now()).unwrap();
    (document, cms)
}

/// The steps that can be repeated apart from the service.
struct Steps {
    verifier: OwnVerifier,
    renderer: PdfRenderer,
    sealer: FileSealer,
    verify: Sum,
    decide: Sum,
    render: Sum,
    seal: Sum,
}

impl Steps {
    fn new(prepared: &Prepared) -> Self {
        let keys = &prepared.config.seal.keys_dir;
        let files =
            SealFiles { key: keys.join("system.key"), certificates: keys.join("system.pem") };
        Self {
            verifier: OwnVerifier::new(wiring::trust(&prepared.config).unwrap()),
            renderer: PdfRenderer::new().unwrap(),
            sealer: FileSealer::load(&files, &BTreeMap::new(), Arc::new(SystemClock)).unwrap(),
            verify: Sum::new("  signature (GOST, chain, CRL)"),
            decide: Sum::new("  decision"),
            render: Sum::new("  PDF, with checks before sealing"),
            seal: Sum::new("  seal (RSA-2048)"),
        }
    }

    /// Does again what the service has done for one request.
    async fn repeat(
        &mut self,
        store: &OpenStore,
        request: &StoredRequest,
        document: &[u8],
        cms: &[u8],
    ) {
        let (verifier, now) = (&self.verifier, SystemClock.now());
        let verdict = verifier.verify(cms, document, SignaturePurpose::Request, now);
        assert!(matches!(self.verify.add_async(verdict).await, SignatureVerdict::Valid(_)));
        let decision = store.store.decision(&request.number).await.unwrap().unwrap();
        self.decide.add(|| decide(&request.request, &decision.evidence, decision.decided_at));
        let results = store.store.results_of(&request.number).await.unwrap();
        let content = &results.first().unwrap().planned.content;
        let unsealed = self.render.add(|| self.renderer.render(content, None, None)).unwrap();
        let order =
            SealOrder { provider: content.provider().clone(), sealed_at: content.made_at() };
        self.seal.add_async(self.sealer.seal(&unsealed, &order)).await.unwrap();
    }
}

#[tokio::main]
async fn main() {
    let count = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(300u32);
    let folder = tempfile::tempdir().unwrap();
    let nowhere = ([127, 0, 0, 1], 8080).into();
    let mut prepared = prepare(folder.path(), nowhere, nowhere).await.unwrap();
    println!("{count} certificates, processor time of this process each.\nSQLite");
    certificates(&prepared, count).await;
    let cluster = Cluster::start(Settings::durable()).unwrap();
    prepared.config.database.url = cluster.url("postgres");
    fill_data_bank(&prepared).await;
    println!("PostgreSQL");
    certificates(&prepared, count).await;
}

/// The data bank's file once more, into the present database.
async fn fill_data_bank(prepared: &Prepared) {
    let file = std::fs::read(prepared.folder.path("data-bank.xlsx")).unwrap();
    let store = wiring::open_migrated_store(&prepared.config).await.unwrap();
    let department = Kato::parse("710000000").unwrap();
    let now = SystemClock.now();
    import_file(&*store.registry, file, ImportOrder::of_all(department, now)).await.unwrap();
    store.close().await;
}

async fn certificates(prepared: &Prepared, count: u32) {
    let store = wiring::open_store(&prepared.config).await.unwrap();
    let service = wiring::service(&prepared.config, &store).await.unwrap();
    let worker = Worker::new(Arc::clone(&service));
    let mut steps = Steps::new(prepared);
    let (mut submit, mut work) =
        (Sum::new("submit: judge, register"), Sum::new("worker: decide, render, seal, store"));
    for index in 0..count {
        let (document, cms) = order(&service, prepared).await;
        let key = IdempotencyKey(index.to_string());
        let submission =
            Submission { key, cms: cms.clone(), channel: Channel::Api, signed_in: None };
        let submitted = submit.add_async(service.submit(submission)).await.unwrap();
        let Submitted::New(stored) = submitted else { return println!("not new") };
        while work.add_async(worker.work_once()).await.unwrap() {}
        steps.repeat(&store, &stored, &document, &cms).await;
    }
    // A look for work that finds none follows each request; it belongs to the worker's figure.
    work.2 = count;
    let Steps { verify, decide, render, seal, .. } = &steps;
    let known = [verify, decide, render, seal];
    let whole = Sum("whole: submit to sealed PDF", submit.1 + work.1, count);
    let known_time = known.iter().map(|sum| sum.1).sum();
    let rest = whole.1.saturating_sub(known_time);
    for sum in [&whole, &submit, &work].into_iter().chain(known) {
        sum.print();
    }
    Sum("  the rest: store calls, journal, JSON, threads", rest, count).print();
    store.close().await;
}
