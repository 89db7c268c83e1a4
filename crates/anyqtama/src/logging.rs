//! Logs: to standard error, as text or one JSON object a line.

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::LogConfig;

/// Starts logging; once per process.
pub fn start(config: &LogConfig) -> Result<()> {
    let filter = EnvFilter::try_new(&config.filter).context("log.filter")?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if config.json { builder.json().try_init() } else { builder.try_init() };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))?;
    // What a panic says may hold a person's data: only its place is told.
    std::panic::set_hook(Box::new(|fault| {
        let place = fault.location().map(ToString::to_string);
        tracing::error!(place, "fault of the program");
    }));
    Ok(())
}
