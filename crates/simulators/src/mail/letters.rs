//! Letters that came, the newest first, as a mail program shows them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use mail_parser::MessageParser;

use crate::ncalayer::Clock;

/// Letters kept; a demo never has as many.
const KEPT_MAX: usize = 1_000;

/// A letter that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedLetter {
    /// To which address, as the envelope has it.
    pub to: String,
    /// From whom, as the envelope has it.
    pub from: String,
    /// What it is about.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// All letters.
pub struct Letters {
    received: Mutex<Vec<ReceivedLetter>>,
    clock: Clock,
}

impl Letters {
    /// An empty box.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { received: Mutex::default(), clock }
    }

    /// A letter comes in for each of these addresses. `false` where it cannot be read.
    #[must_use]
    pub fn receive(&self, from: &str, to: &[String], bytes: &[u8]) -> bool {
        let Some(message) = MessageParser::default().parse(bytes) else { return false };
        let subject = message.subject().unwrap_or_default().to_owned();
        let text = message.body_text(0).unwrap_or_default().trim_end().replace("\r\n", "\n");
        let at = (self.clock)();
        let mut received = self.lock();
        for to in to {
            let (from, to, subject, text) =
                (from.to_owned(), to.clone(), subject.clone(), text.clone());
            received.insert(0, ReceivedLetter { to, from, subject, text, at });
        }
        received.truncate(KEPT_MAX);
        true
    }

    /// All of them, the newest first.
    #[must_use]
    pub fn received(&self) -> Vec<ReceivedLetter> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ReceivedLetter>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
