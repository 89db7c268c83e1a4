//! What is wrong with an installation, in words: each check looks by itself, so that one fault hides no other.
//!
//! Changes nothing and prints no secret and nobody's data: paths, addresses, names of certificates, days. Read next:
//! `faults.rs` for all that is known, then the folder's checks.

mod database;
pub mod faults;
mod files;
mod neighbours;
mod place;
mod seals;
mod trust;
mod watching;

use std::path::Path;

use app::Clock;
use serde::Serialize;

use crate::config::Config;
use crate::system::SystemClock;
use crate::{config, wiring};
use faults::Fault;

/// Whether something is wrong, or will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// It is.
    Wrong,
    /// It will be, or works worse than it could.
    Soon,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable code.
    pub code: &'static str,
    /// Whether it is wrong now.
    pub gravity: Gravity,
    /// What was seen.
    pub what: String,
    /// What it means for the service.
    pub means: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// All that was found, in the order of looking.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    fn wrong(&mut self, fault: &Fault, what: impl Into<String>) {
        self.add(fault, Gravity::Wrong, what.into());
    }

    fn soon(&mut self, fault: &Fault, what: impl Into<String>) {
        self.add(fault, Gravity::Soon, what.into());
    }

    fn add(&mut self, fault: &Fault, gravity: Gravity, what: String) {
        let Fault { code, means, remedy } = *fault;
        self.0.push(Finding { code, gravity, what, means, remedy });
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    /// Whether anything is wrong now.
    #[must_use]
    pub fn is_anything_wrong(&self) -> bool {
        self.0.iter().any(|one| one.gravity == Gravity::Wrong)
    }
}

/// Looks at everything the configuration names.
pub async fn examine(config: &Config) -> Findings {
    let mut found = Findings::default();
    let now = SystemClock.now();
    place::address(config, &mut found);
    place::providers(config, &mut found);
    place::staff(config, &mut found);
    place::calendar(config, now, &mut found);
    place::forms(&mut found);
    files::secrets(config, &mut found);
    files::folders(config, &mut found);
    contradictions(config, &mut found);
    place::tls(config, now, &mut found);
    place::security_contact(config, now, &mut found);
    place::limits(config, &mut found);
    place::listening(config, &mut found).await;
    seals::look(config, now, &mut found);
    let trust = trust::look(config, now, &mut found);
    neighbours::look(config, trust.as_ref(), now, &mut found).await;
    watching::look(config, now, &mut found).await;
    let store = database::look(config, &mut found).await;
    if let Some(store) = store {
        whole(config, &store, &mut found).await;
        store.close().await;
    }
    found
}

/// A file that is no configuration. Its own words are left out: they may quote a line with a secret.
#[must_use]
pub fn unreadable(path: &Path, error: &anyhow::Error) -> Findings {
    let mut found = Findings::default();
    let reason = match error.downcast_ref::<toml::de::Error>() {
        Some(error) => error.message().lines().next().unwrap_or_default().to_owned(),
        None => format!("{:#}", error.root_cause()),
    };
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let span = error.downcast_ref::<toml::de::Error>().and_then(toml::de::Error::span);
    let line = span.and_then(|span| Some(text.get(..span.start)?.lines().count().max(1)));
    let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
    found.wrong(&faults::CONFIGURATION, format!("{}{place}: {reason}", path.display()));
    found
}

/// What the keys say against each other, apart from what has a fault of its own.
fn contradictions(config: &Config, found: &mut Findings) {
    let mut rest = config.clone();
    if !config::is_private(&rest.portal.public_url) {
        "https://localhost".clone_into(&mut rest.portal.public_url);
    }
    let Err(error) = rest.check() else { return };
    // The list of providers is looked at last, so whatever else is wrong is told first.
    let of_providers = rest.providers().err().map(|error| format!("{error:#}"));
    let what = format!("{error:#}");
    if of_providers.as_ref() != Some(&what) {
        found.wrong(&faults::CONFIGURATION, what);
    }
}

/// The way `serve` starts, for what none of the checks knows.
async fn whole(config: &Config, store: &wiring::OpenStore, found: &mut Findings) {
    if found.is_anything_wrong() {
        return;
    }
    let started = async {
        let service = wiring::service(config, store).await?;
        wiring::list_fetcher(config)?;
        wiring::portal_config(config)?;
        wiring::staff(config, store)?;
        wiring::gateway(config, store, &service)?;
        anyhow::Ok(())
    };
    if let Err(error) = started.await {
        found.wrong(&faults::CONFIGURATION, format!("{error:#}"));
    }
}
