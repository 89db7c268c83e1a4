//! Work with a device, which may block, off the threads that answer people.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

/// How long a key may take: less than a worker keeps its job.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why work came to no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// It takes too long.
    Late,
    /// The program ends.
    Stopped,
}

/// Runs what may block, once there is room. What does not answer in time is not there, and what it still does then is nobody's.
pub(crate) async fn patiently<T: Send + 'static>(
    admissions: Option<Arc<Semaphore>>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Unanswered> {
    let done = tokio::time::timeout(PATIENCE, admitted(admissions, work)).await;
    done.map_err(|_| Unanswered::Late)?
}

async fn admitted<T: Send + 'static>(
    admissions: Option<Arc<Semaphore>>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Unanswered> {
    let admission = match admissions {
        None => None,
        Some(admissions) => {
            Some(admissions.acquire_owned().await.map_err(|_| Unanswered::Stopped)?)
        }
    };
    let working = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(admission);
        done
    });
    working.await.map_err(|_| Unanswered::Stopped)
}
