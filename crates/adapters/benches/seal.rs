//! CPU time of sealing and judging one rendered certificate, for each kind of key. Needs `openssl`.

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

use adapters::{FileSealer, PdfRenderer, SealFiles};
use app::{Clock, Renderer, SealOrder, Sealer};
use cpu_time::ProcessTime;
use domain::DocumentContent;
use jiff::{SignedDuration, Timestamp};
use signature::pades::{Trust, Verdict, verify};

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
    let unsealed = PdfRenderer::new().unwrap().render(&content).unwrap();
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
}
