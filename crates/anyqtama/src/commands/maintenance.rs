//! `migrate` and `check-config`.

use anyhow::Result;

use crate::cli::ConfigArguments;
use crate::commands::Status;
use crate::config::Config;
use crate::output::say;
use crate::wiring;

/// `migrate`
pub async fn migrate(arguments: &ConfigArguments) -> Result<Status> {
    let config = Config::load(&arguments.config)?;
    wiring::open_migrated_store(&config).await?.close().await;
    say("the database has the schema of this version");
    Ok(Status::Done)
}

/// `check-config`: everything the configuration names is opened and read, as `serve` would.
pub async fn check_config(arguments: &ConfigArguments) -> Result<Status> {
    let config = Config::load(&arguments.config)?;
    let store = wiring::open_store(&config).await?;
    wiring::service(&config, &store).await?.ping_store().await?;
    store.ping_replica().await?;
    wiring::portal_config(&config)?;
    store.close().await;
    say("the configuration and everything it names can be used");
    Ok(Status::Done)
}
