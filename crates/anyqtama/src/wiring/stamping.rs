//! Who stamps: the days of the journal, and seals.

use std::sync::Arc;
use std::time::Duration;

use adapters::{HttpTimeStamper, TimeStampSettings, TrustFolder};
use anyhow::{Context, Result};
use app::TimeStamper;

use crate::config::Config;
use crate::system::{SystemClock, SystemIds};

/// How long a time-stamping authority may take for a day of the journal.
const TIME_STAMP_PATIENCE: Duration = Duration::from_secs(10);
/// The same for a seal, of which some are made in a lease, each with up to two stamps.
const SEAL_STAMP_PATIENCE: Duration = Duration::from_secs(4);

/// All who stamp, by the keys of the configuration that name them.
pub(crate) fn stampers(
    config: &Config,
    trust: &Arc<TrustFolder>,
) -> Result<Vec<(&'static str, Arc<dyn TimeStamper>)>> {
    let journal = time_stamper(config, trust)?.map(|one| ("journal.time_stamp_urls", one));
    let mut all: Vec<_> = journal.into_iter().collect();
    if !config.seal.time_stamp_urls.is_empty() {
        all.push(("seal.time_stamp_urls", seal_stamper(config, trust)?));
    }
    Ok(all)
}

/// Who stamps seals.
pub(super) fn seal_stamper(
    config: &Config,
    trust: &Arc<TrustFolder>,
) -> Result<Arc<dyn TimeStamper>> {
    let settings = TimeStampSettings {
        urls: config.seal.time_stamp_urls.clone(),
        policy: config.seal.time_stamp_policy.clone(),
        patience: SEAL_STAMP_PATIENCE,
    };
    stamper(&settings, trust).context("seal.time_stamp_urls")
}

/// Who stamps the journal's days, where an address is configured.
pub(super) fn time_stamper(
    config: &Config,
    trust: &Arc<TrustFolder>,
) -> Result<Option<Arc<dyn TimeStamper>>> {
    let journal = &config.journal;
    if journal.time_stamp_urls.is_empty() {
        return Ok(None);
    }
    let settings = TimeStampSettings {
        urls: journal.time_stamp_urls.clone(),
        policy: journal.time_stamp_policy.clone(),
        patience: TIME_STAMP_PATIENCE,
    };
    Ok(Some(stamper(&settings, trust).context("journal.time_stamp_urls")?))
}

fn stamper(settings: &TimeStampSettings, trust: &Arc<TrustFolder>) -> Result<Arc<dyn TimeStamper>> {
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    Ok(Arc::new(HttpTimeStamper::new(settings, Arc::clone(trust), clock, ids)?))
}
