//! The figures of a run, as text.

use std::time::Duration;

use crate::accounts::Spent;
use crate::drive::Found;
use crate::latency::Latencies;
use crate::overload::Overload;
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
    pub size: u64,
    /// The database with its version.
    pub database: String,
    /// How long pages of states took that were looked at meanwhile.
    pub status: Option<Latencies>,
    /// What became of more than could be done.
    pub overload: Option<Overload>,
}

impl Measured {
    /// Requests answered in a second.
    pub fn per_second(&self) -> f64 {
        f64::from(self.count) / secs(self.spent.wall)
    }

    /// Milliseconds of processor time for a request: of the service, of the database server.
    pub fn processor_ms(&self) -> (f64, f64) {
        (each(self.spent.nodes, self.count), each(self.spent.postgres, self.count))
    }

    /// Processors busy with work that belongs to none of ours.
    pub fn others(&self) -> f64 {
        secs(self.spent.others) / secs(self.spent.wall)
    }
}

/// Prints processor time of what came before the load, and so is not within its figures.
pub fn print_drafts(count: u32, spent: &Spent) {
    let (nodes, postgres) = (each(spent.nodes, count), each(spent.postgres, count));
    println!("documents prepared: {count}, serve {nodes:.2} ms and postgres {postgres:.2} ms each");
}

/// Prints a run.
pub fn print(options: &Options, mut measured: Measured) -> Measured {
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
    match &mut measured.overload {
        Some(overload) => print_overload(overload),
        None => print_answers(&mut measured),
    }
    if let Some(status) = &mut measured.status {
        line("page of a state, from when it was due", status);
    }
    println!("  processors busy with other work meanwhile: {:.2}", measured.others());
    let Measured { memory, size, .. } = &measured;
    println!("  memory of serve at most {memory:?} MB; database {size} MB");
    measured
}

fn print_answers(measured: &mut Measured) {
    let (count, per_second) = (measured.count, measured.per_second());
    let wall = secs(measured.spent.wall);
    println!("  {count} requests answered in {wall:.1} s: {per_second:.1} a second");
    let (serve, postgres) = measured.processor_ms();
    let generator = each(measured.spent.generator, count);
    let found = &mut measured.found;
    line("accepted to answered, as stored", &mut found.stored);
    line("sent to answer seen by the client", &mut found.seen);
    line("sent to registered", &mut found.registered);
    println!(
        "  processor time per request: serve {serve:.2} ms, postgres {postgres:.2} ms, generator {generator:.2} ms"
    );
    let questions = each_count(found.questions, count);
    println!("  questions for the state per request: {questions:.2}");
    println!("  memory of serve by answers, MB: {:?}", found.memory);
    println!("  told to come again: {}", found.told_to_wait);
    if found.unexpected > 0 {
        println!("  ANSWERS THAT WERE NOT ONE CERTIFICATE: {}", found.unexpected);
    }
}

fn print_overload(found: &mut Overload) {
    let Overload { offered, accepted, again, told_to_wait, others, lost, .. } = &found;
    println!(
        "  offered {offered} in {:.1} s: accepted {accepted}, still waiting {again}, told to come again {told_to_wait}, others {others:?}, lost {lost}",
        secs(found.lasted)
    );
    println!("  as before after {:.1} s", secs(found.recovered));
    line("told to come again", &mut found.refusals);
    line("accepted to answered, as stored", &mut found.answered);
}

fn line(name: &str, latencies: &mut Latencies) {
    let [p50, p95, p99] = [50, 95, 99].map(|percent| latencies.percentile(percent));
    println!("  {name}: p50 {p50:.1} ms, p95 {p95:.1} ms, p99 {p99:.1} ms");
}

/// Seconds.
pub fn secs(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

/// Milliseconds per request.
fn each(duration: Duration, count: u32) -> f64 {
    secs(duration) * 1_000.0 / f64::from(count.max(1))
}

fn each_count(total: u64, count: u32) -> f64 {
    u32::try_from(total).map_or(f64::INFINITY, |total| f64::from(total) / f64::from(count.max(1)))
}
