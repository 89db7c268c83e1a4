//! Runs that together answer one question, and the table of their figures, which is written into a document between two
//! comments that bear the suite's name.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use anyqtama::system::SystemClock;
use app::Clock;
use clap::ValueEnum;

use crate::report::{Measured, secs};
use crate::run::run;
use crate::{Database, Options, machine};

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// What one and two nodes of several workers answer in a second: closed load, both stores.
    Throughput,
    /// How long people wait at 50 requests a second, or as many as the caller says: open load, both stores.
    Waiting,
    /// Whether a request costs more where many are stored: ten thousand, a million, five million.
    Stored,
    /// Whether memory grows with the requests that were answered: 50,000, both stores.
    Memory,
    /// How long the page of a state takes beside a load: 200 looks a second, both stores.
    Status,
    /// What it costs to seal personal data: closed load, open and sealed, both stores.
    Sealing,
    /// What becomes of far more than the service can do, both stores.
    Overload,
}

const STORES: [(Database, &str); 2] =
    [(Database::Postgres, "PostgreSQL"), (Database::Sqlite, "SQLite")];

/// One row to be: how it differs from what the caller has chosen.
type Run = (Options, Vec<String>);

impl Suite {
    /// Runs all of it and answers the table.
    pub async fn measure(self, options: &Options) -> Result<String> {
        let mut table = self.heading().to_owned();
        let mut databases: Vec<String> = Vec::new();
        for (options, first) in self.runs(options) {
            let mut measured = run(&options).await?;
            for cells in self.rows(&options, &mut measured) {
                let line: Vec<String> = first.iter().cloned().chain(cells).collect();
                table.push_str(&format!("| {} |\n", line.join(" | ")));
            }
            if !databases.contains(&measured.database) {
                databases.push(measured.database);
            }
        }
        let day = domain::astana_date(SystemClock.now());
        let (command, machine) = (self.command(options), machine::words());
        let databases = databases.join(", ");
        Ok(format!("`{command}`, {day}: {machine}; {databases}.\n\n{table}"))
    }

    /// Writes the table into a document.
    pub fn write(self, document: &Path, table: &str) -> Result<()> {
        let text = fs::read_to_string(document)?;
        fs::write(document, between(&text, self.word(), table)?)?;
        Ok(())
    }

