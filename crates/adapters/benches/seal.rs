//! CPU time of sealing and judging one rendered certificate, for each kind of key, and for each level of the seal with an
//! authority's stamps over HTTP. Needs `openssl`. Run with `cargo bench -p adapters`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench: it prints its figures and may fail"
)]
#![allow(missing_docs, dead_code, reason = "shared with the tests")]

#[path = "../src/samples.rs"]
mod samples;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adapters::{
    FactsKey, FileSealer, GostFactsSigner, HttpTimeStamper, KeyFault, OwnDocumentVerifier,
    PdfRenderer, SealFiles, SealLevels, Sealers, TimeStampSettings, TrustFolder, TrustFolders,
};
use app::testing::{FixedClock, SeededIds};
use app::{
    Clock, DocumentVerdict, DocumentVerifier, FactsSigner, Renderer, SealOrder, Sealer, TimeStamper,
};
use cpu_time::ProcessTime;
use domain::DocumentContent;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use signature::Moment;
use signature::pades::{Level, Trust, Verdict, judge_sealer, verify};
use simulators::authority::{Algorithm, DemoFolder, SealHolder, SoftwareKey};
use simulators::tsa::Tsa;

#[path = "../src/seal/authority.rs"]
mod authority;

const ROUNDS: u32 = 300;

/// Stands in the time of the certificates.
struct Standing;

impl Clock for Standing {
    #[allow(
        clippy::disallowed_methods,
        reason = "certificates are made by a program with its own clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(1)
    }
}

