//! `cargo xtask test`: the steps, in the order in which a failure is cheapest to learn of.
//! Knows no test itself. Next: `tools.rs` (what is installed), `judges.rs` (outside judges over issued documents),
//! `browser.rs`.

use std::fmt;
use std::fs;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use clap::ValueEnum;
use throwaway_postgres::{Cluster, SERVER_VARIABLE, Settings};

use crate::scratch::Scratch;
use crate::workspace::Workspace;
use crate::{browser, dependencies, generated_calls, installed, judges, shell, tidy, tools};

/// Where the demo over the gateway SHEP writes its documents, and where it keeps its people and keys.
const OUT_OVER_SHEP: &str = "demo-check-shep";
const DATA_OVER_SHEP: &str = "demo-check-shep-data";

/// Whatever can be built, tests and measurements too; with it the program that demo, judges, calls and browser are tried on. A
/// second build, for release or without what tests need, would take minutes and tell nothing of the program that this one does not.
const EVERYTHING: [&str; 6] =
    ["test", "--no-run", "--locked", "--workspace", "--all-targets", "--all-features"];

/// Steps one after the other.
type Lane = &'static [Step];

/// The stages in the order of running. Lanes of one stage run side by side, because each of them alone leaves a processor idle:
/// none needs what another makes, and each server listens where nobody else does.
const STAGES: [&[Lane]; 3] = [
    &[&[Step::Format, Step::Tidy, Step::Build, Step::Dependencies, Step::Tools, Step::Nextest]],
    &[&[Step::Package], &[Step::Demo, Step::Judges], &[Step::Calls]],
    &[&[Step::Browser]],
];

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// Install what the others need.
    Tools,
    /// Formatting.
    Format,
    /// Rules of the house.
    Tidy,
    /// Everything is built, and clippy is the compiler.
    Build,
    /// Licences, sources and advisories of the dependencies.
    Dependencies,
    /// Unit, contract and journey tests.
    Nextest,
    /// The package on a clean Debian.
    Package,
    /// Every demo situation over HTTP.
    Demo,
    /// Outside judges over what the demo issued.
    Judges,
    /// Generated calls of the API.
    Calls,
    /// The journey in a real browser.
    Browser,
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Tools => "tools",
            Self::Format => "format",
            Self::Tidy => "tidy",
            Self::Build => "build",
            Self::Dependencies => "dependencies",
            Self::Nextest => "nextest",
            Self::Package => "package",
            Self::Demo => "demo",
            Self::Judges => "judges",
            Self::Calls => "calls",
            Self::Browser => "browser",
        })
    }
}

/// What is told at the end: each step's time and the runners' own closing lines.
#[derive(Default)]
struct Ledger {
    times: Vec<(Step, Duration)>,
    closing: Vec<String>,
}

impl Ledger {
    fn print(&self, together: Duration) {
        println!("\n== times");
        for (step, time) in &self.times {
            println!("{:>9}  {step}", clock(*time));
        }
        println!("{:>9}  together, by the clock on the wall", clock(together));
        for line in &self.closing {
            println!("{line}");
        }
    }
}

/// Runs the steps named, or all of them. Tools are mostly waited for, so they come in beside the steps that need none; what is
/// told of their time is how long they were waited for.
pub fn run(workspace: &Workspace, only: &[Step]) -> Result<()> {
    let started = Instant::now();
    let wanted = |step: &Step| only.is_empty() || only.contains(step);
    let ledger = Mutex::default();
    let outcome = thread::scope(|scope| {
        let installs = wanted(&Step::Tools).then(|| scope.spawn(|| tools::install(workspace)));
        let work = Work { workspace, installs: Mutex::new(installs), ledger: &ledger };
        STAGES.iter().try_for_each(|lanes| work.side_by_side(lanes, &wanted))
    });
    ledger.into_inner().unwrap_or_else(PoisonError::into_inner).print(started.elapsed());
    outcome
}

/// What the steps work with.
struct Work<'scope, 'given> {
    workspace: &'given Workspace,
    installs: Mutex<Option<ScopedJoinHandle<'scope, Result<()>>>>,
    ledger: &'given Mutex<Ledger>,
}

impl Work<'_, '_> {
    /// All lanes are walked to their ends, whatever becomes of the others; the first failure is the stage's.
    fn side_by_side(&self, lanes: &[Lane], wanted: &(dyn Fn(&Step) -> bool + Sync)) -> Result<()> {
        let walk = |lane: Lane| {
            lane.iter().filter(|step| wanted(step)).try_for_each(|step| self.timed(*step))
        };
        let ended: Vec<Result<()>> = thread::scope(|scope| {
            let lanes: Vec<_> = lanes.iter().map(|lane| scope.spawn(move || walk(lane))).collect();
            let joined = lanes.into_iter().map(ScopedJoinHandle::join);
            joined.map(|ended| ended.map_err(|_| anyhow!("a step panicked"))?).collect()
        });
        ended.into_iter().collect()
    }

