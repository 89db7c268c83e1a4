//! Foreign bytes, a great many of them, into every parser of foreign bytes: each answers, in bounded memory and time.
//!
//! Some thousand inputs each time; as many as wanted by a release build:
//! `ANYQTAMA_SURVIVE=1000000 cargo test --release -p signature@0.1.0 --test survive -- --nocapture`. Inputs follow from their
//! number, so one that is found to be bad is found again. Read next: `inputs.rs` for what is changed, `parsers.rs`.

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
#[path = "../verification/other_keys.rs"]
mod other_keys;
mod parsers;
#[path = "../pades/world.rs"]
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use cpu_time::ProcessTime;

use inputs::Inputs;
use parsers::Parser;

/// Inputs of each run that does not ask for more.
const FEW: u64 = 4_000;
/// No input may cost more processor time, also in a build without optimisation on a busy machine.
const SLOWEST_MAX: Duration = Duration::from_secs(5);
/// By how much the process may grow, in KiB, over all inputs of a parser.
const GROWTH_MAX: u64 = 64 * 1024;

/// What one parser cost.
struct Cost {
    inputs: u64,
    slowest: Duration,
    slowest_number: u64,
    all: Duration,
    grown: u64,
}

#[test]
fn every_parser_of_foreign_bytes_survives_whatever_comes() {
    let wanted = std::env::var("ANYQTAMA_SURVIVE").ok();
    let wanted = wanted.map_or(FEW, |count| count.parse().expect("a number of inputs"));
    let parsers = parsers::all();
    let each = wanted.div_ceil(u64::try_from(parsers.len()).unwrap());
    let mut all = 0;
    for parser in &parsers {
        let cost = survive(parser, each);
        all += cost.inputs;
        let average = cost.all / u32::try_from(cost.inputs).unwrap();
        eprintln!(
            "{:<24} {:>8} inputs, {average:>9.1?} each, slowest {:>9.1?} (no. {}), {:>6} KiB more",
            parser.name, cost.inputs, cost.slowest, cost.slowest_number, cost.grown
        );
        assert!(cost.slowest < SLOWEST_MAX, "{}: no. {}", parser.name, cost.slowest_number);
        assert!(cost.grown < GROWTH_MAX, "{}: {} KiB", parser.name, cost.grown);
    }
    assert!(wanted <= all);
    eprintln!("{all} inputs in all");
}

fn survive(parser: &Parser, inputs: u64) -> Cost {
    // Once before it is measured, so that tables made at the first use count for nobody.
    parser.samples.iter().for_each(|sample| (parser.parse)(sample));
    let before = peak_after_reset();
    let mut cost =
        Cost { inputs, slowest: Duration::ZERO, slowest_number: 0, all: Duration::ZERO, grown: 0 };
    for number in 0..inputs {
        let input = Inputs::of(number).next(&parser.samples);
        let began = ProcessTime::now();
        let survived = catch_unwind(AssertUnwindSafe(|| (parser.parse)(&input)));
        let took = began.elapsed();
        assert!(survived.is_ok(), "{}: input no. {number} makes it panic", parser.name);
        cost.all += took;
        if cost.slowest < took {
            (cost.slowest, cost.slowest_number) = (took, number);
        }
    }
    cost.grown = peak().saturating_sub(before);
    cost
}

/// The most memory the process had since the last reset, in KiB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn peak_after_reset() -> u64 {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    peak()
}
