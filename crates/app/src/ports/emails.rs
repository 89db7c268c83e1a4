//! A person's e-mail address: left in the cabinet, confirmed by a code that is sent to it, and taken back at any time. Kept apart
//! from requests. And the port towards the mail server.
//!
//! The rules (how often a code is sent and tried) are here, in functions that a store calls within its transaction. Read next:
//! `../emails.rs`.

use std::fmt;

use async_trait::async_trait;
use domain::{EmailAddress, Iin, Language};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::store::StoreError;
use crate::audit::AuditEvent;

/// Codes sent to one person within an hour.
const SENDS_MAX: usize = 5;
/// Between two of them.
const SEND_PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// How long a sent code counts, and how long it is kept.
pub const EMAIL_CODE_KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How long a code is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(30);
/// Wrong tries while a code is good.
pub const EMAIL_TRIES_MAX: u32 = 5;

/// A letter to one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub to: EmailAddress,
    /// In one line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// Its language.
    pub language: Language,
    /// When it is written.
    pub at: Timestamp,
    /// The same whenever the same letter is sent again: mail programs show such a letter once.
    pub key: String,
}

/// Whom it is for is not printed.
impl fmt::Debug for Letter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Letter").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Why a letter was not taken. No text names the address or the letter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailFault {
    /// The server is not there, does not know us, or broke off: whether the letter goes out is unknown.
    #[error("the mail server is not available: {0}")]
    Unreachable(String),
    /// The server says that there is no such mailbox.
    #[error("the mail server does not take this address")]
    AddressRefused,
    /// The server has too much to do now and took nothing.
    #[error("the mail server asks to come later")]
    TryLater,
}

/// Sends letters.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a letter over; whether it reaches the mailbox nobody knows. Bounds its time itself.
    ///
    /// # Errors
    /// [`MailFault`].
    async fn send(&self, letter: &Letter) -> Result<(), MailFault>;
}

/// A code about to be sent to an address, as a store keeps it: by its salted hash.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailCode {
    /// Random identifier.
    pub id: String,
    /// Whose.
    pub iin: Iin,
    /// Where it is sent.
    pub address: EmailAddress,
    /// Random.
    pub salt: String,
    /// Person, address and digits, hashed with the salt.
    pub hash: String,
    /// When.
    pub sent_at: Timestamp,
    /// From then on it is worthless.
    pub expires_at: Timestamp,
    /// Wrong tries since it was sent.
    pub wrong: u32,
}

impl fmt::Debug for EmailCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EmailCode")
            .field("sent_at", &self.sent_at)
            .field("wrong", &self.wrong)
            .finish_non_exhaustive()
    }
}

impl EmailCode {
    /// A code of these digits, sent at a moment.
    #[must_use]
    pub fn new(
        iin: Iin,
        address: EmailAddress,
        (id, salt, digits): (String, String, &str),
        sent_at: Timestamp,
    ) -> Self {
        let hash = hash(iin, &address, &salt, digits);
        let expires_at = sent_at.checked_add(GOOD_FOR).unwrap_or(Timestamp::MAX);
        Self { id, iin, address, salt, hash, sent_at, expires_at, wrong: 0 }
    }

    /// Until when nothing may be sent to this person, given when codes were sent to him within [`EMAIL_CODE_KEPT`]. A moment
    /// ahead of this one's counts: a clock that went back lifts no limit.
    #[must_use]
    pub fn must_wait(&self, earlier: &[Timestamp]) -> Option<Timestamp> {
        let mut sent: Vec<Timestamp> = earlier.to_vec();
        sent.sort_by(|one, other| other.cmp(one));
        let soon = sent.first().and_then(|last| last.checked_add(SEND_PAUSE).ok());
        let often =
            sent.get(SENDS_MAX - 1).and_then(|fifth| fifth.checked_add(EMAIL_CODE_KEPT).ok());
        soon.max(often).filter(|until| *until > self.sent_at)
    }

    /// Since when sent codes count.
    #[must_use]
    pub fn counts_since(&self) -> Timestamp {
        self.sent_at.checked_sub(EMAIL_CODE_KEPT).unwrap_or(Timestamp::MIN)
    }

    /// Whether it may still be tried.
    #[must_use]
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.expires_at > now && self.wrong < EMAIL_TRIES_MAX
    }

    fn fits(&self, digits: &str) -> bool {
        let typed = hash(self.iin, &self.address, &self.salt, digits);
        bool::from(typed.as_bytes().ct_eq(self.hash.as_bytes()))
    }
}

fn hash(iin: Iin, address: &EmailAddress, salt: &str, digits: &str) -> String {
    let mut hash = Sha256::new();
    for part in [salt, &iin.digits(), address.as_str(), digits] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex::encode(hash.finalize())
}

