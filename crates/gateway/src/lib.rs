//! The portal of the e-government as a channel of the service: the side of the gateway SHEP where we are called, and the
//! way back.
//!
//! A person prepares and signs on that portal what he would sign on ours, and the same use cases run; each state and the
//! answer are told back. Knows no rule of law, no SQL and no signature algorithm. Read next: `listener.rs` for what is
//! called, `sync.rs` and `push.rs` for what it does, `line.rs` for the way back; `docs/shep/README.md`, adr 27.

mod form;
mod intake;
mod line;
mod listener;
mod poll;
mod push;
mod questions;
mod refusal;
mod sync;
#[cfg(test)]
mod tests;
mod word;

use std::sync::Arc;
use std::time::Duration;

use adapters::shep::{AsyncChannel, ShepParty};
use app::PortalDesk;
use jiff::SignedDuration;

pub use line::ShepPortalLine;
pub use listener::router;
pub use poll::Poll;

/// Namespace of what the portal and we say to each other.
pub(crate) const CONTRACT: &str = "urn:anyqtama:egov-portal:v1";

/// Who the portal is to us, and what it calls us for.
#[derive(Clone, Debug)]
pub struct EgovPortal {
    /// How the gateway calls the portal.
    pub sender_id: String,
    /// Service of the synchronous channel that prepares a document to be signed.
    pub draft_service: String,
    /// Service of the synchronous channel that tells how it stands with a request.
    pub state_service: String,
    /// How the portal calls our service.
    pub service_type: String,
    /// BINs of those whose service it is.
    pub provider_bins: Vec<String>,
    /// How old a request may be when it comes: the gateway keeps it while we are away.
    pub request_age: SignedDuration,
    /// How often the gateway is asked for what waits; never where it calls us.
    pub poll: Option<Duration>,
}

/// Everything the channel is made of.
pub struct Gateway {
    pub(crate) desk: Arc<PortalDesk>,
    pub(crate) channel: Arc<AsyncChannel>,
    pub(crate) party: Arc<ShepParty>,
    pub(crate) portal: EgovPortal,
    pub(crate) asked: std::sync::Mutex<adapters::shep::Seen>,
}

impl Gateway {
    /// Over a desk and a channel.
    #[must_use]
    pub fn new(desk: Arc<PortalDesk>, channel: Arc<AsyncChannel>, portal: EgovPortal) -> Self {
        let party = channel.party();
        let asked = std::sync::Mutex::new(adapters::shep::Seen::new(party.freshness()));
        Self { desk, channel, party, portal, asked }
    }

    /// The desk behind it.
    #[must_use]
    pub fn desk(&self) -> Arc<PortalDesk> {
        Arc::clone(&self.desk)
    }
}
