//! `audit verify`: the journal's chain from its first row to its last.

use anyhow::Result;
use app::Store;

use crate::cli::ConfigArguments;
use crate::commands::Status;
use crate::config::Config;
use crate::output::{complain, say};
use crate::wiring;

/// Rows read at a time.
const PAGE: u32 = 1_000;

/// `audit verify`
pub async fn verify(arguments: &ConfigArguments) -> Result<Status> {
    let config = Config::load(&arguments.config)?;
    let store = wiring::open_store(&config).await?;
    let (mut next, mut hash) = (1, String::new());
    loop {
        let rows = store.audit_from(next, PAGE).await?;
        let Some(last) = rows.last() else { break };
        match app::verify_chain(&rows, next, &hash) {
            Ok(last_hash) => hash = last_hash,
            Err(fault) => {
                complain(fault);
                return Ok(Status::Refused);
            }
        }
        next = last.sequence + 1;
    }
    store.close().await;
    say(format!("{} rows, unbroken; last hash {hash}", next - 1));
    Ok(Status::Done)
}
