//! CPU time of one GOST 34.10-2015-512 verification, ours, the naive one and that of OpenSSL's gost engine, and of judging
//! one whole CMS and one signed XML document.
//!
//! Prints a table; limits are for whoever reads it. Read next: `tests/verification/naive.rs`, `engine.rs` beside this.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench: it prints its figures and may fail"
)]
#![allow(missing_docs, dead_code, reason = "shared with the tests")]

#[path = "../../tests/verification/authorities.rs"]
mod authorities;
mod engine;
#[path = "../../tests/xml/faults.rs"]
mod faults;
#[path = "../../tests/verification/naive.rs"]
mod naive;

use cpu_time::ProcessTime;
use signature::Verdict;
use signature::cms::{Content, Policy, Purpose, Signer, verify};
use signature::gost::{PublicKey, streebog};
use signature::signing::SigningKey;

use authorities::{Authorities, NOW, gost_key, key_bytes};

fn milliseconds(rounds: u32, mut work: impl FnMut()) -> f64 {
    work();
    let start = ProcessTime::now();
    (0..rounds).for_each(|_| work());
    start.elapsed().as_secs_f64() * 1_000.0 / f64::from(rounds)
}

fn main() {
    let authorities = Authorities::new();
    let person = authorities.person();
    let message = b"<request/>".repeat(40);
    let digest = streebog(&message);
    let signature = person.key.sign(&message).unwrap();
    let public = key_bytes(&gost_key("person"));
    let key = PublicKey::from_bytes(&public).unwrap();
    let cms = person.sign(&message);
    let trust = authorities.trust();
    let policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };

    let ours = milliseconds(1_000, || assert!(key.verifies(&digest, &signature)));
    let naive = milliseconds(100, || assert!(naive::verifies(&public, &digest, &signature)));
    let signing = milliseconds(500, || assert!(person.key.sign(&message).is_ok()));
    let whole = milliseconds(500, || {
        let verdict = verify(&cms, Content::Attached(&message), policy, &trust, NOW);
        assert!(matches!(verdict, Verdict::Valid(_)));
    });
    let xml = faults::signed(&person, faults::TEXT);
    let xml = milliseconds(500, || {
        let verdict = faults::judged(&xml, signature::xml::Content::AnyDocument);
        assert!(matches!(verdict, Verdict::Valid(_)));
    });
    println!("{:<44} {:>9}", "what", "CPU ms");
    println!("{:<44} {ours:>9.3}", "GOST verification");
    println!("{:<44} {naive:>9.3}", "GOST verification, naive");
    println!("{:<44} {:>9.2}", "naive to ours, times", naive / ours);
    println!("{:<44} {signing:>9.3}", "GOST signature (not constant-time)");
    println!("{:<44} {whole:>9.3}", "CMS judged (signer and his certificate)");
    println!("{:<44} {xml:>9.3}", "XML judged (signer and his certificate)");
    beside_the_engine(&key);
}

/// The same work in the same run: one hash of a short message, one verification.
fn beside_the_engine(key: &PublicKey) {
    let message = engine::MESSAGE.as_bytes();
    let signature = gost_key("person").sign(message).unwrap();
    let ours = milliseconds(2_000, || assert!(key.verifies(&streebog(message), &signature)));
    println!("{:<44} {ours:>9.3}", "GOST hash and verification");
    let Some(theirs) = engine::milliseconds(1_000) else {
        println!("{:<44} {:>9}", "the same, OpenSSL's gost engine", "missing");
        return;
    };
    println!("{:<44} {theirs:>9.3}", "the same, OpenSSL's gost engine");
    println!("{:<44} {:>9.2}", "engine to ours, times", theirs / ours);
}
