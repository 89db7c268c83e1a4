//! Faults on purpose, for tests of crashes: the process kills itself or waits at the points named in the environment,
//! before or after a call of the store, the registry, the archive, the seal or the writer; its data bank or its seal is
//! away while a file is there; its clock is ahead. Compiled only with the feature `fault-injection`.
//!
//! A point is `before:CALL` or `after:CALL`; the calls of the store bear the names of its methods, commits the name of
//! what they store. Behind a call means: it is done, and nobody has heard of it. `amid:export` and `amid:load` lie
//! between the rows of an archive. Read next: `points.rs`.

mod desk;
mod exchanges;
mod office;
mod outbox;
mod points;
mod wrappers;

use std::sync::Arc;

use anyhow::{Context, Result};
use app::testing::Intercepted;
use app::{
    Archive, Exchanges, FactsSigner, OfficeStore, Outbox, RecordDesk, Registry, ServiceParts,
};
use jiff::SignedDuration;

use desk::FaultyDesk;
use exchanges::FaultyExchanges;
use office::FaultyOffice;
use outbox::FaultyOutbox;
use points::Points;
use wrappers::{
    ClockAhead, FaultyArchive, FaultyFactsSigner, FaultyRegistry, FaultyRenderer, FaultySealer,
    SilentBank,
};

/// Names a file: while it is there, the data bank gives no answer.
const SILENT_WHILE: &str = "ANYQTAMA_DATA_BANK_SILENT_WHILE";
/// Names a file: while it is there, the seal is not available.
const SEAL_AWAY_WHILE: &str = "ANYQTAMA_SEAL_AWAY_WHILE";
/// Names a file: while it is there, nobody signs facts.
const FACTS_SIGNER_AWAY_WHILE: &str = "ANYQTAMA_FACTS_SIGNER_AWAY_WHILE";
/// Names a folder in which every seal that is made is kept, before anybody hears of it.
const SEALS_KEPT_IN: &str = "ANYQTAMA_SEALS_KEPT_IN";
/// By how many seconds the clock is ahead.
const CLOCK_AHEAD: &str = "ANYQTAMA_CLOCK_AHEAD_SECONDS";

/// The parts with the faults round them that the environment names.
pub fn armed(mut parts: ServiceParts) -> Result<ServiceParts> {
    if let Some(file) = std::env::var_os(SILENT_WHILE) {
        parts.data_bank = Arc::new(SilentBank(parts.data_bank, file.into()));
    }
    if let Ok(seconds) = std::env::var(CLOCK_AHEAD) {
        let ahead = SignedDuration::from_secs(seconds.parse().context(CLOCK_AHEAD)?);
        parts.clock = Arc::new(ClockAhead(parts.clock, ahead));
    }
    let points = Points::of_environment()?;
    parts.sealer = Arc::new(FaultySealer {
        sealer: parts.sealer,
        points: points.clone(),
        away_while: std::env::var_os(SEAL_AWAY_WHILE).map(Into::into),
        kept_in: std::env::var_os(SEALS_KEPT_IN).map(Into::into),
    });
    let (points_of_facts, away) = (points.clone(), std::env::var_os(FACTS_SIGNER_AWAY_WHILE));
    parts.facts_signer = parts.facts_signer.map(|signer| -> Arc<dyn FactsSigner> {
        let (points, away_while) = (points_of_facts, away.map(Into::into));
        Arc::new(FaultyFactsSigner { signer, points, away_while })
    });
    if let Some(points) = points {
        parts.store = Arc::new(Intercepted::new(parts.store, points.clone()));
        parts.renderer = Arc::new(FaultyRenderer(parts.renderer, points));
    }
    Ok(parts)
}

/// The registry with the environment's points round it.
pub fn armed_registry(registry: Arc<dyn Registry>) -> Result<Arc<dyn Registry>> {
    Ok(match Points::of_environment()? {
        Some(points) => Arc::new(FaultyRegistry(registry, points)),
        None => registry,
    })
}

/// The record desk with the environment's points round it.
pub fn armed_desk(desk: Arc<dyn RecordDesk>) -> Result<Arc<dyn RecordDesk>> {
    Ok(match Points::of_environment()? {
        Some(points) => Arc::new(FaultyDesk(desk, points)),
        None => desk,
    })
}

/// The archive with the environment's points round it.
pub fn armed_archive(archive: Arc<dyn Archive>) -> Result<Arc<dyn Archive>> {
    Ok(match Points::of_environment()? {
        Some(points) => Arc::new(FaultyArchive(archive, points)),
        None => archive,
    })
}

/// Exchanges with the environment's points round them.
pub fn armed_exchanges(exchanges: Arc<dyn Exchanges>) -> Result<Arc<dyn Exchanges>> {
    Ok(match Points::of_environment()? {
        Some(points) => Arc::new(FaultyExchanges(exchanges, points)),
        None => exchanges,
    })
}

/// The outbox with the environment's points round it.
pub fn armed_outbox(outbox: Arc<dyn Outbox>) -> Result<Arc<dyn Outbox>> {
    Ok(match Points::of_environment()? {
        Some(points) => Arc::new(FaultyOutbox(outbox, points)),
        None => outbox,
    })
}

/// What officers have written down with the environment's points round it.
pub fn armed_office(office: Arc<dyn OfficeStore>) -> Result<Arc<dyn OfficeStore>> {
    Ok(match Points::of_environment()? {
        Some(points) => Arc::new(FaultyOffice(office, points)),
        None => office,
    })
}
