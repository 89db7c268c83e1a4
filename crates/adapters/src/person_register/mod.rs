//! The state register of natural persons (ГБД ФЛ) behind SHEP, in the shape its universal service is known to have.
//!
//! Which of its codes mean what is configured, as everywhere behind the gateway: a life status nobody named is no answer.
//! Nothing of what it tells is printed. Read next: `contract.rs`; `data_bank/with_register.rs` for what comes of it.

mod contract;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use app::{AccessProof, Clock, Ids, PersonRegister, Reply};
use async_trait::async_trait;
use domain::{Iin, LifeStatus, RegisteredPerson};

use crate::shep::{Asked, ShepFault, ShepService, ShepSettings, ShepSetupError, SyncChannel};
use contract::{Person, Question};

/// What the register knows us as, and what its codes mean.
#[derive(Clone, Debug)]
pub struct PersonRegisterSettings {
    /// How its service is called at the gateway, and what the gateway's own codes mean.
    pub service: ShepService,
    /// How the register calls us.
    pub sender_code: String,
    /// Codes of a result that mean: here is the person.
    pub found: Vec<String>,
    /// Codes of a result that mean, for sure: nobody has this number.
    pub nobody: Vec<String>,
    /// Codes of the life status of who lives.
    pub alive: Vec<String>,
    /// Codes of the life status of who has died.
    pub died: Vec<String>,
}

impl PersonRegisterSettings {
    fn check(&self) -> Result<(), ShepSetupError> {
        self.service.check()?;
        for (name, is_empty) in [
            ("data_bank.person_register.sender_code", self.sender_code.is_empty()),
            ("data_bank.person_register.found", self.found.is_empty()),
            ("data_bank.person_register.alive", self.alive.is_empty()),
            ("data_bank.person_register.died", self.died.is_empty()),
        ] {
            if is_empty {
                return Err(ShepSetupError::Empty(name));
            }
        }
        let both = [(&self.found, &self.nobody), (&self.alive, &self.died)];
        let twice = |(one, other): (&Vec<String>, &Vec<String>)| {
            one.iter().find(|code| other.contains(code)).cloned()
        };
        both.into_iter()
            .find_map(twice)
            .map_or(Ok(()), |code| Err(ShepSetupError::StatusTwice(code)))
    }
}

/// The register over the synchronous channel.
pub struct ShepPersonRegister {
    channel: SyncChannel,
    settings: PersonRegisterSettings,
    clock: Arc<dyn Clock>,
}

impl ShepPersonRegister {
    /// Over these settings. Nobody is asked yet.
    ///
    /// # Errors
    /// [`ShepSetupError`].
    pub fn new(
        gateway: &ShepSettings,
        settings: PersonRegisterSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, ShepSetupError> {
        settings.check()?;
        let channel = SyncChannel::new(gateway, Arc::clone(&clock), ids)?;
        Ok(Self { channel, settings, clock })
    }

    async fn asked(&self, iin: Iin, proof: Option<&AccessProof>) -> Result<Asked, ShepFault> {
        let message_id = self.channel.uuid();
        let question = Question {
            message_id: &message_id,
            date: self.clock.now(),
            sender_code: &self.settings.sender_code,
            iin,
            proof,
        };
        let write = |data: &mut crate::shep::Writer| question.write(data);
        self.channel.ask_typed(&self.settings.service, &contract::declared(), write).await
    }

    /// The person; `None` where the register's word is that there is nobody.
    fn meaning(&self, asked: &Asked, iin: Iin) -> Result<Option<RegisteredPerson>, ShepFault> {
        if !self.settings.service.answered.contains(&asked.status) {
            return Err(ShepFault::Status(asked.status.clone()));
        }
        let said = asked.data(contract::answer)?.ok_or(ShepFault::NoData)?;
        let is = |codes: &[String]| codes.contains(&said.result);
        match said.person {
            Some(person) if person.iin != iin => Err(ShepFault::SomebodyElse),
            Some(person) if is(&self.settings.found) => self.registered(person).map(Some),
            Some(_) if is(&self.settings.nobody) => Err(ShepFault::Contradiction),
            // Without a person it names nobody: it must at least name the question.
            None if is(&self.settings.nobody) && asked.names_question => Ok(None),
            None if is(&self.settings.nobody) => Err(ShepFault::NobodysAbsence),
            None if is(&self.settings.found) => Err(ShepFault::NoData),
            _ => Err(ShepFault::Status(said.result)),
        }
    }

    fn registered(&self, person: Person) -> Result<RegisteredPerson, ShepFault> {
        let Person { iin, name, birth_date, life } = person;
        let life = if self.settings.alive.contains(&life) {
            LifeStatus::Alive
        } else if self.settings.died.contains(&life) {
            LifeStatus::Died
        } else {
            return Err(ShepFault::Status(life));
        };
        Ok(RegisteredPerson { iin, name, birth_date, life })
    }
}

#[async_trait]
impl PersonRegister for ShepPersonRegister {
    async fn person(&self, iin: Iin, proof: Option<&AccessProof>) -> Reply<RegisteredPerson> {
        let asked = match self.asked(iin, proof).await {
            Ok(asked) => asked,
            Err(fault) => {
                warn_of(&fault);
                return Reply::Silent;
            }
        };
        // Signed, to our question, fresh and new: whatever it is worth, the register is at work.
        match self.meaning(&asked, iin) {
            Ok(Some(person)) => Reply::Known(person),
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
    tracing::warn!(code, detail, "the register of persons gave no answer over SHEP");
}