    fn word(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Waiting => "waiting",
            Self::Stored => "stored",
            Self::Memory => "memory",
            Self::Status => "status",
            Self::Sealing => "sealing",
            Self::Overload => "overload",
        }
    }

    fn command(self, options: &Options) -> String {
        let requests = options.requests.map(|count| format!(" --requests {count}"));
        let rate = options.rate.map(|rate| format!(" --rate {rate}"));
        let stored = (options.stored > 0).then(|| format!(" --stored {}", options.stored));
        let chosen: String = [requests, rate, stored].into_iter().flatten().collect();
        format!("cargo xtask load --suite {}{chosen}", self.word())
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Throughput => {
                "| Nodes × workers | Store | requests a second | p50, p99 accepted to answered, ms | ms of processor time: service + server | processors busy with other work |\n|---|---|---|---|---|---|\n"
            }
            Self::Waiting => {
                "| Store | p50, p99 accepted to answered, ms | p50, p99 seen by the client, ms | ms of processor time: service + server | processors busy with other work |\n|---|---|---|---|---|\n"
            }
            Self::Stored => {
                "| Store | Stored before | ms of processor time: service + server | requests a second | p99 accepted to answered, ms | processors busy with other work |\n|---|---|---|---|---|---|\n"
            }
            Self::Memory => {
                "| Store | Requests answered | memory of the service, MB |\n|---|---|---|\n"
            }
            Self::Status => {
                "| Store | Looks | page of a state, ms: p50 | p95 | p99 | beside it, p99 accepted to answered, ms | processors busy with other work |\n|---|---|---|---|---|---|---|\n"
            }
            Self::Sealing => {
                "| Store | Personal data | ms of processor time: service + server | requests a second | p99 accepted to answered, ms | database, MB | processors busy with other work |\n|---|---|---|---|---|---|---|\n"
            }
            Self::Overload => {
                "| Store | Offered a second, in all | accepted | 429 with `Retry-After`, p99 ms until told | other answers | lost | p99 accepted to answered, s | as before after, s | most memory, MB |\n|---|---|---|---|---|---|---|---|---|\n"
            }
        }
    }

    fn runs(self, given: &Options) -> Vec<Run> {
        match self {
            Self::Throughput => throughput(given),
            Self::Waiting => of_stores(given, 3_000, &|options| {
                options.rate = Some(given.rate.unwrap_or(50.0));
            }),
            Self::Stored => stored(given),
            Self::Memory => of_stores(given, 50_000, &|_| {}),
            Self::Status => of_stores(given, 3_000, &|options| {
                options.rate = Some(given.rate.unwrap_or(50.0));
                options.status_rate = Some(given.status_rate.unwrap_or(200.0));
            }),
            Self::Sealing => sealing(given),
            Self::Overload => of_stores(given, 24_400, &|options| {
                options.overload = true;
                options.rate = Some(given.rate.unwrap_or(400.0));
                options.waiting_max = Some(given.waiting_max.unwrap_or(500));
                options.people = given.people.max(6_000);
            }),
        }
    }

    fn rows(self, options: &Options, measured: &mut Measured) -> Vec<Vec<String>> {
        let others = format!("{:.2}", measured.others());
        let per_second = format!("{:.1}", measured.per_second());
        let (serve, postgres) = measured.processor_ms();
        let processor = match options.database {
            Database::Sqlite => format!("{serve:.1}"),
            Database::Postgres => format!("{serve:.1} + {postgres:.1}"),
        };
        let found = &mut measured.found;
        let two = |latencies: &mut crate::latency::Latencies| {
            format!("{:.0}, {:.0}", latencies.percentile(50), latencies.percentile(99))
        };
        let stored_p99 = format!("{:.0}", found.stored.percentile(99));
        match self {
            Self::Throughput => {
                vec![vec![per_second, two(&mut found.stored), processor, others]]
            }
            Self::Waiting => {
                vec![vec![two(&mut found.stored), two(&mut found.seen), processor, others]]
            }
            Self::Stored => vec![vec![processor, per_second, stored_p99, others]],
            Self::Sealing => {
                vec![vec![processor, per_second, stored_p99, measured.size.to_string(), others]]
            }
            Self::Memory => {
                let row = |(answers, memory): &(usize, Vec<u64>)| {
                    let memory: Vec<String> = memory.iter().map(ToString::to_string).collect();
                    vec![answers.to_string(), memory.join(", ")]
                };
                found.memory.iter().map(row).collect()
            }
            Self::Status => measured
                .status
                .iter_mut()
                .map(|status| {
                    let [p50, p95, p99] =
                        [50, 95, 99].map(|percent| format!("{:.1}", status.percentile(percent)));
                    vec![
                        status.len().to_string(),
                        p50,
                        p95,
                        p99,
                        stored_p99.clone(),
                        others.clone(),
                    ]
                })
                .collect(),
            Self::Overload => {
                let memory = measured.memory.iter().max().copied().unwrap_or_default();
                measured.overload.iter_mut().map(|found| overload_row(found, memory)).collect()
            }
        }
    }
}

/// What the caller has chosen, with so many requests where he has not, and changed.
fn with(given: &Options, requests: usize, change: &dyn Fn(&mut Options)) -> Options {
    let mut options = given.clone();
    options.requests = Some(given.requests.unwrap_or(requests));
    change(&mut options);
    options
}

