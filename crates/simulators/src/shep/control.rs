//! The state's control of access behind the gateway: whom it asks by 1414 and how those persons answer, as they were told.
//!
//! It knows no telephone: a person gives, refuses, keeps silent, or gives after some questions. Read next: `asking.rs`.

use std::collections::HashMap;

use domain::Iin;

use super::bank::escaped;

/// Its service at the gateway.
pub const KDP_SERVICE: &str = "KDP_SERVICE";
/// Namespace of its types.
const KDP: &str = "http://service.2fa-chain.kz/ns/kdp";

/// How a person answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// He gives the consent at once.
    #[default]
    Gives,
    /// He gives it after so many questions.
    GivesAfter(u32),
    /// He takes a while: each message is answered by the next question without one.
    GivesWhenAskedAgain,
    /// He refuses.
    Refuses,
    /// He has not answered, for ever.
    KeepsSilent,
    /// The control waited for him in vain.
    NeverAnswered,
    /// The control says a word nobody agreed on.
    Mumbles,
    /// It says that he gave it, and gives no token.
    GivesNothing,
    /// It says that he refused, and gives a token all the same.
    RefusesWithToken,
}

/// A question that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedPerson {
    /// Who was asked.
    pub iin: Iin,
    /// Whether a message was sent to him.
    pub by_message: bool,
    /// Services the consent is for.
    pub access_names: Vec<String>,
    /// For how many milliseconds.
    pub expires_in_ms: u64,
}

/// Persons and what they were asked.
#[derive(Default)]
pub(super) struct Control {
    manners: HashMap<Iin, Manner>,
    asked: Vec<AskedPerson>,
    given: u32,
}

impl Control {
    pub(super) fn set(&mut self, iin: Iin, manner: Manner) {
        self.manners.insert(iin, manner);
    }

    pub(super) fn asked(&self) -> Vec<AskedPerson> {
        self.asked.clone()
    }

    /// Data of the answer to a question.
    pub(super) fn answer(&mut self, question: AskedPerson) -> String {
        let (iin, by_message) = (question.iin, question.by_message);
        self.asked.push(question);
        let times = self.asked.iter().filter(|one| one.iin == iin).count();
        let manner = self.manners.get(&iin).copied().unwrap_or_default();
        let (status, has_token) = match manner {
            Manner::Gives => ("VALID", true),
            Manner::GivesAfter(count) => {
                let is_time = u32::try_from(times).is_ok_and(|times| times > count);
                if is_time { ("VALID", true) } else { ("PENDING", false) }
            }
            Manner::GivesWhenAskedAgain if by_message => ("PENDING", false),
            Manner::GivesWhenAskedAgain => ("VALID", true),
            Manner::Refuses => ("INVALID", false),
            Manner::KeepsSilent => ("PENDING", false),
            Manner::NeverAnswered => ("TIMEOUT", false),
            Manner::Mumbles => ("PERHAPS", false),
            Manner::GivesNothing => ("VALID", false),
            Manner::RefusesWithToken => ("INVALID", true),
        };
        self.given += u32::from(has_token);
        let proof = has_token.then(|| {
            let (token, key) = self.proof(self.given);
            format!("<code>{}</code><public-key>{}</public-key>", escaped(&token), escaped(&key))
        });
        let proof = proof.unwrap_or_default();
        format!(
            "<data xmlns:k=\"{KDP}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:type=\"k:getUserDataResponse\"><status>{status}</status>{proof}</data>"
        )
    }

    /// Whether it gave this.
    pub(super) fn knows(&self, token: &str, key: &str) -> bool {
        (1..=self.given).any(|number| self.proof(number) == (token.to_owned(), key.to_owned()))
    }

    fn proof(&self, number: u32) -> (String, String) {
        (format!("token-<{number}>&of-the-demonstration"), format!("key-{number}"))
    }
}
