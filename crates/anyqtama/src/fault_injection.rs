//! Faults on purpose, for tests of crashes: the process kills itself at the point named in the environment, before or
//! after a call of the store, the seal or the writer. Compiled only with the feature `fault-injection`.
//!
//! A point is `before:CALL` or `after:CALL`; the calls of the store bear the names of its methods, commits the name of
//! what they store. Behind a call means: it is done, and nobody has heard of it.

use std::sync::Arc;

use anyhow::Result;
use app::testing::{Intercepted, Interceptor};
use app::{RenderError, Renderer, SealError, SealOrder, Sealer, ServiceParts, StoreError};
use async_trait::async_trait;
use domain::DocumentContent;

/// Names the point.
const VARIABLE: &str = "ANYQTAMA_CRASH_AT";

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

/// The parts with a crash point round them, where the environment names one.
pub fn armed(mut parts: ServiceParts) -> Result<ServiceParts> {
    let Ok(point) = std::env::var(VARIABLE) else { return Ok(parts) };
    tracing::warn!(point, "this process will kill itself");
    let point = CrashPoint(point);
    parts.store = Arc::new(Intercepted::new(parts.store, point.clone()));
    parts.sealer = Arc::new(CrashingSealer(parts.sealer, point.clone()));
    parts.renderer = Arc::new(CrashingRenderer(parts.renderer, point));
    Ok(parts)
}
