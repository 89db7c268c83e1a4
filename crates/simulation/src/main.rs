//! `simulation`: plays seeds on all processors and says what they came upon; a violation ends with status 1.
//!
//! Read next: `lib.rs`.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use simulation::{Coverage, Plant, Run, Violation, operations, run, shrink};

/// The service under seeded time, outages, crashes and races.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// Operations of each seed.
    #[arg(long, default_value_t = 1_000)]
    operations: usize,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// One seed alone.
    #[arg(long)]
    seed: Option<u64>,
    /// A bug put in on purpose.
    #[arg(long)]
    plant: Option<Plant>,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let (first, count) =
        arguments.seed.map_or((arguments.first_seed, arguments.seeds), |seed| (seed, 1));
    let of = |seed| Run { seed, operations: arguments.operations, plant: arguments.plant };
    let began = Instant::now();
    let (coverage, played, violations) = play(first, count, &of);
    let mut out = std::io::stdout().lock();
    write!(out, "{coverage}")?;
    let seconds = began.elapsed().as_secs_f64();
    let total = coverage.total("operations");
    writeln!(out, "{total} operations of {played} seeds in {seconds:.1} seconds")?;
    let Some(violation) = violations.iter().min_by_key(|violation| violation.seed) else {
        writeln!(out, "nothing found")?;
        return Ok(ExitCode::SUCCESS);
    };
    tell(&mut out, of(violation.seed), violation).context("the violation cannot be printed")?;
    Ok(ExitCode::FAILURE)
}

/// Seeds on all processors, until all are played or one violates.
fn play(
    first: u64,
    count: u64,
    of: &(impl Fn(u64) -> Run + Sync),
) -> (Coverage, u64, Vec<Violation>) {
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let found = Mutex::new((Coverage::default(), 0, Vec::new()));
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= count {
                return;
            }
            let played = run(of(first + place));
            let Ok(mut found) = found.lock() else { return };
            found.1 += 1;
            match played {
                Ok(coverage) => found.0.add(&coverage),
                Err(violation) => {
                    stop.store(true, Ordering::Relaxed);
                    found.2.push(*violation);
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    found.into_inner().unwrap_or_default()
}

fn tell(out: &mut impl Write, run: Run, violation: &Violation) -> Result<()> {
    let Violation { seed, at, breach } = violation;
    writeln!(out, "seed {seed}, operation {at}: {breach}")?;
    writeln!(out, "again: simulation --seed {seed} --operations {}", run.operations)?;
    writeln!(out, "the last operations before it:")?;
    let list = operations(*seed, run.operations);
    let from = at.saturating_sub(20);
    for (place, operation) in list.iter().enumerate().take(at + 1).skip(from) {
        writeln!(out, "  {place:>5} {operation:?}")?;
    }
    writeln!(out, "without what is not needed for it:")?;
    for operation in shrink(run, violation) {
        writeln!(out, "        {operation:?}")?;
    }
    Ok(())
}
