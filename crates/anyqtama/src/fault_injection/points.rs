//! Named points on the way of the program: at one of them the process dies, at others it waits while a file is there.
//!
//! Knows nothing of what is called there. Read next: `wrappers.rs`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use app::StoreError;
use app::testing::{Interceptor, Moment};
use async_trait::async_trait;

/// Names the point at which the process dies.
const CRASH_AT: &str = "ANYQTAMA_CRASH_AT";
/// Names points at which whoever comes there waits: `POINT=FILE`, parted by semicolons. Each waits while its file is
/// there, and says that it has come by a file of the same name with `.reached` behind it.
const HOLD_AT: &str = "ANYQTAMA_HOLD_AT";
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Where to die and where to wait.
#[derive(Clone)]
pub(super) struct Points {
    crash_at: Option<String>,
    holds: Vec<Hold>,
}

#[derive(Clone)]
struct Hold {
    point: String,
    file: PathBuf,
}

impl Hold {
    fn parse(text: &str) -> Result<Self> {
        let (point, file) = text.split_once('=').with_context(|| format!("{HOLD_AT}: {text}"))?;
        Ok(Self { point: point.to_owned(), file: file.into() })
    }

    async fn wait(&self) {
        if !self.file.exists() {
            return;
        }
        let mut reached = self.file.clone().into_os_string();
        reached.push(".reached");
        if let Err(error) = std::fs::write(reached, "") {
            tracing::error!(%error, "nobody is told that the point was reached");
        }
        while self.file.exists() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

impl Points {
    /// Those the environment names; `None` where it names none.
    pub(super) fn of_environment() -> Result<Option<Self>> {
        let crash_at = std::env::var(CRASH_AT).ok();
        let holds = std::env::var(HOLD_AT).unwrap_or_default();
        let holds = holds.split(';').filter(|one| !one.is_empty()).map(Hold::parse);
        let holds = holds.collect::<Result<Vec<_>>>()?;
        if crash_at.is_none() && holds.is_empty() {
            return Ok(None);
        }
        if let Some(point) = &crash_at {
            tracing::warn!(point, "this process will kill itself");
        }
        Ok(Some(Self { crash_at, holds }))
    }

    /// The kernel ends the process here and now: nothing is flushed, closed or rolled back by us.
    pub(super) fn pass(&self, when: &str, call: &str) {
        if self.crash_at.as_deref() == Some(&*format!("{when}:{call}")) {
            let own = rustix::process::getpid();
            let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
            loop {
                std::thread::park();
            }
        }
    }

    /// Waits here where somebody wants it, and then goes on or dies.
    pub(super) async fn stop_at(&self, when: &str, call: &str) {
        let point = format!("{when}:{call}");
        for hold in self.holds.iter().filter(|hold| hold.point == point) {
            hold.wait().await;
        }
        self.pass(when, call);
    }
}

#[async_trait]
impl Interceptor for Points {
    fn before(&self, call: &'static str) -> Result<(), StoreError> {
        self.pass("before", call);
        Ok(())
    }

    fn after(&self, call: &'static str) -> Result<(), StoreError> {
        self.pass("after", call);
        Ok(())
    }

    async fn hold(&self, moment: Moment, call: &'static str) {
        let when = match moment {
            Moment::Before => "before",
            Moment::After => "after",
        };
        self.stop_at(when, call).await;
    }
}
