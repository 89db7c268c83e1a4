//! `audit verify`: the journal's chain, its stamped roots, and everything stored against what the journal says of it.
//! `audit erasures`: what was erased. `audit roots`: the roots as JSON lines, to be kept elsewhere and held against the database later.

use std::path::Path;

use anyhow::{Context, Result};
use app::{ErasureLine, IntegrityReport, JournalHead, JournalRoot};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::cli::{AuditVerifyArguments, ConfigArguments};
use crate::commands::Status;
use crate::config::Config;
use crate::output::{complain, say};
use crate::wiring;

/// A root as it is printed and kept.
#[derive(Serialize, Deserialize)]
struct RootLine {
    /// `YYYY-MM-DD` in Kazakhstan.
    day: String,
    /// Place of the row the root names.
    sequence: i64,
    /// Hexadecimal hash of that row.
    hash: String,
    /// RFC 3161 token in base64; `null` while there is none.
    stamp: Option<String>,
}

/// `audit verify`
pub async fn verify(arguments: &AuditVerifyArguments) -> Result<Status> {
    let kept = match arguments.roots.as_deref().map(read_roots).transpose() {
        Ok(kept) => kept.unwrap_or_default(),
        Err(error) => {
            complain(format!("--roots: {error:#}"));
            return Ok(Status::WrongUse);
        }
    };
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_store(&config).await?;
    let service = wiring::service_without_seal(&config, &store).await?;
    let verify = async || service.verify_integrity(&*store.registry, &kept).await;
    let report = store.with_all_keys(&config, verify).await?;
    store.close().await;
    tell_findings(&report);
    if !report.faults.is_empty() {
        return Ok(Status::Refused);
    }
    say(summary(&report));
    Ok(if report.doubts.is_empty() { Status::Done } else { Status::CannotTell })
}

/// `audit roots`
pub async fn roots(arguments: &ConfigArguments) -> Result<Status> {
    let config = Config::load(&arguments.config)?;
    let store = wiring::open_store(&config).await?;
    let roots = store.store.roots().await?;
    store.close().await;
    for root in roots {
        say(serde_json::to_string(&RootLine::from(root))?);
    }
    Ok(Status::Done)
}

/// `audit erasures`: what was erased, as JSON lines, to be kept beside backups that are older.
pub async fn erasures(arguments: &ConfigArguments) -> Result<Status> {
    let config = Config::load(&arguments.config)?;
    let store = wiring::open_store(&config).await?;
    let service = wiring::service_without_seal(&config, &store).await?;
    let mut after = None;
    loop {
        let numbers = service.numbers_after(after.as_ref()).await?;
        let Some(last) = numbers.last() else { break };
        after = Some(last.clone());
        for line in service.erasure_lines(&numbers).await? {
            say(serde_json::to_string(&line)?);
        }
    }
    store.close().await;
    Ok(Status::Done)
}

/// What `audit erasures` printed.
pub(super) fn read_erasures(file: &Path) -> Result<Vec<ErasureLine>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let read = |(place, line): (u32, &str)| {
        let of_line = || format!("{} is no list of erasures: line {place}", file.display());
        serde_json::from_str(line).with_context(of_line)
    };
    lines.map(read).collect()
}

/// Faults and doubts, one a line, told apart by their first word.
pub(super) fn tell_findings(report: &IntegrityReport) {
    report.faults.iter().for_each(|fault| complain(format!("fault: {fault}")));
    report.doubts.iter().for_each(|doubt| complain(format!("doubt: {doubt}")));
}

fn read_roots(file: &Path) -> Result<Vec<JournalRoot>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let root = |(place, line): (u32, &str)| {
        let of_line = || format!("{} is no file of roots: line {place}", file.display());
        let line: RootLine = serde_json::from_str(line).with_context(of_line)?;
        line.root().with_context(of_line)
    };
    lines.map(root).collect()
}

impl From<JournalRoot> for RootLine {
    fn from(root: JournalRoot) -> Self {
        let JournalRoot { day, head: JournalHead { sequence, hash }, stamp } = root;
        Self { day, sequence, hash, stamp: stamp.map(|token| STANDARD.encode(token)) }
    }
}

impl RootLine {
    fn root(self) -> Result<JournalRoot> {
        let stamp = self.stamp.map(|token| STANDARD.decode(token)).transpose()?;
        let head = JournalHead { sequence: self.sequence, hash: self.hash };
        Ok(JournalRoot { day: self.day, head, stamp })
    }
}

fn summary(report: &IntegrityReport) -> String {
    let IntegrityReport { rows, requests, without_digests, imports, last_hash, .. } = report;
    let IntegrityReport { stamped_roots, unstamped_roots, kept_roots, .. } = report;
    let older_imports = report.imports_without_digests;
    let IntegrityReport { erased, emptied_rows, .. } = report;
    format!(
        "{rows} rows, unbroken; {requests} requests and {imports} imports are as they were written \
         ({without_digests} and {older_imports} more were registered before proof); {erased} requests and {emptied_rows} rows were \
         erased as their certificates say; {stamped_roots} days stamped, \
         {unstamped_roots} not yet; {kept_roots} roots are as they were kept; last hash {last_hash}"
    )
}
