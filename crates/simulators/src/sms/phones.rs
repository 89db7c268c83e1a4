//! Telephones: numbers with their owners, and the messages that came, the newest first.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Iin;
use jiff::Timestamp;

use crate::ncalayer::Clock;

/// Messages kept; a demo never has as many.
const KEPT_MAX: usize = 1_000;

/// Somebody's telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// Whose it is.
    pub iin: Iin,
    /// The owner's name.
    pub name: String,
    /// As E.164 has it; `None` where the base knows none.
    pub number: Option<String>,
}

/// A message that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// To which number, as E.164 has it.
    pub to: String,
    /// From whom.
    pub from: String,
    /// The text.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// All telephones.
pub struct Phones {
    all: Vec<Phone>,
    received: Mutex<Vec<Received>>,
    clock: Clock,
}

impl Phones {
    /// Telephones without a message.
    #[must_use]
    pub fn new(all: Vec<Phone>, clock: Clock) -> Self {
        Self { all, received: Mutex::default(), clock }
    }

    /// Every telephone.
    #[must_use]
    pub fn all(&self) -> &[Phone] {
        &self.all
    }

    /// The number of a person; the outer `None` where nobody of this IIN is known.
    #[must_use]
    pub fn number_of(&self, iin: Iin) -> Option<Option<&str>> {
        let phone = self.all.iter().find(|phone| phone.iin == iin)?;
        Some(phone.number.as_deref())
    }

    /// A message comes in.
    pub fn receive(&self, to: &str, from: &str, text: String) {
        let (to, from, at) = (to.to_owned(), from.to_owned(), (self.clock)());
        let mut received = self.lock();
        received.insert(0, Received { to, from, text, at });
        received.truncate(KEPT_MAX);
    }

    /// Messages to a number, the newest first.
    #[must_use]
    pub fn received(&self, number: &str) -> Vec<Received> {
        self.lock().iter().filter(|one| one.to == number).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
