//! `audit verify`: the journal's chain, its stamped roots, and everything stored against what the journal says of it.

use anyhow::Result;
use app::{IntegrityFault, IntegrityReport};

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
    for fault in &report.faults {
        complain(fault);
    }
    let is_doubt = |fault: &IntegrityFault| matches!(fault, IntegrityFault::StampUnknown { .. });
    if report.faults.is_empty() {
        say(summary(&report));
        Ok(Status::Done)
    } else if report.faults.iter().all(is_doubt) {
        Ok(Status::CannotTell)
    } else {
        Ok(Status::Refused)
    }
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
