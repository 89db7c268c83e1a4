//! The outbox: what is to be sent of each notice, besides its line in the cabinet. A row has the number of the request (or of the
//! review or complaint), the kind of notice, the way, and nothing about a person: whose number or address it is for is looked
//! up when it is sent.
//!
//! Rows follow from the journal: whoever writes a notice writes a row there in the same transaction, and the outbox is filled
//! from the journal behind a cursor. So nobody who changes a request has to think of messages, none is forgotten and none is
//! there twice. Read next: `../outbox/mod.rs`, which sends; adr 38.

use async_trait::async_trait;
use domain::{Language, Number};
use jiff::{SignedDuration, Timestamp};

use super::notices::NoticeKind;
use super::store::StoreError;
use crate::audit::{AuditAction, AuditEvent};

/// A message is tried for so long. After that it is no news: the notice stands in the cabinet all the same.
pub const MESSAGE_AGE_MAX: SignedDuration = SignedDuration::from_hours(48);
/// Rows of the journal that one filling passes at most.
pub const OUTBOX_FILL_ROWS: i64 = 1_000;
/// How long a row is kept behind its notice: far longer than anything may still put it there a second time.
pub const MESSAGE_KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageChannel {
    /// A short message to the number that the base of mobile citizens binds to the person.
    Sms,
    /// A letter to the address the person left.
    Email,
}

impl MessageChannel {
    /// Every channel.
    pub const ALL: [Self; 2] = [Self::Sms, Self::Email];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }

    /// The channel of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.code() == code)
    }
}

/// What is said, and about what: with the channel, the key of a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageTopic {
    /// Number of the request, or of the review or complaint.
    pub number: Number,
    /// What the notice says.
    pub kind: NoticeKind,
    /// Which time, where it may be said more than once: the place of its row in the journal; else 0.
    pub occasion: i64,
}

impl MessageTopic {
    /// What a row of the journal gives notice of, if it does.
    #[must_use]
    pub fn of_row(sequence: i64, action: &str, request: &str, detail: &str) -> Option<Self> {
        let kind = NoticeKind::told_by(AuditAction::parse(action)?)?;
        let number = if kind.is_of_recourse() { detail.split(' ').next()? } else { request };
        let number = Number::parse(number).ok()?;
        let occasion = if kind.is_said_once() { 0 } else { sequence };
        Some(Self { number, kind, occasion })
    }
}

/// A message that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What and about what.
    pub topic: MessageTopic,
    /// Which way.
    pub channel: MessageChannel,
    /// When the notice was written.
    pub noticed_at: Timestamp,
    /// How often nothing came of a try.
    pub attempts: u32,
}

/// Right to work on one message until a moment. The fence grows with each lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageLease {
    /// The message.
    pub message: Message,
    /// Fencing token.
    pub fence: i64,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageEnd {
    /// The gateway or mail server took it; whether it reached the person nobody knows.
    Taken,
    /// It takes nothing for this number or address.
    Refused,
    /// The person has no number, or took his address back.
    NoAddress,
    /// It could not be sent while it was news.
    GivenUp,
}

impl MessageEnd {
    /// Every end.
    pub const ALL: [Self; 4] = [Self::Taken, Self::Refused, Self::NoAddress, Self::GivenUp];

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Refused => "refused",
            Self::NoAddress => "no_address",
            Self::GivenUp => "given_up",
        }
    }

    /// What the journal calls it.
    #[must_use]
    pub fn action(self) -> AuditAction {
        match self {
            Self::Taken => AuditAction::MessageTaken,
            Self::Refused => AuditAction::MessageRefused,
            Self::NoAddress => AuditAction::MessageHadNoAddress,
            Self::GivenUp => AuditAction::MessageGivenUp,
        }
    }
}

/// What waits on one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxStanding {
    /// Which way.
    pub channel: MessageChannel,
    /// Messages that are not sent yet.
    pub waiting: u64,
    /// When the notice of the one that waits longest was written.
    pub oldest: Option<Timestamp>,
}

/// The outbox. Each method is one transaction; time comes in as an argument.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Goes on through the journal by [`OUTBOX_FILL_ROWS`] rows at most and keeps a message for each notice and each of these
    /// channels; by e-mail only for people who left an address, and none of a notice before `since`. Of parallel calls one
    /// fills and the others do nothing. `false` where there was nothing to do.
    async fn fill_outbox(
        &self,
        channels: &[MessageChannel],
        since: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Leases the message whose turn came longest ago, if one is due on this way at `now`.
    async fn lease_message(
        &self,
        channel: MessageChannel,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<MessageLease>, StoreError>;

    /// Ends a message, with its journal entry: it never comes up again.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`]; then nothing was written.
    async fn end_message(
        &self,
        lease: &MessageLease,
        end: MessageEnd,
        audit: &AuditEvent,
    ) -> Result<(), StoreError>;

    /// Gives a message back, to be taken from `next_at` on. Attempts grow by one.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    async fn postpone_message(
        &self,
        lease: &MessageLease,
        next_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// What waits, one line for each channel.
    async fn outbox_standing(&self) -> Result<Vec<OutboxStanding>, StoreError>;
}

/// The words of messages. No name, no IIN, and nothing of what an answer says: that it is there, and where.
pub trait NoticeWords: Send + Sync {
    /// A short message.
    fn sms(&self, topic: &MessageTopic, language: Language) -> String;

    /// A letter: its subject and its text.
    fn letter(&self, topic: &MessageTopic, language: Language) -> (String, String);
}
