//! Joining the messenger, which sends notices as messages.

use std::sync::Arc;

use anyhow::Result;
use app::{Mail, Messenger, Service};

use super::OpenStore;
use crate::config::Config;

/// The messenger of a service.
pub fn messenger(config: &Config, open: &OpenStore, service: &Arc<Service>) -> Arc<Messenger> {
    let words = Arc::new(portal::NoticeTexts::new(&config.portal.public_url));
    Arc::new(Messenger::new(Arc::clone(service), Arc::clone(&open.outbox), words))
}

/// Letters, where a mail server is configured.
pub(super) fn mail(config: &Config, open: &OpenStore) -> Result<Option<Mail>> {
    let Some(section) = &config.email else { return Ok(None) };
    let addresses = Arc::clone(&open.emails);
    Ok(Some(Mail { mailer: Arc::new(section.mailer()?), addresses }))
}
