//! One-time passwords: the ports towards the base of mobile citizens and the SMS gateway, and what a store keeps.
//!
//! The rules (how often one is sent, how many wrong tries are allowed) are here, in two functions that a store calls
//! within its transaction: it brings what it has, and writes down what they say. No store has a rule of its own.
//! Printed, everything here shows dots where a number or a secret is.

use std::fmt;

use async_trait::async_trait;
use domain::{Answer, Iin, PhoneNumber};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Passwords sent to one person, and to one number, within an hour.
const SENDS_MAX: usize = 5;
/// Between two passwords to one person or number.
const SEND_PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// Sends to one person, and to one number, that the gateway did not take while their passwords are good: each may have gone
/// out all the same, and each is a password to be guessed at.
const FAILED_MAX: usize = 10;
/// How long a sent password counts.
const SEND_WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Wrong tries of one person, and with one number, within the window.
const WRONG_MAX: usize = 5;
/// How long a wrong try counts.
const WRONG_WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// How long a password is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);

/// The national base that binds a person to his mobile number.
#[async_trait]
pub trait MobileCitizensBase: Send + Sync {
    /// The number connected to a person.
    ///
    /// `Absent` only where the base answered that there is none; a time-out, a fault or an answer that cannot be read is
    /// `Unavailable`.
    async fn number_of(&self, iin: Iin) -> Answer<PhoneNumber>;
}

/// Why a message was not taken. No text names the number or the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmsFault {
    /// The gateway is not there, does not know us, or broke off: whether the message goes out is unknown.
    #[error("the SMS gateway is not available: {0}")]
    Unreachable(String),
    /// The gateway says that nothing can be sent to this number.
    #[error("the SMS gateway does not take this number")]
    NumberRefused,
    /// The gateway has too much to do now and took nothing.
    #[error("the SMS gateway asks to come later")]
    TryLater,
}

/// Sends short messages.
#[async_trait]
pub trait SmsGateway: Send + Sync {
    /// Hands a message over; whether it reaches the telephone nobody knows. Bounds its time itself.
    ///
    /// # Errors
    /// [`SmsFault`].
    async fn send(&self, number: &PhoneNumber, text: &str) -> Result<(), SmsFault>;
}

/// What a password is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordPurpose {
    /// To confirm an electronic request.
    Request,
    /// The second step of signing in.
    SignIn,
}

impl PasswordPurpose {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::SignIn => "sign_in",
        }
    }
}

/// Whose password it is, for what, and over which exact bytes: one of another text confirms nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordBinding {
    /// Who.
    pub iin: Iin,
    /// For what.
    pub purpose: PasswordPurpose,
    /// SHA-256 (hexadecimal) of the bytes confirmed.
    pub document: String,
}

impl PasswordBinding {
    /// Binds to these bytes.
    #[must_use]
    pub fn to(iin: Iin, purpose: PasswordPurpose, bytes: &[u8]) -> Self {
        Self { iin, purpose, document: hex::encode(Sha256::digest(bytes)) }
    }

    /// The salted hash of a password: with what it is bound to, so that it fits nothing else.
    fn hash(&self, salt: &str, digits: &str) -> String {
        let mut hash = Sha256::new();
        for part in [salt, self.purpose.code(), &self.document, digits] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hex::encode(hash.finalize())
    }
}

/// A password as a store keeps it: by its salted hash.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptPassword {
    /// Random identifier.
    pub id: String,
    /// Random.
    pub salt: String,
    /// [`PasswordBinding`] and digits, hashed with the salt.
    pub hash: String,
    /// Where it was sent.
    pub number: PhoneNumber,
    /// When.
    pub sent_at: Timestamp,
    /// From then on it is worthless.
    pub expires_at: Timestamp,
}

impl fmt::Debug for KeptPassword {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeptPassword")
            .field("sent_at", &self.sent_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A send before, as a store counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlierSend {
    /// When.
    pub at: Timestamp,
    /// Whether the gateway took it, as far as is known.
    pub counts: bool,
}

/// A password about to be sent.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// To what it is bound.
    pub binding: PasswordBinding,
    /// Itself.
    pub kept: KeptPassword,
}

impl NewPassword {
    /// A password of these digits, sent at a moment.
    #[must_use]
    pub fn new(
        binding: PasswordBinding,
        number: PhoneNumber,
        (id, salt, digits): (String, String, &str),
        sent_at: Timestamp,
    ) -> Self {
        let hash = binding.hash(&salt, digits);
        let expires_at = sent_at.checked_add(GOOD_FOR).unwrap_or(Timestamp::MAX);
        Self { binding, kept: KeptPassword { id, salt, hash, number, sent_at, expires_at } }
    }

