//! Counting attempts for all nodes, where the store is there to do so.
//!
//! Knows no rule: what is too often, whoever counts decides (`portal/src/rate`).

use std::time::Duration;

use crate::ports::Attempt;
use crate::service::Service;

/// Nobody waits longer for a count: whoever counts for himself beside it goes on with that.
const PATIENCE: Duration = Duration::from_millis(300);

impl Service {
    /// Counts one more attempt for all nodes and answers how many there are; `None` where the store does not tell in time.
    pub async fn count_attempt(&self, attempt: &Attempt) -> Option<u32> {
        let counted = tokio::time::timeout(PATIENCE, self.store().count_attempt(attempt)).await;
        let counted = counted.ok().and_then(Result::ok);
        if counted.is_none() {
            tracing::debug!("attempts are counted by this process alone: the store does not tell");
        }
        counted
    }

    /// Counts one fewer for all nodes, where the store takes it in time.
    pub async fn take_back_attempt(&self, attempt: &Attempt) {
        let taken = tokio::time::timeout(PATIENCE, self.store().take_back_attempt(attempt)).await;
        if !matches!(taken, Ok(Ok(()))) {
            tracing::debug!("an attempt stays counted: the store does not take it back");
        }
    }
}
