//! The gate before everything that writes.
//!
//! A commit that no standby confirms never ends. Who gives it up closes his connection, but the server's process behind
//! it waits on, and must: ending it would show rows that a failover loses. Each further try would leave one more behind,
//! until the server has none left for readers. So a write given up without an answer shuts the gate: from then on one
//! caller at a time tries a commit of no consequence, and the others are told at once that nothing can be written, until
//! such a commit is confirmed. All tries write the same row, so of all nodes together one waits in the server.
//!
//! Writers never take the last connections of the pool either, so reading goes on while they wait. Read next:
//! `session.rs`, where who writes shows his pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use app::StoreError;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::PostgresStore;
use crate::error::{DatabaseFault, unavailable};
use crate::health::try_commit;

/// Longest wait for a place among the writers.
const PLACE: Duration = Duration::from_secs(4);
/// A write that was given up after less tells nothing of the server.
const SUSPICIOUS: Duration = Duration::from_secs(1);

/// Whether writes are let through, and how many at a time.
#[derive(Debug)]
pub(crate) struct Gate {
    shut: AtomicBool,
    trial: Mutex<()>,
    writers: Arc<Semaphore>,
}

impl Gate {
    /// Leaves a quarter of the connections to readers, where there are as many as four.
    pub(crate) fn new(connections_max: u32) -> Self {
        let writers = connections_max - connections_max / 4;
        let writers = usize::try_from(writers).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let writers = Arc::new(Semaphore::new(writers.max(1)));
        Self { shut: AtomicBool::new(false), trial: Mutex::new(()), writers }
    }

    fn is_shut(&self) -> bool {
        self.shut.load(Ordering::SeqCst)
    }
}

/// Leave to write; its place among the writers is free again when it is dropped.
pub(crate) struct Pass {
    gate: Arc<Gate>,
    _place: OwnedSemaphorePermit,
}

impl Pass {
    /// What was written with it got no answer, for as long as that.
    pub(crate) fn given_up_after(&self, time: Duration) {
        if time >= SUSPICIOUS {
            self.gate.shut.store(true, Ordering::SeqCst);
        }
    }
}

impl PostgresStore {
    /// Leave to write.
    pub(crate) async fn pass(&self) -> Result<Pass, StoreError> {
        self.require_open_gate().await?;
        let place = timeout(PLACE, Arc::clone(&self.gate.writers).acquire_owned()).await;
        let place = place.map_err(|_| unavailable(DatabaseFault::Busy))?;
        let place = place.map_err(|_| unavailable(DatabaseFault::Driver))?;
        // It may have been shut while this one waited.
        if self.gate.is_shut() {
            return Err(unavailable(DatabaseFault::Unconfirmed));
        }
        Ok(Pass { gate: Arc::clone(&self.gate), _place: place })
    }

    /// Where the gate is shut the caller tries whether commits are confirmed again, unless another is trying.
    pub(crate) async fn require_open_gate(&self) -> Result<(), StoreError> {
        if !self.gate.is_shut() {
            return Ok(());
        }
        let Ok(_alone) = self.gate.trial.try_lock() else {
            return Err(unavailable(DatabaseFault::Unconfirmed));
        };
        try_commit(self).await?;
        self.gate.shut.store(false, Ordering::SeqCst);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use app::Store;
    use throwaway_postgres::database;

    use super::*;
    use crate::PostgresSettings;

    #[test]
    fn where_there_are_four_connections_one_is_for_readers() {
        for (connections, writers) in [(1, 1), (2, 2), (3, 3), (4, 3), (8, 6), (10, 8)] {
            assert_eq!(Gate::new(connections).writers.available_permits(), writers);
        }
    }

    /// A browser closed in the middle of a write tells nothing of the server; one closed after long waiting may.
    #[tokio::test]
    async fn only_a_write_given_up_late_shuts_the_gate_and_a_confirmed_one_opens_it() {
        let database = database().unwrap();
        let settings = PostgresSettings::default();
        let store = PostgresStore::connect(&database.url(), settings).await.unwrap();
        store.migrate().await.unwrap();
        let pass = store.pass().await.unwrap();
        pass.given_up_after(SUSPICIOUS - Duration::from_millis(1));
        assert!(!store.gate.is_shut());
        pass.given_up_after(SUSPICIOUS);
        assert!(store.gate.is_shut());
        let trying = store.gate.trial.lock().await;
        let error = store.ping().await.unwrap_err();
        assert!(error.to_string().contains("confirmed no commit"), "{error}");
        drop(trying);
        store.ping().await.unwrap();
        assert!(!store.gate.is_shut());
    }
}
