//! Counted attempts, in memory and of an intercepted store.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use super::intercepted::{Intercepted, Interceptor};
use super::memory_store::MemoryStore;
use crate::ports::{Attempt, Attempts, StoreError};

/// How many, and until when they count.
#[derive(Clone, Default)]
pub(super) struct AttemptsState(BTreeMap<String, (u32, Timestamp)>);

impl AttemptsState {
    pub(super) fn remove_expired(&mut self, now: Timestamp) {
        self.0.retain(|_, (_, forget_at)| *forget_at > now);
    }

    fn count(&mut self, attempt: &Attempt) -> u32 {
        let (count, _) = self.0.entry(attempt.whom.clone()).or_insert((0, attempt.forget_at));
        *count = count.saturating_add(1);
        *count
    }

    fn take_back(&mut self, attempt: &Attempt) {
        if let Some((count, _)) = self.0.get_mut(&attempt.whom) {
            *count = count.saturating_sub(1).max(1);
        }
    }
}

#[async_trait]
impl Attempts for MemoryStore {
    async fn count_attempt(&self, attempt: &Attempt) -> Result<u32, StoreError> {
        self.write(|state| Ok(state.attempts.count(attempt)))
    }

    async fn take_back_attempt(&self, attempt: &Attempt) -> Result<(), StoreError> {
        self.write(|state| {
            state.attempts.take_back(attempt);
            Ok(())
        })
    }
}

#[async_trait]
impl<I: Interceptor> Attempts for Intercepted<I> {
    async fn count_attempt(&self, attempt: &Attempt) -> Result<u32, StoreError> {
        self.around("count_attempt", self.store.count_attempt(attempt)).await
    }

    async fn take_back_attempt(&self, attempt: &Attempt) -> Result<(), StoreError> {
        self.around("take_back_attempt", self.store.take_back_attempt(attempt)).await
    }
}