    fn timed(&self, step: Step) -> Result<()> {
        println!("\n== {step}");
        let (started, mut closing) = (Instant::now(), Vec::new());
        let outcome = self.take(step, &mut closing).with_context(|| {
            format!("the step `{step}` failed (it alone: cargo xtask test --only {step})")
        });
        let time = started.elapsed();
        let ended = if outcome.is_ok() { "" } else { ", failed" };
        println!("== {step}: {}{ended}", clock(time));
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.times.push((step, time));
        ledger.closing.append(&mut closing);
        outcome
    }

    fn installed(&self) -> Result<()> {
        let installs = self.installs.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(installs) = installs else { return Ok(()) };
        installs.join().map_err(|_| anyhow!("the installation panicked"))?
    }

    fn take(&self, step: Step, closing: &mut Vec<String>) -> Result<()> {
        let workspace = self.workspace;
        let cargo = |arguments: &[&str]| shell::run(workspace.cargo().args(arguments));
        match step {
            Step::Tools => self.installed(),
            Step::Format => cargo(&["fmt", "--all", "--check"]),
            Step::Tidy => tidy::run(workspace),
            Step::Build => shell::run(workspace.linting_cargo().args(EVERYTHING)),
            Step::Dependencies => dependencies::check(workspace).map(|line| closing.push(line)),
            Step::Nextest => nextest(workspace, closing),
            Step::Package => installed::run(workspace).map(|line| closing.push(line)),
            Step::Demo => demo(workspace),
            Step::Judges => judges::judge(workspace).map(|line| closing.push(line)),
            Step::Calls => generated_calls::call(workspace).map(|line| closing.push(line)),
            Step::Browser => browser::walk(workspace).map(|mut lines| closing.append(&mut lines)),
        }
    }
}

/// One server for all tests that want a database; each test would start its own otherwise.
fn nextest(workspace: &Workspace, closing: &mut Vec<String>) -> Result<()> {
    let scratch = Scratch::new(workspace)?;
    let server = Cluster::start_in(scratch.path(), Settings::fast());
    let server = server.context("no PostgreSQL for the tests")?;
    let mut command = workspace.linting_cargo();
    command.args(["nextest", "run", "--locked", "--workspace", "--all-features"]);
    command.env(SERVER_VARIABLE, server.url("postgres")).env("TMPDIR", scratch.path());
    let mut summary = Summary::default();
    let command = tools::in_test_surroundings(workspace, &mut command);
    let ended = shell::run_watched(command, |line| summary.hear(line));
    closing.append(&mut summary.lines);
    ended
}

/// Nextest's closing words: from its line `Summary [` to the end.
#[derive(Default)]
struct Summary {
    lines: Vec<String>,
}

impl Summary {
    fn hear(&mut self, line: &str) {
        if !self.lines.is_empty() || line.trim_start().starts_with("Summary [") {
            self.lines.push(line.to_owned());
        }
    }
}

/// First over the gateway SHEP, then over the registry, whose documents the judges look at: either way the same situations
/// must end as the law says.
fn demo(workspace: &Workspace) -> Result<()> {
    demo_over(workspace, "shep", [OUT_OVER_SHEP, DATA_OVER_SHEP])?;
    demo_over(workspace, "registry", [judges::OUT, judges::DATA])
}

fn demo_over(workspace: &Workspace, sources: &str, folders: [&str; 2]) -> Result<()> {
    let [out, data] = folders.map(|folder| workspace.in_target(folder));
    for folder in [&out, &data] {
        if folder.exists() {
            fs::remove_dir_all(folder)
                .with_context(|| format!("cannot empty {}", folder.display()))?;
        }
    }
    let mut command = workspace.program(workspace.binary());
    command.args(["demo", "--check", "--listen", "127.0.0.1:0", "--signer-listen", "127.0.0.1:0"]);
    command.args(["--sources", sources]).arg("--out").arg(out).arg("--data").arg(data);
    shell::run(&mut command)
}

/// `1 min 05 s`, as one reads it.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds / 60 {
        0 => format!("{}.{} s", seconds, time.subsec_millis() / 100),
        minutes => format!("{minutes} min {:02} s", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_closing_words_of_nextest_are_kept() {
        let mut summary = Summary::default();
        for line in [
            "        PASS [   0.010s] domain decide::tests::x",
            "────────────",
            "     Summary [   1.2s] 2 tests run: 1 passed, 1 failed, 0 skipped",
            "        FAIL [   0.010s] domain decide::tests::y",
        ] {
            summary.hear(line);
        }
        assert_eq!(summary.lines.len(), 2);
        assert!(summary.lines.iter().any(|line| line.contains("1 failed")));
    }

    #[test]
    fn times_are_read_in_minutes_and_seconds() {
        assert_eq!(clock(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(clock(Duration::from_secs(65)), "1 min 05 s");
    }

    #[test]
    fn every_step_is_in_one_lane() {
        let all: Vec<Step> = STAGES.iter().copied().flatten().copied().flatten().copied().collect();
        for step in Step::value_variants() {
            assert_eq!(all.iter().filter(|one| *one == step).count(), 1, "{step}");
        }
    }

    #[test]
    fn every_step_is_called_by_the_name_it_prints() {
        for step in Step::value_variants() {
            assert_eq!(Step::from_str(&step.to_string(), false), Ok(*step));
        }
    }
}
