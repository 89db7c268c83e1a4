//! A mail server that does as it is told and keeps what it was given, and words of messages that say what they were made of.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use domain::Language;

use crate::ports::{Letter, MailFault, Mailer, MessageTopic, NoticeWords};

/// A mail server that takes everything unless told otherwise.
#[derive(Debug, Default)]
pub struct FakeMailer {
    fault: Mutex<Option<MailFault>>,
    taken: Mutex<Vec<Letter>>,
}

impl FakeMailer {
    /// The fault of every letter from now on; `None` for none.
    pub fn fail(&self, fault: Option<MailFault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// What it took, in its order.
    #[must_use]
    pub fn taken(&self) -> Vec<Letter> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The six digits in the last letter.
    #[must_use]
    pub fn last_code(&self) -> String {
        let text = self.taken().pop().unwrap().text;
        let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|c| c.is_ascii_digit());
        text.split(|c: char| !c.is_ascii_digit()).find(is_code).unwrap().to_owned()
    }
}

#[async_trait]
impl Mailer for FakeMailer {
    async fn send(&self, letter: &Letter) -> Result<(), MailFault> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match fault {
            Some(fault) => Err(fault),
            None => {
                let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
                taken.push(letter.clone());
                Ok(())
            }
        }
    }
}

/// Words that name kind, number and language.
#[derive(Clone, Copy, Debug, Default)]
pub struct FakeNoticeWords;

impl NoticeWords for FakeNoticeWords {
    fn sms(&self, topic: &MessageTopic, language: Language) -> String {
        format!("{} {} {}", topic.kind.code(), topic.number, language.code())
    }

    fn letter(&self, topic: &MessageTopic, language: Language) -> (String, String) {
        (topic.kind.code().to_owned(), self.sms(topic, language))
    }
}
