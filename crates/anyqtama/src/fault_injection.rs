//! Faults on purpose, for tests of crashes: the process kills itself at the point named in the environment, before or
//! after a call of the store, the registry, the seal or the writer; its data bank is silent while a file is there; its
//! clock is ahead. Compiled only with the feature `fault-injection`.
//!
//! A point is `before:CALL` or `after:CALL`; the calls of the store bear the names of its methods, commits the name of
//! what they store. Behind a call means: it is done, and nobody has heard of it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use app::testing::{Intercepted, Interceptor};
use app::{
    Clock, DataBank, ImportBatch, ImportSummary, Registry, RenderError, Renderer, SealError,
    SealOrder, SealTerm, Sealer, ServiceParts, StoreError,
};
use async_trait::async_trait;
use domain::{Answer, DocumentContent, GuardianRecord, Iin};
use jiff::{SignedDuration, Timestamp};

/// Names the point.
const CRASH_AT: &str = "ANYQTAMA_CRASH_AT";
/// Names a file: while it is there, the data bank gives no answer.
const SILENT_WHILE: &str = "ANYQTAMA_DATA_BANK_SILENT_WHILE";
/// By how many seconds the clock is ahead.
const CLOCK_AHEAD: &str = "ANYQTAMA_CLOCK_AHEAD_SECONDS";

/// Where to die.
#[derive(Clone)]
struct CrashPoint(String);

impl CrashPoint {
    /// The kernel ends the process here and now: nothing is flushed, closed or rolled back by us.
    fn pass(&self, when: &str, call: &str) {
        if self.0 == format!("{when}:{call}") {
            let own = rustix::process::getpid();
            let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
            loop {
                std::thread::park();
            }
        }
    }
}

impl Interceptor for CrashPoint {
    fn before(&self, call: &'static str) -> Result<(), StoreError> {
        self.pass("before", call);
        Ok(())
    }

    fn after(&self, call: &'static str) -> Result<(), StoreError> {
        self.pass("after", call);
        Ok(())
    }
}

struct CrashingSealer(Arc<dyn Sealer>, CrashPoint);

#[async_trait]
impl Sealer for CrashingSealer {
    async fn seal(&self, unsealed: &[u8], order: &SealOrder) -> Result<Vec<u8>, SealError> {
        self.1.pass("before", "seal");
        let sealed = self.0.seal(unsealed, order).await;
        self.1.pass("after", "seal");
        sealed
    }

    fn terms(&self) -> Vec<SealTerm> {
        self.0.terms()
    }
}

struct CrashingRenderer(Arc<dyn Renderer>, CrashPoint);

impl Renderer for CrashingRenderer {
    fn render(&self, content: &DocumentContent) -> Result<Vec<u8>, RenderError> {
        self.1.pass("before", "render");
        let rendered = self.0.render(content);
        self.1.pass("after", "render");
        rendered
    }

    fn can_print(&self, text: &str) -> bool {
        self.0.can_print(text)
    }
}

struct SilentBank(Arc<dyn DataBank>, PathBuf);

#[async_trait]
impl DataBank for SilentBank {
    async fn guardian(&self, iin: Iin) -> Answer<GuardianRecord> {
        if self.1.exists() { Answer::Unavailable } else { self.0.guardian(iin).await }
    }
}

struct ClockAhead(Arc<dyn Clock>, SignedDuration);

impl Clock for ClockAhead {
    fn now(&self) -> Timestamp {
        let now = self.0.now();
        now.checked_add(self.1).unwrap_or(now)
    }
}

struct CrashingRegistry(Arc<dyn Registry>, CrashPoint);

#[async_trait]
impl Registry for CrashingRegistry {
    async fn guardian_record(&self, iin: Iin) -> Result<Option<GuardianRecord>, StoreError> {
        self.0.guardian_record(iin).await
    }

    async fn preview_import(&self, batch: &ImportBatch) -> Result<ImportSummary, StoreError> {
        self.0.preview_import(batch).await
    }

    async fn apply_import(&self, batch: &ImportBatch) -> Result<ImportSummary, StoreError> {
        self.1.pass("before", "apply_import");
        let applied = self.0.apply_import(batch).await;
        self.1.pass("after", "apply_import");
        applied
    }

    async fn import_digests(&self) -> Result<Vec<(i64, String)>, StoreError> {
        self.0.import_digests().await
    }

    async fn misplaced_records(&self) -> Result<u64, StoreError> {
        self.0.misplaced_records().await
    }

    async fn last_import_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.0.last_import_at().await
    }
}

/// The parts with the faults round them that the environment names.
pub fn armed(mut parts: ServiceParts) -> Result<ServiceParts> {
    if let Some(file) = std::env::var_os(SILENT_WHILE) {
        parts.data_bank = Arc::new(SilentBank(parts.data_bank, file.into()));
    }
    if let Ok(seconds) = std::env::var(CLOCK_AHEAD) {
        let ahead = SignedDuration::from_secs(seconds.parse().context(CLOCK_AHEAD)?);
        parts.clock = Arc::new(ClockAhead(parts.clock, ahead));
    }
    let Some(point) = crash_point() else { return Ok(parts) };
    parts.store = Arc::new(Intercepted::new(parts.store, point.clone()));
    parts.sealer = Arc::new(CrashingSealer(parts.sealer, point.clone()));
    parts.renderer = Arc::new(CrashingRenderer(parts.renderer, point));
    Ok(parts)
}

/// The registry with a crash point round it, where the environment names one.
pub fn armed_registry(registry: Arc<dyn Registry>) -> Arc<dyn Registry> {
    match crash_point() {
        Some(point) => Arc::new(CrashingRegistry(registry, point)),
        None => registry,
    }
}

fn crash_point() -> Option<CrashPoint> {
    let point = std::env::var(CRASH_AT).ok()?;
    tracing::warn!(point, "this process will kill itself");
    Some(CrashPoint(point))
}
