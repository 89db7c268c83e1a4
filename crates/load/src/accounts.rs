//! What the kernel has written down about processes: processor time and memory, out of `/proc`.
//!
//! Knows nothing of the service. Read next: `report.rs`.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Ends of `/proc/PID/stat` behind the name in brackets, counted from the state.
const PARENT: usize = 1;
const USER_TICKS: usize = 11;
const CHILDREN_SYSTEM_TICKS: usize = 14;

/// Whose time is counted.
pub struct Watched {
    /// Processes that serve.
    pub nodes: Vec<u32>,
    /// The first process of the database server, where there is one.
    pub postgres: Option<u32>,
}

/// Processor time up to a moment.
#[derive(Clone, Copy, Debug)]
pub struct Accounts {
    at: Instant,
    nodes: Duration,
    postgres: Duration,
    generator: Duration,
    machine: Duration,
}

/// Processor time between two moments.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// By the clock on the wall.
    pub wall: Duration,
    /// Of the processes that serve.
    pub nodes: Duration,
    /// Of the database server with all its processes.
    pub postgres: Duration,
    /// Of this process.
    pub generator: Duration,
    /// Of everything else on the machine, the kernel's own threads among it.
    pub others: Duration,
}

impl Watched {
    /// The accounts as they stand now.
    pub fn read(&self) -> Result<Accounts> {
        let mut nodes = Duration::ZERO;
        for id in &self.nodes {
            nodes += of_process(&fields(*id)?)?;
        }
        Ok(Accounts {
            at: Instant::now(),
            nodes,
            postgres: self.postgres.map_or(Ok(Duration::ZERO), of_family)?,
            generator: of_process(&fields(std::process::id())?)?,
            machine: of_machine()?,
        })
    }

    /// Most memory each process that serves has held, in megabytes.
    pub fn memory(&self) -> Result<Vec<u64>> {
        self.nodes.iter().map(|id| megabytes(*id, "VmHWM:")).collect()
    }

    /// Memory each process that serves holds now, in megabytes.
    pub fn resident(&self) -> Result<Vec<u64>> {
        self.nodes.iter().map(|id| megabytes(*id, "VmRSS:")).collect()
    }
}

impl Accounts {
    /// What was spent since earlier accounts.
    pub fn since(&self, earlier: &Self) -> Spent {
        let nodes = self.nodes.saturating_sub(earlier.nodes);
        let postgres = self.postgres.saturating_sub(earlier.postgres);
        let generator = self.generator.saturating_sub(earlier.generator);
        let machine = self.machine.saturating_sub(earlier.machine);
        Spent {
            wall: self.at.duration_since(earlier.at),
            nodes,
            postgres,
            generator,
            others: machine.saturating_sub(nodes + postgres + generator),
        }
    }
}

/// A process and those it started that have ended.
fn of_process(fields: &[String]) -> Result<Duration> {
    let ticks =
        fields.get(USER_TICKS..=CHILDREN_SYSTEM_TICKS).context("/proc/PID/stat is short")?;
    ticks.iter().map(|text| Ok(of_ticks(text.parse()?))).sum()
}

/// A process with all it started, running or ended.
fn of_family(parent: u32) -> Result<Duration> {
    let mut sum = of_process(&fields(parent)?)?;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // A process that ended in between stands in its parent's account from then on.
        let Ok(fields) = fields(id) else { continue };
        if fields.get(PARENT).and_then(|text| text.parse().ok()) == Some(parent) {
            sum += of_process(&fields)?;
        }
    }
    Ok(sum)
}

/// The parent of a process.
pub fn parent_of(id: u32) -> Result<u32> {
    let fields = fields(id)?;
    Ok(fields.get(PARENT).context("/proc/PID/stat is short")?.parse()?)
}

fn fields(id: u32) -> Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, behind_name) = text.rsplit_once(')').context("/proc/PID/stat has no name")?;
    Ok(behind_name.split_whitespace().map(str::to_owned).collect())
}

/// Everything but idling and waiting for the disk.
fn of_machine() -> Result<Duration> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().context("/proc/stat is empty")?;
    let ticks: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    // user nice system idle iowait irq softirq steal
    let busy = ticks.iter().take(8).enumerate().filter(|(place, _)| !matches!(place, 3 | 4));
    Ok(of_ticks(busy.map(|(_, ticks)| ticks).sum()))
}

fn of_ticks(ticks: u64) -> Duration {
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Duration::from_micros(ticks.saturating_mul(1_000_000) / per_second)
}

fn megabytes(id: u32, field: &'static str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = text.lines().find(|line| line.starts_with(field)).context(field)?;
    let kilobytes: u64 = line.split_whitespace().nth(1).context(field)?.parse()?;
    Ok(kilobytes / 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_done_here_stands_in_the_account_of_the_generator() {
        let watched = Watched { nodes: vec![], postgres: None };
        let before = watched.read().unwrap();
        let mut sum = 0_u64;
        while before.at.elapsed() < Duration::from_millis(300) {
            sum = sum.wrapping_add(std::hint::black_box(1));
        }
        let spent = watched.read().unwrap().since(&before);
        assert!(spent.generator > Duration::ZERO && sum > 0);
        assert_eq!(spent.nodes + spent.postgres, Duration::ZERO);
    }

    #[test]
    fn a_process_has_a_parent_and_memory() {
        let own = std::process::id();
        assert!(parent_of(own).unwrap() > 0);
        assert!(megabytes(own, "VmRSS:").unwrap() > 0);
        assert!(megabytes(own, "NoSuchField:").is_err());
        assert!(parent_of(u32::MAX).is_err());
    }
}
