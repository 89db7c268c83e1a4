//! Foreign bytes, a great many of them, into every parser of foreign bytes: each answers, in bounded memory and time.
//!
//! Some thousand inputs each time; as many as wanted by a release build:
//! `ANYQTAMA_SURVIVE=1000000 cargo test --release -p signature@0.1.0 --test survive -- --nocapture`. Inputs follow from their
//! number, so one that is found to be bad is found again. Read next: `inputs.rs` for what is changed, `measure.rs`, `parsers.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test program: it may fail, and says loudly what it found"
)]
#![allow(missing_docs, dead_code, reason = "the fixtures are shared with other tests")]

#[path = "../verification/authorities.rs"]
mod authorities;
#[path = "../pades/fixture.rs"]
mod fixture;
mod inputs;
mod measure;
#[path = "../verification/other_keys.rs"]
mod other_keys;
mod parsers;
#[path = "../pades/world.rs"]
mod world;

use measure::{survive, wanted};

/// Inputs of each run that does not ask for more.
const FEW: u64 = 4_000;

#[test]
fn every_parser_of_foreign_bytes_survives_whatever_comes() {
    let wanted = wanted(FEW);
    let parsers = parsers::all();
    let each = wanted.div_ceil(u64::try_from(parsers.len()).unwrap());
    let all: u64 = parsers.iter().map(|parser| survive(parser, each)).sum();
    assert!(wanted <= all);
    eprintln!("{all} inputs in all");
}
