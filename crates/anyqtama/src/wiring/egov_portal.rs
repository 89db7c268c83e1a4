//! Joining the portal of the e-government to the service, where one is configured.

use std::sync::Arc;
use std::time::Duration;

use adapters::shep::AsyncChannel;
use anyhow::{Context, Result};
use app::{PortalDesk, Service};
use gateway::{EgovPortal, Gateway, ShepPortalLine};
use jiff::SignedDuration;

use super::OpenStore;
use crate::config::Config;
use crate::system::{SystemClock, SystemIds};

/// The channel over a service.
pub fn gateway(
    config: &Config,
    open: &OpenStore,
    service: &Arc<Service>,
) -> Result<Option<Arc<Gateway>>> {
    let Some(section) = &config.egov_portal else { return Ok(None) };
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let (service_id, route_id) = (&section.request_service_id, section.route_id.as_deref());
    let settings = section.settings()?;
    let channel = AsyncChannel::new(&settings, service_id, route_id, clock, ids);
    let channel = Arc::new(channel.context("egov_portal")?);
    let line = Arc::new(ShepPortalLine::new(Arc::clone(&channel)));
    let desk = PortalDesk::new(Arc::clone(service), Arc::clone(&open.exchanges), line);
    let mut provider_bins = vec![config.operator()?.bin.digits()];
    provider_bins.extend(config.providers()?.all().iter().map(|one| one.bin.digits()));
    let portal = EgovPortal {
        sender_id: section.portal_sender_id.clone(),
        draft_service: section.draft_service_id.clone(),
        state_service: section.state_service_id.clone(),
        service_type: section.service_type.clone(),
        provider_bins,
        request_age: SignedDuration::from_hours(section.request_age_hours.into()),
        poll: match section.poll_seconds {
            0 => None,
            seconds => Some(Duration::from_secs(seconds.into())),
        },
    };
    Ok(Some(Arc::new(Gateway::new(Arc::new(desk), channel, portal))))
}
