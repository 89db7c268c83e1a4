//! Certificates that messages over SHEP are signed with: ours and the gateway's, watched as those of the seals are. Where
//! one ends unnoticed, nobody is answered any more.

use std::time::Duration;

use adapters::shep::certificate_terms;
use anyhow::Result;
use app::{Clock, SealAlarm, SealCover, SealTerm, ToldSealAlarms, seal_covers};

use crate::commands::local_time;
use crate::config::Config;
use crate::output::{complain, say};
use crate::serve::Shutdown;
use crate::system::SystemClock;

const ROUND: Duration = Duration::from_secs(60);

/// Of every gateway that is spoken with.
pub fn terms(config: &Config) -> Result<Vec<SealTerm>> {
    let mut terms = Vec::new();
    if let Some(bank) = config.data_bank.shep_settings(&config.consent)? {
        terms.extend(certificate_terms("data_bank.shep", &bank)?);
    }
    if let Some(portal) = &config.egov_portal {
        terms.extend(certificate_terms("egov_portal", &portal.settings()?)?);
    }
    Ok(terms)
}

/// Until when each can be used, for `check-config`.
pub fn tell(terms: &[SealTerm]) {
    let now = SystemClock.now();
    for cover in seal_covers(terms, now) {
        let SealCover { owner, certificate, ends_at } = &cover;
        let (ends, days) = (local_time(*ends_at), cover.days_left(now));
        let line = format!("messages of {owner}: until {ends} by {certificate}, {days} days left");
        match SealAlarm::at(*ends_at, now) {
            None => say(line),
            Some(SealAlarm::SixtyDays | SealAlarm::ThirtyDays | SealAlarm::SevenDays) => {
                complain(format!("{line}: renew it"));
            }
            Some(SealAlarm::Ended) => {
                complain(format!("messages of {owner}: no certificate is valid now; renew it"));
            }
        }
    }
}

/// Tells the log, each alarm once a day, until the word to end.
pub async fn watch(terms: Vec<SealTerm>, shutdown: Shutdown) {
    let mut told = ToldSealAlarms::default();
    loop {
        told.due(&terms, SystemClock.now()).iter().for_each(log);
        tokio::select! {
            () = shutdown.wait() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

fn log((cover, alarm): &(SealCover, SealAlarm)) {
    let SealCover { owner, certificate, ends_at } = cover;
    match alarm {
        SealAlarm::SixtyDays | SealAlarm::ThirtyDays => {
            tracing::warn!(owner, certificate, %ends_at, "a certificate of messages over SHEP ends: renew it");
        }
        SealAlarm::SevenDays => {
            tracing::error!(owner, certificate, %ends_at, "a certificate of messages over SHEP ends: renew it");
        }
        SealAlarm::Ended => {
            tracing::error!(owner, certificate, %ends_at, "no certificate of messages over SHEP is valid");
        }
    }
}
