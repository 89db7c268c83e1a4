//! The data bank over the registry that the departments keep with us.
//!
//! A registry that is slow or broken is unavailable, never without a record. Read next: `app::Registry`.

use std::sync::Arc;
use std::time::Duration;

use app::{DataBank, Registry};
use async_trait::async_trait;
use domain::{Answer, GuardianRecord, Iin};

/// Our own registry as a source of evidence.
pub struct OwnRegistry {
    registry: Arc<dyn Registry>,
    patience: Duration,
}

impl OwnRegistry {
    /// Over a registry, waiting at most `patience` for each answer.
    #[must_use]
    pub fn new(registry: Arc<dyn Registry>, patience: Duration) -> Self {
        Self { registry, patience }
    }
}

#[async_trait]
impl DataBank for OwnRegistry {
    async fn guardian(&self, iin: Iin) -> Answer<GuardianRecord> {
        let asked = self.registry.guardian_record(iin);
        match tokio::time::timeout(self.patience, asked).await {
            Ok(Ok(Some(record))) => Answer::Known(record),
            Ok(Ok(None)) => Answer::Absent,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the registry did not answer");
                Answer::Unavailable
            }
            Err(_) => {
                tracing::warn!(patience = ?self.patience, "the registry did not answer in time");
                Answer::Unavailable
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use app::{ImportBatch, ImportSummary, StoreError};
    use domain::{AccountingStatus, Guardian, PersonName};
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;

    enum Behaviour {
        Has,
        HasNot,
        Fails,
        Hangs,
    }

    #[async_trait]
    impl Registry for Behaviour {
        async fn guardian_record(&self, iin: Iin) -> Result<Option<GuardianRecord>, StoreError> {
            match self {
                Self::Has => Ok(Some(record(iin))),
                Self::HasNot => Ok(None),
                Self::Fails => Err(StoreError::Corrupt("act")),
                Self::Hangs => std::future::pending().await,
            }
        }
        async fn preview_import(&self, _: &ImportBatch) -> Result<ImportSummary, StoreError> {
            Ok(ImportSummary::default())
        }
        async fn apply_import(&self, _: &ImportBatch) -> Result<ImportSummary, StoreError> {
            Ok(ImportSummary::default())
        }
        async fn import_digests(&self) -> Result<Vec<(i64, String)>, StoreError> {
            Ok(vec![])
        }
        async fn misplaced_records(&self) -> Result<u64, StoreError> {
            Ok(0)
        }
        async fn last_import_at(&self) -> Result<Option<Timestamp>, StoreError> {
            Ok(None)
        }
    }

    fn record(iin: Iin) -> GuardianRecord {
        let guardian = Guardian {
            iin,
            name: PersonName::parse("Үлгіұлы", "Мысал", "").unwrap(),
            birth_date: date(1980, 1, 1),
            address: "Астана".into(),
        };
        GuardianRecord { guardian, accounting: AccountingStatus::None, wards: vec![] }
    }

    #[tokio::test]
    async fn an_outage_is_never_the_absence_of_a_record() {
        let iin = Iin::parse("800101300016").unwrap();
        for (behaviour, expected) in [
            (Behaviour::Has, Answer::Known(record(iin))),
            (Behaviour::HasNot, Answer::Absent),
            (Behaviour::Fails, Answer::Unavailable),
            (Behaviour::Hangs, Answer::Unavailable),
        ] {
            let bank = OwnRegistry::new(Arc::new(behaviour), Duration::from_millis(50));
            assert_eq!(bank.guardian(iin).await, expected);
        }
    }
}
