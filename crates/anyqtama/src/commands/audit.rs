//! `audit verify`: the journal's chain, its stamped roots, and everything stored against what the journal says of it.

use anyhow::Result;
use app::IntegrityReport;

use crate::cli::ConfigArguments;
use crate::commands::Status;
use crate::config::Config;
use crate::output::{complain, say};
use crate::wiring;

/// `audit verify`
pub async fn verify(arguments: &ConfigArguments) -> Result<Status> {
    let config = Config::load(&arguments.config)?;
    let store = wiring::open_store(&config).await?;
    let service = wiring::service(&config, &store).await?;
    let report = service.verify_integrity(&*store.registry, &[]).await?;
    store.close().await;
    tell_findings(&report);
    if !report.faults.is_empty() {
        return Ok(Status::Refused);
    }
    say(summary(&report));
    Ok(if report.doubts.is_empty() { Status::Done } else { Status::CannotTell })
}

/// Faults and doubts, one a line, told apart by their first word.
pub(super) fn tell_findings(report: &IntegrityReport) {
    report.faults.iter().for_each(|fault| complain(format!("fault: {fault}")));
    report.doubts.iter().for_each(|doubt| complain(format!("doubt: {doubt}")));
}

fn summary(report: &IntegrityReport) -> String {
    let IntegrityReport { rows, requests, without_digests, imports, last_hash, .. } = report;
    let (stamped, unstamped) = (report.stamped_roots, report.unstamped_roots);
    format!(
        "{rows} rows, unbroken; {requests} requests and {imports} imports are as they were written \
         ({without_digests} from before digests were kept); {stamped} days stamped, {unstamped} not yet; \
         last hash {last_hash}"
    )
}
