//! The data bank: here over the registry that the departments keep with us.
//!
//! A registry that is slow or broken is unavailable, never without a record; so is one into which nothing was ever
//! taken in: a database that was mistyped or not restored yet knows of nobody. A record that no department's file could bring in
//! makes no decision, as over SHEP. Read next: `app::Registry`, `shep/mod.rs` for the data bank elsewhere.

mod shep;
mod with_register;

pub use shep::ShepDataBank;
pub use with_register::WithRegister;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use app::{Clock, DataBank, Registry, Reply, StoreError};
use async_trait::async_trait;
use domain::{GuardianRecord, Iin, astana_date};

use crate::contradictions::contradiction_in;

/// Our own registry as a source of evidence.
pub struct OwnRegistry {
    registry: Arc<dyn Registry>,
    patience: Duration,
    clock: Arc<dyn Clock>,
    /// Whether something was seen to have been taken in; what was is never taken out again.
    is_filled: AtomicBool,
}

impl OwnRegistry {
    /// Over a registry, waiting at most `patience` for each answer.
    #[must_use]
    pub fn new(registry: Arc<dyn Registry>, patience: Duration, clock: Arc<dyn Clock>) -> Self {
        Self { registry, patience, clock, is_filled: AtomicBool::new(false) }
    }

    async fn ask(&self, iin: Iin) -> Result<Reply<GuardianRecord>, StoreError> {
        // Asked first: what is taken in meanwhile may be the person's own record.
        let is_filled = self.is_filled().await?;
        match self.registry.guardian_record(iin).await? {
            Some(record) => Ok(self.credible(record)),
            None if is_filled => Ok(Reply::Absent),
            None => {
                tracing::error!("nothing was ever taken into the registry: the right database?");
                Ok(Reply::Silent)
            }
        }
    }

    /// Files contradict each other where neither contradicts itself: one corrects a ward at one act, and the other act's
    /// record stays as it was.
    fn credible(&self, record: GuardianRecord) -> Reply<GuardianRecord> {
        match contradiction_in(&record, astana_date(self.clock.now())) {
            Some(found) => {
                let code = found.code();
                tracing::warn!(code, "a record of the registry contradicts itself");
                Reply::Unusable
            }
            None => Reply::Known(record),
        }
    }

    async fn is_filled(&self) -> Result<bool, StoreError> {
        if self.is_filled.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let is_filled = self.registry.last_import_at().await?.is_some();
        self.is_filled.store(is_filled, Ordering::Relaxed);
        Ok(is_filled)
    }
}

#[async_trait]
impl DataBank for OwnRegistry {
    async fn guardian(&self, iin: Iin) -> Reply<GuardianRecord> {
        match tokio::time::timeout(self.patience, self.ask(iin)).await {
            Ok(Ok(reply)) => reply,
            // The row is there and cannot be read: one person's misfortune, not everybody's.
            Ok(Err(error @ StoreError::Corrupt(_))) => {
                tracing::error!(%error, "a record of the registry cannot be read");
                Reply::Unusable
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the registry did not answer");
                Reply::Silent
            }
            Err(_) => {
                tracing::warn!(patience = ?self.patience, "the registry did not answer in time");
                Reply::Silent
            }
        }
    }

    fn is_registry_here(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use app::{
        ImportBatch, ImportOutcome, ImportPreview, ImportSummary, RecordVersion, StoreError,
    };
    use domain::{AccountingStatus, Guardian, PersonName};
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;

    enum Behaviour {
        Has,
        Contradicts,
        HasNot,
        WasNeverFilled,
        Fails,
        IsDamaged,
        Hangs,
    }

    #[async_trait]
    impl Registry for Behaviour {
        async fn guardian_record(&self, iin: Iin) -> Result<Option<GuardianRecord>, StoreError> {
            match self {
                Self::Has => Ok(Some(record(iin))),
                Self::Contradicts => {
                    let mut record = record(iin);
                    record.guardian.birth_date = date(1981, 1, 1);
                    Ok(Some(record))
                }
                Self::HasNot | Self::WasNeverFilled => Ok(None),
                Self::Fails => Err(StoreError::Unavailable("away".into())),
                Self::IsDamaged => Err(StoreError::Corrupt("act")),
                Self::Hangs => std::future::pending().await,
            }
        }
        async fn history_of(&self, _: Iin) -> Result<Vec<RecordVersion>, StoreError> {
            Ok(vec![])
        }
        async fn preview_import(&self, _: &ImportBatch) -> Result<ImportPreview, StoreError> {
            let summary = ImportSummary::default();
            Ok(ImportPreview { summary, changes: vec![], digest: String::new() })
        }
        async fn apply_import(&self, _: &ImportBatch) -> Result<ImportOutcome, StoreError> {
            Ok(ImportOutcome::TakenIn(ImportSummary::default()))
        }
        async fn import_digests(&self) -> Result<Vec<(i64, String)>, StoreError> {
            Ok(vec![])
        }
        async fn misplaced_records(&self) -> Result<u64, StoreError> {
            Ok(0)
        }
        async fn last_import_at(&self) -> Result<Option<Timestamp>, StoreError> {
            Ok((!matches!(self, Self::WasNeverFilled)).then_some(Timestamp::UNIX_EPOCH))
        }
    }

    fn record(iin: Iin) -> GuardianRecord {
        let guardian = Guardian {
            iin,
            name: PersonName::parse("Үлгіұлы", "Мысал", "").unwrap(),
            birth_date: date(1980, 1, 1),
            address: "Астана".into(),
        };
        GuardianRecord {
            guardian,
            accounting: AccountingStatus::None,
            wards: vec![],
            by_register: vec![],
        }
    }

    #[tokio::test]
    async fn an_outage_is_never_the_absence_of_a_record() {
        let iin = Iin::parse("800101300016").unwrap();
        for (behaviour, expected) in [
            (Behaviour::Has, Reply::Known(record(iin))),
            (Behaviour::Contradicts, Reply::Unusable),
            (Behaviour::HasNot, Reply::Absent),
            (Behaviour::WasNeverFilled, Reply::Silent),
            (Behaviour::Fails, Reply::Silent),
            (Behaviour::IsDamaged, Reply::Unusable),
            (Behaviour::Hangs, Reply::Silent),
        ] {
            let clock = Arc::new(app::testing::FixedClock::new(app::testing::samples::moment(0)));
            let bank = OwnRegistry::new(Arc::new(behaviour), Duration::from_millis(50), clock);
            assert_eq!(bank.guardian(iin).await, expected);
        }
    }
}
