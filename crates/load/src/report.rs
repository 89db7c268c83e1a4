//! The figures of a run, as text.

use std::time::Duration;

use crate::accounts::Spent;
use crate::drive::Found;
use crate::{Database, Options};

/// What was measured.
pub struct Measured {
    /// Requests driven.
    pub count: u32,
    /// Latencies and counts.
    pub found: Found,
    /// Processor time.
    pub spent: Spent,
    /// Most memory of each process that serves, in megabytes.
    pub memory: Vec<u64>,
    /// Size of the database in megabytes.
    pub database: u64,
}

/// Prints processor time of what came before the load, and so is not within its figures.
pub fn print_drafts(count: u32, spent: &Spent) {
    let (nodes, postgres) = (each(spent.nodes, count), each(spent.postgres, count));
    println!("documents prepared: {count}, serve {nodes:.2} ms and postgres {postgres:.2} ms each");
}

/// Prints a run.
pub fn print(options: &Options, measured: Measured) {
    let Measured { count, mut found, spent, memory, database } = measured;
    let store = match options.database {
        Database::Sqlite => "SQLite",
        Database::Postgres => "PostgreSQL",
    };
    let kind = match options.rate {
        Some(rate) => format!("{rate} requests a second"),
        None => format!("{} clients", options.in_flight),
    };
    let (nodes, workers, stored) = (options.nodes, options.workers, options.stored);
    println!(
        "{store}, {nodes} nodes of {workers} workers, {stored} requests stored before, {kind}"
    );
    let per_second = f64::from(count) / spent.wall.as_secs_f64();
    println!("  {count} requests answered in {:.1} s: {per_second:.1} a second", secs(spent.wall));
    let line = |name: &str, latencies: &mut crate::latency::Latencies| {
        let [p50, p95, p99] = [50, 95, 99].map(|percent| latencies.percentile(percent));
        println!("  {name}: p50 {p50:.0} ms, p95 {p95:.0} ms, p99 {p99:.0} ms");
    };
    line("accepted to answered, as stored", &mut found.stored);
    line("sent to answer seen by the client", &mut found.seen);
    line("sent to registered", &mut found.registered);
    println!(
        "  processor time per request: serve {:.2} ms, postgres {:.2} ms, generator {:.2} ms",
        each(spent.nodes, count),
        each(spent.postgres, count),
        each(spent.generator, count)
    );
    let questions = each_count(found.questions, count);
    println!("  questions for the state per request: {questions:.2}");
    let others = secs(spent.others) / secs(spent.wall);
    println!("  processors busy with other work meanwhile: {others:.2}");
    println!("  memory of serve at most {memory:?} MB; database {database} MB");
    if found.unexpected > 0 {
        println!("  ANSWERS THAT WERE NOT ONE CERTIFICATE: {}", found.unexpected);
    }
}

fn secs(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

/// Milliseconds per request.
fn each(duration: Duration, count: u32) -> f64 {
    secs(duration) * 1_000.0 / f64::from(count.max(1))
}

fn each_count(total: u64, count: u32) -> f64 {
    u32::try_from(total).map_or(f64::INFINITY, |total| f64::from(total) / f64::from(count.max(1)))
}
