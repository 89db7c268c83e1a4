//! `migrate` and `check-config`.

use anyhow::Result;
use app::{SealAlarm, Service};
use domain::Kato;

use crate::cli::ConfigArguments;
use crate::commands::{Status, local_time};
use crate::config::Config;
use crate::operations::prober::Prober;
use crate::output::{complain, say};
use crate::wiring::OpenStore;
use crate::{sealing, shep_certificates, wiring};

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
    sealing::open(&config.seal)?.require_token()?;
    wiring::list_fetcher(&config)?;
    let store = wiring::open_store(&config).await?;
    let service = wiring::service(&config, &store).await?;
    service.ping_store().await?;
    store.ping_replica().await?;
    wiring::portal_config(&config)?;
    wiring::gateway(&config, &store, &service)?;
    wiring::staff(&config, &store)?;
    if let Some(prober) = config.operations.as_ref().and_then(|one| one.prober.as_ref()) {
        Prober::new(prober, &config)?;
    }
    tell_unkept(&config, &store).await?;
    store.close().await;
    tell_seals(&service);
    shep_certificates::tell(&shep_certificates::terms(&config)?);
    if config.portal.security_contact.as_ref().is_some_and(|one| one.expires <= service.now()) {
        complain("portal.security_contact has expired: security.txt is not shown");
    }
    if config.data_bank.has_idle_shep(&config.consent) {
        complain("data_bank.shep is filled in and never asked: data_bank.source is registry");
    }
    if config.consent.outlives_its_draft() {
        complain(format!(
            "consent.kdp.expires_in_seconds is more than {}, the life of a prepared text: what the control gives outlives it, which serves only requests that wait for a source",
            app::DRAFT_LASTS.as_secs()
        ));
    }
    say("the configuration and everything it names can be used");
    Ok(Status::Done)
}

/// Codes under which records are entered that no department keeps today: no officer finds them by name or corrects them.
async fn tell_unkept(config: &Config, store: &OpenStore) -> Result<()> {
    let providers = config.providers()?;
    let entered = store.desk.keepers().await?;
    let unkept = entered.iter().filter(|entered| providers.keeper(entered).is_none());
    let unkept: Vec<&str> = unkept.map(Kato::as_str).collect();
    if !unkept.is_empty() {
        complain(format!(
            "no department keeps the records entered under {}: no provider has these codes, and no list of successors",
            unkept.join(", ")
        ));
    }
    Ok(())
}

/// Until when each seal can be put on.
fn tell_seals(service: &Service) {
    let now = service.now();
    for cover in service.seal_covers() {
        let (owner, certificate) = (&cover.owner, &cover.certificate);
        let ends = local_time(cover.ends_at);
        let line = format!(
            "seal of {owner}: until {ends} by {certificate}.pem, {} days left",
            cover.days_left(now)
        );
        match SealAlarm::at(cover.ends_at, now) {
            None => say(line),
            Some(SealAlarm::SixtyDays | SealAlarm::ThirtyDays | SealAlarm::SevenDays) => {
                complain(format!("{line}: renew it"));
            }
            Some(SealAlarm::Ended) => {
                complain(format!("seal of {owner}: no certificate is valid now; renew it"));
            }
        }
    }
}
