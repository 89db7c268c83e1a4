//! Processor time of one certificate from the signed request to the sealed PDF in the cabinet, and of its steps.
//! The real adapters on a SQLite file with every commit synced; HTTP is left out.
//! Run with `cargo bench -p anyqtama`; an argument sets the number of requests (default 300).

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that fails must stop, and its report goes to the terminal"
)]

use std::sync::Arc;
use std::time::Duration;

use adapters::{OwnVerifier, PdfRenderer};
use anyqtama::demo::prepare::{Prepared, prepare};
use anyqtama::system::SystemClock;
use anyqtama::wiring;
use app::{
    Channel, Clock, DraftOrder, IdempotencyKey, Renderer, Service, SignaturePurpose,
    SignatureVerifier, Submission, Submitted, Worker,
};
use cpu_time::ProcessTime;
use domain::{ConsentDecision, Consents, Language, WardsAsked};

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

#[tokio::main]
async fn main() {
    let count = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(300u32);
    let folder = tempfile::tempdir().unwrap();
    let nowhere = ([127, 0, 0, 1], 8080).into();
    let prepared = prepare(folder.path(), nowhere, nowhere).await.unwrap();
    let store = wiring::open_store(&prepared.config).await.unwrap();
    let service = wiring::service(&prepared.config, &store).await.unwrap();
    let worker = Worker::new(Arc::clone(&service));
    let verifier = OwnVerifier::new(wiring::trust(&prepared.config).unwrap());
    let renderer = PdfRenderer::new().unwrap();

    let (mut whole, mut verify, mut render) = (
        Sum::new("whole: submit to sealed PDF"),
        Sum::new("signature (GOST, chain, CRL)"),
        Sum::new("PDF, with checks before sealing"),
    );
    let (mut submit, mut work) =
        (Sum::new("submit"), Sum::new("worker: decide, render, seal, store"));
    for index in 0..count {
        let (document, cms) = order(&service, &prepared).await;
        verify
            .add(|| verifier.verify(&cms, &document, SignaturePurpose::Request, SystemClock.now()));
        let key = IdempotencyKey(index.to_string());
        let submission = Submission { key, cms, channel: Channel::Api, signed_in: None };
        let start = ProcessTime::now();
        let submitted = submit.add_async(service.submit(submission)).await.unwrap();
        let Submitted::New(stored) = submitted else { return println!("not new") };
        while work.add_async(worker.work_once()).await.unwrap() {}
        whole.1 += start.elapsed();
        whole.2 += 1;
        let view = service.request_view(&stored.number, None).await.unwrap().unwrap();
        let content = view.results.first().unwrap().content.clone();
        render.add(|| renderer.render(&content)).unwrap();
    }
    // A look for work that finds none follows each request; it belongs to the worker's figure.
    work.2 = count;
    println!("{count} certificates, processor time each:");
    for sum in [&whole, &submit, &verify, &work, &render] {
        sum.print();
    }
}
