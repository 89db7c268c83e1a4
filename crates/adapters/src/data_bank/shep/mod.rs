//! The data bank behind SHEP, by our neutral contract (`docs/shep`).
//!
//! The three outcomes are kept apart here: a record of the person asked about; the data bank's word, signed and about
//! this person, that it has nothing; and everything else, which is no answer: silence where the channel let nothing pass,
//! and where it did an answer of no use, which shows all the same that the data bank is at work.
//! Read next: `contract.rs` for what is said, `crate::shep` for how.

mod contract;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use app::{AccessProof, Clock, DataBank, Ids, Reply};
use async_trait::async_trait;
use domain::{GuardianRecord, Iin, astana_date};

use crate::contradictions::contradiction_in;
use crate::shep::{Asked, ShepFault, ShepService, ShepSettings, ShepSetupError, SyncChannel};
use contract::Told;

/// The data bank over the synchronous channel.
pub struct ShepDataBank {
    channel: SyncChannel,
    service: ShepService,
    clock: Arc<dyn Clock>,
}

impl ShepDataBank {
    /// Over these settings. Nobody is asked yet.
    ///
    /// # Errors
    /// [`ShepSetupError`].
    pub fn new(
        settings: &ShepSettings,
        service: ShepService,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, ShepSetupError> {
        service.check()?;
        let channel = SyncChannel::new(settings, Arc::clone(&clock), ids)?;
        Ok(Self { channel, service, clock })
    }

    /// The record; `None` where the data bank answered that there is nothing about this person.
    fn meaning(&self, asked: &Asked, iin: Iin) -> Result<Option<GuardianRecord>, ShepFault> {
        let is_among = |codes: &[String]| codes.contains(&asked.status);
        let says_nothing_found = is_among(&self.service.nothing_found);
        if !says_nothing_found && !is_among(&self.service.answered) {
            return Err(ShepFault::Status(asked.status.clone()));
        }
        let answer = asked.data(contract::answer)?;
        if answer.as_ref().is_some_and(|answer| answer.guardian != iin) {
            return Err(ShepFault::SomebodyElse);
        }
        match (says_nothing_found, answer.map(|answer| answer.told)) {
            (_, Some(Told::NoRecord)) => Ok(None),
            (false, Some(Told::Record(record))) => self.credible(*record).map(Some),
            (false, None) => Err(ShepFault::NoData),
            (true, Some(Told::Record(_))) => Err(ShepFault::Contradiction),
            // A word without data names nobody: it must at least name the question, or another's absence would do.
            (true, None) if asked.names_question => Ok(None),
            (true, None) => Err(ShepFault::NobodysAbsence),
        }
    }

    /// A record that no department's file could bring in makes no decision either.
    fn credible(&self, record: GuardianRecord) -> Result<GuardianRecord, ShepFault> {
        match contradiction_in(&record, astana_date(self.clock.now())) {
            Some(found) => Err(ShepFault::RecordContradictsItself(found.code())),
            None => Ok(record),
        }
    }
}

#[async_trait]
impl DataBank for ShepDataBank {
    async fn guardian(&self, iin: Iin) -> Reply<GuardianRecord> {
        self.reply(iin, None).await
    }

    async fn guardian_by(&self, iin: Iin, proof: &AccessProof) -> Reply<GuardianRecord> {
        self.reply(iin, Some(proof)).await
    }
}

impl ShepDataBank {
    async fn reply(&self, iin: Iin, proof: Option<&AccessProof>) -> Reply<GuardianRecord> {
        let write = |data: &mut crate::shep::Writer| contract::request(data, iin, proof);
        let asked = match self.channel.ask(&self.service, write).await {
            Ok(asked) => asked,
            Err(fault) => {
                warn_of(&fault);
                return Reply::Silent;
            }
        };
        // Signed, to our question, fresh and new: whatever it is worth, the data bank is at work.
        match self.meaning(&asked, iin) {
            Ok(Some(record)) => Reply::Known(record),
            Ok(None) => Reply::Absent,
            Err(fault) => {
                warn_of(&fault);
                Reply::Unusable
            }
        }
    }
}

fn warn_of(fault: &ShepFault) {
    let (code, detail) = (fault.code(), fault.detail());
    tracing::warn!(code, detail, "the data bank gave no answer over SHEP");
}
