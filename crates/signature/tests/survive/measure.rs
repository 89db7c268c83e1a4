//! Foreign bytes into a parser, and what that costs. Shared by the tests of all crates that eat such bytes; each names its parsers.
//!
//! Some thousand inputs each time; as many as wanted by a release build, with `ANYQTAMA_SURVIVE` (see `docs/performance.md`).
//! Inputs follow from their number, so one that is found to be bad is found again. What is kept in `tests/corpus/NAME` is tried
//! first, and what is changed begins with it too. Read next: `inputs.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use cpu_time::ProcessTime;

use super::inputs::Inputs;

/// No input may cost more processor time, also in a build without optimisation on a busy machine.
const SLOWEST_MAX: Duration = Duration::from_secs(5);
/// By how much the process may grow, in KiB, over all inputs of a parser.
const GROWTH_MAX: u64 = 64 * 1024;

/// What is done with one input.
type Parse<'a> = Box<dyn Fn(&[u8]) + 'a>;

/// One parser.
pub struct Parser<'a> {
    pub name: &'static str,
    pub samples: Vec<Vec<u8>>,
    pub parse: Parse<'a>,
}

impl<'a> Parser<'a> {
    pub fn new(name: &'static str, samples: Vec<Vec<u8>>, parse: impl Fn(&[u8]) + 'a) -> Self {
        Self { name, samples, parse: Box::new(parse) }
    }

    /// With what is kept of its kind.
    pub fn with_corpus(mut self, folder: &str) -> Self {
        self.samples.extend(corpus(folder));
        self
    }
}

/// What is kept in a folder of `tests/corpus`, in the order of the names.
pub fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus").join(folder);
    let files = std::fs::read_dir(&folder).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}", folder.display());
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Inputs for all parsers of a run that does not ask for more, or as many as it asks for.
pub fn wanted(few: u64) -> u64 {
    let wanted = std::env::var("ANYQTAMA_SURVIVE").ok();
    wanted.map_or(few, |count| count.parse().unwrap())
}

/// Requires a parser to answer so many inputs, in bounded memory and time, without panic. Answers how many there were.
pub fn survive(parser: &Parser<'_>, inputs: u64) -> u64 {
    // Once before it is measured, so that tables made at the first use count for nobody.
    parser.samples.iter().for_each(|sample| (parser.parse)(sample));
    let before = peak_after_reset();
    let (mut all, mut slowest, mut slowest_number) = (Duration::ZERO, Duration::ZERO, 0);
    for number in 0..inputs {
        let input = Inputs::of(number).next(&parser.samples);
        let began = ProcessTime::now();
        let survived = catch_unwind(AssertUnwindSafe(|| (parser.parse)(&input)));
        let took = began.elapsed();
        assert!(survived.is_ok(), "{}: input no. {number} makes it panic", parser.name);
        all += took;
        if slowest < took {
            (slowest, slowest_number) = (took, number);
        }
    }
    let grown = peak().saturating_sub(before);
    let average = all / u32::try_from(inputs.max(1)).unwrap();
    eprintln!(
        "{:<28} {inputs:>8} inputs, {average:>9.1?} each, slowest {slowest:>9.1?} (no. {slowest_number}), {grown:>6} KiB more",
        parser.name
    );
    assert!(slowest < SLOWEST_MAX, "{}: no. {slowest_number}", parser.name);
    assert!(grown < GROWTH_MAX, "{}: {grown} KiB", parser.name);
    inputs
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
