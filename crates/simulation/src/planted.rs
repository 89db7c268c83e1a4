//! Bugs put in on purpose, round the ports and never in them: a simulation that does not find these finds nothing.
//!
//! Read next: `watched_store.rs`.

use std::sync::Arc;

use app::{DataBank, Reply};
use async_trait::async_trait;
use domain::{GuardianRecord, Iin};

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Plant {
    /// The data bank's adapter takes an outage for «no such person».
    RefusalOnOutage,
    /// The store takes sealed documents from a worker who lost his lease.
    DoubleSeal,
    /// The store loses a job when it is put off.
    LostJob,
}

impl Plant {
    pub(crate) fn data_bank(plant: Option<Self>, bank: Arc<dyn DataBank>) -> Arc<dyn DataBank> {
        match plant {
            Some(Self::RefusalOnOutage) => Arc::new(HastyBank { bank }),
            Some(Self::DoubleSeal | Self::LostJob) | None => bank,
        }
    }
}

struct HastyBank {
    bank: Arc<dyn DataBank>,
}

#[async_trait]
impl DataBank for HastyBank {
    async fn guardian(&self, iin: Iin) -> Reply<GuardianRecord> {
        match self.bank.guardian(iin).await {
            Reply::Unusable | Reply::Silent => Reply::Absent,
            reply @ (Reply::Known(_) | Reply::Absent) => reply,
        }
    }
}
