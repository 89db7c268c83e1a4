//! A control of access that says what it is told to.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::SignedDuration;

use crate::ports::{AccessControl, AccessProof, AccessQuestion, AccessReply, AccessTerms};

/// Persons answer through it as they were told; silence until then.
#[derive(Debug)]
pub struct FakeControl {
    terms: AccessTerms,
    said: Mutex<Said>,
}

#[derive(Debug)]
struct Said {
    reply: AccessReply,
    asked: Vec<AccessQuestion>,
}

impl Default for FakeControl {
    fn default() -> Self {
        let terms = AccessTerms {
            service: "KDP_SERVICE".to_owned(),
            patience: SignedDuration::from_mins(5),
            pause: SignedDuration::from_secs(5),
            exchange: SignedDuration::from_secs(30),
            validity: SignedDuration::from_mins(10),
        };
        let said = Said { reply: AccessReply::Pending, asked: Vec::new() };
        Self { terms, said: Mutex::new(said) }
    }
}

impl FakeControl {
    /// What it says from now on.
    pub fn says(&self, reply: AccessReply) {
        self.said().reply = reply;
    }

    /// From now on persons give their consent.
    pub fn gives(&self) {
        self.says(AccessReply::Given(AccessProof {
            token: "secret-token".to_owned(),
            public_key: "secret-key".to_owned(),
        }));
    }

    /// What it was asked.
    #[must_use]
    pub fn asked(&self) -> Vec<AccessQuestion> {
        self.said().asked.clone()
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AccessControl for FakeControl {
    fn terms(&self) -> &AccessTerms {
        &self.terms
    }

    async fn ask(&self, question: &AccessQuestion) -> AccessReply {
        let mut said = self.said();
        said.asked.push(*question);
        said.reply.clone()
    }
}