fn of_stores(given: &Options, requests: usize, change: &dyn Fn(&mut Options)) -> Vec<Run> {
    let run = |(database, name): (Database, &str)| {
        let options = with(given, requests, &|options: &mut Options| {
            change(options);
            options.database = database;
        });
        (options, vec![name.to_owned()])
    };
    STORES.map(run).into()
}

fn throughput(given: &Options) -> Vec<Run> {
    let shapes = [(1, 1), (1, 2), (1, 4), (2, 1), (2, 2)];
    let all = STORES.into_iter().flat_map(|store| shapes.map(|shape| (store, shape)));
    let possible =
        all.filter(|((database, _), (nodes, _))| *database == Database::Postgres || *nodes == 1);
    let run = |((database, name), (nodes, workers)): ((Database, &str), (usize, usize))| {
        let options = with(given, 3_000, &|options: &mut Options| {
            options.database = database;
            (options.nodes, options.workers) = (nodes, workers);
        });
        (options, vec![format!("{nodes} × {workers}"), name.to_owned()])
    };
    possible.map(run).collect()
}

fn stored(given: &Options) -> Vec<Run> {
    let counts = [(10_000, "10 thousand"), (1_000_000, "1 million"), (5_000_000, "5 million")];
    let all = STORES.into_iter().flat_map(|store| counts.map(|count| (store, count)));
    let run = |((database, name), (stored, words)): ((Database, &str), (u64, &str))| {
        let options = with(given, 3_000, &|options: &mut Options| {
            (options.database, options.stored) = (database, stored);
        });
        (options, vec![name.to_owned(), words.to_owned()])
    };
    all.map(run).collect()
}

fn sealing(given: &Options) -> Vec<Run> {
    let kinds = [(true, "open"), (false, "sealed")];
    let all = STORES.into_iter().flat_map(|store| kinds.map(|kind| (store, kind)));
    let run = |((database, name), (unsealed, words)): ((Database, &str), (bool, &str))| {
        let options = with(given, 3_000, &|options: &mut Options| {
            (options.database, options.unsealed) = (database, unsealed);
        });
        (options, vec![name.to_owned(), words.to_owned()])
    };
    all.map(run).collect()
}

fn overload_row(found: &mut crate::overload::Overload, memory: u64) -> Vec<String> {
    let lasted = secs(found.lasted);
    let offered = u32::try_from(found.offered).map_or(f64::NAN, f64::from) / lasted;
    let others: u64 = found.others.values().sum();
    vec![
        format!("{offered:.0}, {}", found.offered),
        found.accepted.to_string(),
        format!("{}, {:.0}", found.told_to_wait, found.refusals.percentile(99)),
        others.to_string(),
        found.lost.to_string(),
        format!("{:.1}", found.answered.percentile(99) / 1_000.0),
        format!("{:.1}", secs(found.recovered)),
        memory.to_string(),
    ]
}

/// A document in which something else stands between the comments of a word.
fn between(text: &str, word: &str, table: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- load: {word} -->\n"), format!("<!-- end: {word} -->"));
    let (before, rest) = text.split_once(&begin).with_context(|| format!("no {begin}"))?;
    let (_, after) = rest.split_once(&end).with_context(|| format!("no {end}"))?;
    ensure!(!before.contains(&end), "{end} comes too early");
    Ok(format!("{before}{begin}{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_takes_the_place_of_the_one_before() {
        let text = "A\n<!-- load: memory -->\nold\n<!-- end: memory -->\nB\n";
        let written = between(text, "memory", "new\n").unwrap();
        assert_eq!(written, "A\n<!-- load: memory -->\nnew\n<!-- end: memory -->\nB\n");
        assert!(between(&written, "status", "").is_err());
    }

    #[test]
    fn the_document_has_a_place_for_each_suite() {
        let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");
        let text = fs::read_to_string(document).unwrap();
        for suite in Suite::value_variants() {
            assert!(between(&text, suite.word(), "").is_ok(), "{suite:?}");
        }
    }
}