fn per_round(mut work: impl FnMut()) -> f64 {
    work();
    let start = ProcessTime::now();
    (0..ROUNDS).for_each(|_| work());
    start.elapsed().as_secs_f64() * 1_000.0 / f64::from(ROUNDS)
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    if !authority::make_root(folder.path()) {
        println!("openssl is missing: nothing measured");
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let content = DocumentContent::Certificate(samples::certificate());
    let unsealed = PdfRenderer::new().unwrap().render(&content, None, None).unwrap();
    let order = SealOrder {
        provider: samples::provider(),
        sealed_at: "2026-11-23T10:10:06Z".parse().unwrap(),
    };
    for (name, kind) in [
        ("rsa2048", authority::RSA_2048),
        ("rsa3072", "-algorithm RSA -pkeyopt rsa_keygen_bits:3072"),
        ("p256", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256"),
    ] {
        let files = authority::make_key(folder.path(), name, kind);
        let sealer = FileSealer::load(&files, &BTreeMap::new(), Arc::new(Standing)).unwrap();
        let mut sealed = Vec::new();
        let seal = per_round(|| {
            sealed = runtime.block_on(sealer.seal(&unsealed, &order)).unwrap();
        });
        let judge = per_round(|| {
            assert!(matches!(verify(&sealed, &|_, _| Trust::Trusted), Verdict::Genuine(_)));
        });
        let grown = sealed.len() - unsealed.len();
        println!("{name}: seal {seal:.3} ms, judge {judge:.3} ms of CPU, {grown} bytes more");
    }
    facts_signature(&content, &runtime);
    for algorithm in [Algorithm::Rsa, Algorithm::Gost] {
        runtime.block_on(levels(&unsealed, algorithm));
    }
}

/// A key of the simulated authority's in the place of a device's.
struct SoftKey(SoftwareKey);

impl FactsKey for SoftKey {
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyFault> {
        self.0.sign(bytes).map_err(|_| KeyFault::Signing)
    }
}

/// What a facts signature costs, with the software key's own work; and what a seal and a judgement cost with it and
/// without.
fn facts_signature(content: &DocumentContent, runtime: &tokio::runtime::Runtime) {
    let now = "2026-11-23T10:11:06Z".parse().unwrap();
    let clock = Arc::new(FixedClock::new(now));
    let files = tempfile::tempdir().unwrap();
    let folder = DemoFolder::new(files.path());
    let mut random = StdRng::seed_from_u64(2);
    let holder = |file: &str| SealHolder {
        file: file.to_owned(),
        name: "МӨР".to_owned(),
        bin: samples::provider().bin.digits(),
    };
    let furnished = folder.furnish(&[], &[holder("system")], now, &mut random).unwrap();
    let authority = furnished.authority;
    folder.furnish_facts_key(&authority, &holder("facts"), now, &mut random).unwrap();
    let pem = folder.facts_key().join("facts.pem");
    let key = SoftwareKey::from_pem(
        &std::fs::read_to_string(folder.facts_key().join("facts.key")).unwrap(),
    );
    let key = Arc::new(SoftKey(key.unwrap()));
    let alone = per_round(|| drop(key.sign(b"attributes").unwrap()));
    let signer = GostFactsSigner::with_key(&pem, key, clock.clone()).unwrap();
    let renderer = PdfRenderer::new().unwrap();
    let facts = renderer.facts(content);
    let mut cms = Vec::new();
    let sign = per_round(|| {
        cms = runtime.block_on(signer.sign(&facts, content.made_at())).unwrap();
    });
    println!("facts signature: {sign:.3} ms of CPU, of it the software key {alone:.3} ms");
    let key = folder.seals().join("system.key");
    let files = SealFiles { certificates: key.with_extension("pem"), key };
    let sealer = FileSealer::load(&files, &BTreeMap::new(), clock.clone()).unwrap();
    let folders = TrustFolders { anchors: folder.anchors(), lists: folder.lists() };
    let trust = Arc::new(TrustFolder::load(folders, clock).unwrap());
    let providers = [samples::provider().bin].into();
    let verifier =
        OwnDocumentVerifier::new(trust, Sealers { operators: Default::default(), providers });
    let order = SealOrder { provider: samples::provider(), sealed_at: now };
    for signature in [None, Some(cms.as_slice())] {
        let mut unsealed = Vec::new();
        let render = per_round(|| unsealed = renderer.render(content, None, signature).unwrap());
        let mut sealed = Vec::new();
        let seal = per_round(|| {
            sealed = runtime.block_on(sealer.seal(&unsealed, &order)).unwrap();
        });
        let judge = per_round(|| {
            let verdict = verifier.verify(&sealed, now);
            assert!(matches!(verdict, DocumentVerdict::Genuine(_)), "{verdict:?}");
        });
        let (with, bytes) = (if signature.is_some() { "with it" } else { "without" }, sealed.len());
        println!(
            "{with}: render {render:.3} ms, seal {seal:.3} ms, judge {judge:.3} ms of CPU, {bytes} bytes"
        );
    }
}

/// Each level over one document. The authority works in this process too: what a stamp costs it and the way to it is
/// printed apart.
async fn levels(unsealed: &[u8], algorithm: Algorithm) {
    let now = "2026-11-23T10:11:06Z".parse().unwrap();
    let clock = Arc::new(FixedClock::new(now));
    let files = tempfile::tempdir().unwrap();
    let folder = DemoFolder::new(files.path());
    let mut random = StdRng::seed_from_u64(1);
    let holder = SealHolder {
        file: "system".to_owned(),
        name: "МӨР".to_owned(),
        bin: samples::provider().bin.digits(),
    };
    let authority = folder.furnish(&[], &[holder], now, &mut random).unwrap().authority;
    let keys = authority.issue_stamp_keys(algorithm, now, &mut random).unwrap();
    let own = Arc::clone(&clock);
    let tsa = Tsa::bind("127.0.0.1:0".parse().unwrap(), keys, Arc::new(move || own.now()));
    let tsa = tsa.await.unwrap();
    let urls = vec![tsa.url()];
    tokio::spawn(tsa.serve(std::future::pending()));
    let folders = TrustFolders { anchors: folder.anchors(), lists: folder.lists() };
    let trust = Arc::new(TrustFolder::load(folders, clock.clone()).unwrap());
    let settings = TimeStampSettings { urls, policy: None, patience: Duration::from_secs(20) };
    let stamper = || {
        let (trust, ids) = (Arc::clone(&trust), Arc::new(SeededIds::new(1)));
        HttpTimeStamper::new(&settings, trust, clock.clone(), ids).unwrap()
    };
    let alone = stamper();
    let stamp = per_round_async(async || {
        alone.stamp(&[7; 32]).await.unwrap();
    });
    println!(
        "{algorithm:?} stamps: {:.3} ms of CPU each with the authority's own work",
        stamp.await
    );
    let order = SealOrder { provider: samples::provider(), sealed_at: now };
    let key = folder.seals().join("system.key");
    let files = SealFiles { certificates: key.with_extension("pem"), key };
    for level in Level::ALL {
        let sealer = FileSealer::load(&files, &BTreeMap::new(), clock.clone()).unwrap();
        let sealer = match level {
            Level::Basic => sealer,
            _ => sealer.with_levels(SealLevels::new(
                level,
                Arc::new(stamper()),
                Arc::clone(&trust),
                clock.clone(),
            )),
        };
        let sealed = std::cell::RefCell::new(Vec::new());
        let seal = per_round_async(async || {
            *sealed.borrow_mut() = sealer.seal(unsealed, &order).await.unwrap();
        });
        let seal = seal.await;
        let (sealed, store) = (sealed.into_inner(), trust.current());
        let at = Moment(now.as_second());
        let judge = per_round(|| {
            let verdict = verify(&sealed, &|certificates, proofs| {
                judge_sealer(&store, certificates, proofs, at)
            });
            assert!(matches!(verdict, Verdict::Genuine(by) if by.level == level));
        });
        let grown = sealed.len() - unsealed.len();
        println!("{level}: seal {seal:.3} ms, judge {judge:.3} ms of CPU, {grown} bytes more");
    }
}

async fn per_round_async(work: impl AsyncFn()) -> f64 {
    work().await;
    let start = ProcessTime::now();
    for _ in 0..ROUNDS {
        work().await;
    }
    start.elapsed().as_secs_f64() * 1_000.0 / f64::from(ROUNDS)
}
