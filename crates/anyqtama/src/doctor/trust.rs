//! Whom we trust, and whether their revocation lists speak about today.

use std::sync::Arc;

use adapters::TrustFolder;
use jiff::Timestamp;
use signature::{Doubt, Moment};

use crate::config::Config;
use crate::wiring;

use super::{Findings, faults};

/// Anchors and lists.
pub fn look(config: &Config, now: Timestamp, found: &mut Findings) -> Option<Arc<TrustFolder>> {
    let trust = match wiring::trust(config) {
        Ok(trust) => trust,
        Err(error) => {
            found.wrong(&faults::ANCHORS, format!("{error:#}"));
            return None;
        }
    };
    for (authority, doubt) in trust.current().silent_lists(Moment(now.as_second())) {
        let name = authority.names().common_name.unwrap_or_else(|| authority.subject().to_string());
        let what = format!("{name}, in {}", config.signatures.crl_dir.display());
        match doubt {
            Doubt::CrlMissing => found.wrong(&faults::LIST_MISSING, what),
            _ => found.wrong(&faults::LIST_OUTDATED, what),
        }
    }
    Some(trust)
}
