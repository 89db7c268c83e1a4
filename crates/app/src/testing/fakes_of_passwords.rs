//! A base of mobile citizens and an SMS gateway that do as they are told; the gateway keeps what it was given.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::{Answer, Iin, PhoneNumber};

use crate::ports::{MobileCitizensBase, SmsFault, SmsGateway};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A base that answers what it was told to; a person nobody spoke of has no number.
#[derive(Debug, Default)]
pub struct FakeMobileCitizensBase {
    answers: Mutex<HashMap<Iin, Answer<PhoneNumber>>>,
}

impl FakeMobileCitizensBase {
    /// The answer about a person from now on.
    pub fn answer(&self, iin: Iin, answer: Answer<PhoneNumber>) {
        lock(&self.answers).insert(iin, answer);
    }

    /// Connects a number to a person.
    pub fn connect(&self, iin: Iin, number: &str) {
        self.answer(iin, Answer::Known(PhoneNumber::parse(number).unwrap()));
    }
}

#[async_trait]
impl MobileCitizensBase for FakeMobileCitizensBase {
    async fn number_of(&self, iin: Iin) -> Answer<PhoneNumber> {
        lock(&self.answers).get(&iin).cloned().unwrap_or(Answer::Absent)
    }
}

/// A gateway that takes everything unless told otherwise.
#[derive(Debug, Default)]
pub struct FakeSmsGateway {
    fault: Mutex<Option<SmsFault>>,
    taken: Mutex<Vec<(PhoneNumber, String)>>,
}

impl FakeSmsGateway {
    /// The fault of every message from now on; `None` for none.
    pub fn fail(&self, fault: Option<SmsFault>) {
        *lock(&self.fault) = fault;
    }

    /// How many messages it took.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.taken).len()
    }

    /// The last message, with its number.
    #[must_use]
    pub fn last(&self) -> (PhoneNumber, String) {
        lock(&self.taken).last().cloned().unwrap()
    }

    /// The password of the last message, as its last line has it.
    #[must_use]
    pub fn last_password(&self) -> String {
        let (_, text) = self.last();
        text.rsplit_once('#').unwrap().1.to_owned()
    }
}

#[async_trait]
impl SmsGateway for FakeSmsGateway {
    async fn send(&self, number: &PhoneNumber, text: &str) -> Result<(), SmsFault> {
        if let Some(fault) = lock(&self.fault).clone() {
            return Err(fault);
        }
        lock(&self.taken).push((number.clone(), text.to_owned()));
        Ok(())
    }
}
