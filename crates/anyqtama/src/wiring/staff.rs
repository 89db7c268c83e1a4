//! The part of the people who serve: who they are, and their use cases over the same store.

use std::sync::Arc;

use adapters::{StaffFile, TemplateFiles, WebauthnPasskeys};
use anyhow::{Context, Result, bail};
use app::{Passkeys, Staff, StaffParts, Workplace};

use super::OpenStore;
use super::judging::{trust, verifier};
use crate::config::Config;
use crate::system::{SystemClock, SystemIds};

/// Their use cases, where a list of them is configured.
pub fn staff(config: &Config, open: &OpenStore) -> Result<Option<Arc<Staff>>> {
    let Some(section) = &config.staff else { return Ok(None) };
    let people = StaffFile::new(&section.people_file);
    let providers = config.providers()?;
    for member in people.read().context("staff.people_file")? {
        if let Workplace::Department(kato) = &member.workplace
            && !providers.knows(kato)
        {
            bail!("staff.people_file: no provider has the territory {}", kato.as_str());
        }
    }
    let public_url = config.portal.public_url.trim_end_matches('/').to_owned();
    let passkeys = WebauthnPasskeys::new(&public_url).context("portal.public_url")?;
    let passkeys = passkeys.map(|passkeys| -> Arc<dyn Passkeys> { Arc::new(passkeys) });
    let staff = Staff::new(StaffParts {
        store: Arc::clone(&open.store),
        office: Arc::clone(&open.office),
        registry: Arc::clone(&open.registry),
        files: Arc::new(TemplateFiles),
        people: Arc::new(people),
        verifier: verifier(config, &trust(config)?)?,
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        providers,
        public_url,
    });
    Ok(Some(Arc::new(staff.with_passkeys(passkeys))))
}
