//! The officers' part: who they are, and their use cases over the same store.

use std::sync::Arc;

use adapters::{OfficersFile, TemplateFiles};
use anyhow::{Context, Result, bail};
use app::{Staff, StaffParts};

use super::OpenStore;
use super::judging::{trust, verifier};
use crate::config::Config;
use crate::system::{SystemClock, SystemIds};

/// The officers' use cases, where a list of officers is configured.
pub fn staff(config: &Config, open: &OpenStore) -> Result<Option<Arc<Staff>>> {
    let Some(section) = &config.staff else { return Ok(None) };
    let officers = OfficersFile::new(&section.officers_file);
    let providers = config.providers()?;
    for officer in officers.read().context("staff.officers_file")? {
        if !providers.knows(&officer.provider) {
            bail!(
                "staff.officers_file: no provider has the territory {}",
                officer.provider.as_str()
            );
        }
    }
    Ok(Some(Arc::new(Staff::new(StaffParts {
        store: Arc::clone(&open.store),
        office: Arc::clone(&open.office),
        registry: Arc::clone(&open.registry),
        files: Arc::new(TemplateFiles),
        officers: Arc::new(officers),
        verifier: verifier(config, &trust(config)?)?,
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        providers,
        public_url: config.portal.public_url.trim_end_matches('/').to_owned(),
    }))))
}