/// What became of sending a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailTurn {
    /// It is kept: send it.
    Kept,
    /// Too often: nothing was kept, and nothing is sent before this moment.
    Wait(Timestamp),
}

/// A try to confirm an address.
#[derive(Clone, Debug)]
pub struct EmailTry {
    /// Who.
    pub iin: Iin,
    /// What he typed.
    pub digits: String,
    /// When.
    pub at: Timestamp,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailTried {
    /// The address is confirmed now.
    Right(EmailAddress),
    /// Another one; so many tries are left.
    Wrong {
        /// Tries left.
        left: u32,
    },
    /// There is no code that is good.
    NoneSent,
}

impl EmailTry {
    /// The verdict, given the person's codes. Where it is [`EmailTried::Wrong`], the store counts the try with each of them.
    #[must_use]
    pub fn judge(&self, codes: &[EmailCode]) -> EmailTried {
        let good: Vec<&EmailCode> = codes.iter().filter(|code| code.is_good(self.at)).collect();
        if let Some(code) = good.iter().find(|code| code.fits(&self.digits)) {
            return EmailTried::Right(code.address.clone());
        }
        match good.iter().map(|code| code.wrong).min() {
            Some(wrong) => EmailTried::Wrong { left: EMAIL_TRIES_MAX.saturating_sub(wrong + 1) },
            None => EmailTried::NoneSent,
        }
    }
}

/// How it stands with a person's address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailStanding {
    /// The one that notices go to.
    pub confirmed: Option<EmailAddress>,
    /// One that waits for its code, and until when.
    pub waiting: Option<(EmailAddress, Timestamp)>,
}

/// Keeps people's addresses. Each method is one transaction.
#[async_trait]
pub trait EmailAddresses: Send + Sync {
    /// How it stands with a person's address at `now`; of several that wait the one written last.
    async fn email_of(&self, iin: Iin, now: Timestamp) -> Result<EmailStanding, StoreError>;

    /// Keeps a code about to be sent, where [`EmailCode::must_wait`] lets it be. Of parallel calls for one person each sees what
    /// the one before wrote.
    async fn put_email_code(&self, code: &EmailCode) -> Result<EmailTurn, StoreError>;

    /// Judges a try by [`EmailTry::judge`]. A right one makes its address the person's, in place of another, with the journal
    /// entry, and uses his codes up; a wrong one is counted.
    async fn try_email_code(
        &self,
        attempt: &EmailTry,
        audit: &AuditEvent,
    ) -> Result<EmailTried, StoreError>;

    /// Takes a person's address away, with the journal entry, and makes codes under way worthless. `false` where there was
    /// none: then no entry is written.
    async fn remove_email(
        &self,
        iin: Iin,
        now: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::{iin, moment};

    fn code(digits: &str, seconds: i64) -> EmailCode {
        let address = EmailAddress::parse("a@example.kz").unwrap();
        EmailCode::new(
            iin(1),
            address,
            ("id".to_owned(), "salt".to_owned(), digits),
            moment(seconds),
        )
    }

    fn tried(digits: &str, seconds: i64, codes: &[EmailCode]) -> EmailTried {
        let attempt = EmailTry { iin: iin(1), digits: digits.to_owned(), at: moment(seconds) };
        attempt.judge(codes)
    }

    #[test]
    fn five_codes_are_sent_in_an_hour_and_one_in_a_minute() {
        let sent = |seconds: &[i64]| seconds.iter().copied().map(moment).collect::<Vec<_>>();
        assert_eq!(code("1", 59).must_wait(&sent(&[0])), Some(moment(60)));
        assert_eq!(code("1", 60).must_wait(&sent(&[0])), None);
        let five = sent(&[0, 100, 200, 300, 400]);
        assert_eq!(code("1", 500).must_wait(&five), Some(moment(3_600)));
        assert_eq!(code("1", 3_600).must_wait(&five), None);
        assert_eq!(code("1", -10).must_wait(&sent(&[0])), Some(moment(60)), "the clock went back");
    }

    #[test]
    fn a_code_is_good_for_half_an_hour_and_five_tries() {
        let mut codes = [code("111111", 0), code("222222", 60)];
        assert!(matches!(tried("111111", 100, &codes), EmailTried::Right(_)));
        assert_eq!(tried("333333", 100, &codes), EmailTried::Wrong { left: 4 });
        assert_eq!(tried("111111", 1_800, &codes), EmailTried::Wrong { left: 4 }, "expired");
        codes.iter_mut().for_each(|code| code.wrong = EMAIL_TRIES_MAX);
        assert_eq!(tried("222222", 100, &codes), EmailTried::NoneSent);
    }
}