    /// Until when nothing may be sent to this person or number, given what was sent to each before; `None` where this one
    /// may.
    #[must_use]
    pub fn must_wait(&self, person: &[EarlierSend], number: &[EarlierSend]) -> Option<Timestamp> {
        let now = self.kept.sent_at;
        let of = |earlier: &[EarlierSend]| {
            let those = |counts: bool| -> Vec<Timestamp> {
                earlier.iter().filter(|one| one.counts == counts).map(|one| one.at).collect()
            };
            let (taken, failed) = (those(true), those(false));
            let full = nth_newest(&taken, SENDS_MAX).map(|at| after(at, SEND_WINDOW));
            let pause = nth_newest(&taken, 1).map(|at| after(at, SEND_PAUSE));
            let outage = nth_newest(&failed, FAILED_MAX).map(|at| after(at, GOOD_FOR));
            full.max(pause).max(outage)
        };
        of(person).max(of(number)).filter(|until| *until > now)
    }

    /// Sends before this moment count no more.
    #[must_use]
    pub fn counts_since(&self) -> Timestamp {
        before(self.kept.sent_at, SEND_WINDOW)
    }

    /// From then on the store may forget it.
    #[must_use]
    pub fn forget_at(&self) -> Timestamp {
        after(self.kept.sent_at, SEND_WINDOW)
    }
}

/// What became of the wish to send one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordTurn {
    /// It is kept and may be sent.
    Kept,
    /// Too many or too soon: not before this moment.
    Wait(Timestamp),
}

/// Somebody types a password.
#[derive(Clone)]
pub struct PasswordTry {
    /// Random identifier of the try.
    pub id: String,
    /// To what the password must be bound.
    pub binding: PasswordBinding,
    /// What was typed: the digits alone.
    pub digits: String,
    /// When.
    pub at: Timestamp,
}

impl fmt::Debug for PasswordTry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PasswordTry")
            .field("binding", &self.binding)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl PasswordTry {
    /// What comes of it: `kept` are the unused passwords of its binding, the newest first; then the moments of wrong
    /// tries of the person, and with the newest one's number. Whoever has used up his tries is not told whether this
    /// one is right.
    #[must_use]
    pub fn judge(
        &self,
        kept: &[KeptPassword],
        person: &[Timestamp],
        number: &[Timestamp],
    ) -> PasswordTried {
        let live: Vec<&KeptPassword> = kept.iter().filter(|one| one.expires_at > self.at).collect();
        if live.is_empty() {
            return PasswordTried::NoneSent;
        }
        let locked = |wrong: &[Timestamp]| {
            let end = nth_newest(wrong, WRONG_MAX).map(|at| after(at, WRONG_WINDOW));
            end.filter(|until| *until > self.at)
        };
        if let Some(until) = locked(person).max(locked(number)) {
            return PasswordTried::Locked { until };
        }
        // All are compared, so that time tells nothing.
        let fits = |one: &KeptPassword| {
            let typed = self.binding.hash(&one.salt, &self.digits);
            bool::from(typed.as_bytes().ct_eq(one.hash.as_bytes()))
        };
        let right =
            live.into_iter().fold(None, |found, one| if fits(one) { Some(one) } else { found });
        match right {
            Some(one) => PasswordTried::Right(Box::new(one.clone())),
            None => self.wrong(person, number),
        }
    }

    fn wrong(&self, person: &[Timestamp], number: &[Timestamp]) -> PasswordTried {
        let since = self.counts_since();
        let counted = |wrong: &[Timestamp]| wrong.iter().filter(|at| **at > since).count();
        let made = counted(person).max(counted(number)).saturating_add(1);
        PasswordTried::Wrong { left: WRONG_MAX.saturating_sub(made) }
    }

    /// Wrong tries before this moment count no more.
    #[must_use]
    pub fn counts_since(&self) -> Timestamp {
        before(self.at, WRONG_WINDOW)
    }

    /// From then on the store may forget it.
    #[must_use]
    pub fn forget_at(&self) -> Timestamp {
        after(self.at, WRONG_WINDOW)
    }
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordTried {
    /// It is this one, which is not used up by that.
    Right(Box<KeptPassword>),
    /// It is none; the store has noted the try down.
    Wrong {
        /// Tries left.
        left: usize,
    },
    /// Too many wrong tries: nothing was compared.
    Locked {
        /// Until then.
        until: Timestamp,
    },
    /// None that is still good was sent for this.
    NoneSent,
}

/// A password that a registration or session uses up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordUse {
    /// Its identifier.
    pub id: String,
    /// To what it must be bound.
    pub binding: PasswordBinding,
}

/// Somebody whose signature was good and who is asked for a password yet.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingSignIn {
    /// SHA-256 (hexadecimal) of its cookie, which is not kept.
    pub id: String,
    /// Who.
    pub iin: Iin,
    /// His name as the certificate has it.
    pub name: String,
    /// When it is too late.
    pub expires_at: Timestamp,
}

impl fmt::Debug for PendingSignIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PendingSignIn")
            .field("iin", &self.iin)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Newest first, counted from 1.
fn nth_newest(moments: &[Timestamp], place: usize) -> Option<Timestamp> {
    let mut sorted = moments.to_vec();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    sorted.get(place.saturating_sub(1)).copied()
}

fn after(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.checked_add(duration).unwrap_or(Timestamp::MAX)
}

fn before(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.checked_sub(duration).unwrap_or(Timestamp::MIN)
}
