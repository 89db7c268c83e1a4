//! What is kept of an exchange with the portal of the e-government: a request that came over the gateway's asynchronous
//! channel, and how far its sender was told what became of it. It is no evidence: requests, journal and documents are.
//!
//! The signature is kept while nobody has judged it, and no longer. Read next: `portal_exchange/mod.rs`.

use std::fmt;

use async_trait::async_trait;
use domain::{Iin, Number};
use jiff::Timestamp;

use super::store::StoreError;

/// Identifier of a request on the portal: fourteen digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExternalId(String);

impl ExternalId {
    /// Reads one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_one.then(|| Self(text.to_owned()))
    }

    /// Its digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request of the portal as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct NewExchange {
    /// How the portal calls it.
    pub external_id: ExternalId,
    /// How the portal calls its chain of messages.
    pub external_chain: String,
    /// How the gateway calls the chain (`correlationId`).
    pub chain: String,
    /// How the gateway calls the message it came with.
    pub message: String,
    /// Who asks.
    pub applicant: Iin,
    /// SHA-256 (hexadecimal) of what the portal sent.
    pub body_digest: String,
    /// The signature with the document inside.
    pub signature: Vec<u8>,
    /// When it came.
    pub received_at: Timestamp,
}

impl fmt::Debug for NewExchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewExchange")
            .field("external_id", &self.external_id)
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

/// What became of a request that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeTaken {
    /// Kept now.
    New,
    /// It came before, with the same content.
    Same,
    /// Its identifier came before with another content: nothing was kept.
    OtherBody,
}

/// What is done about an exchange. Each kind has turns of its own: a gateway that is slow to hear holds up no registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeWork {
    /// What came is judged and registered.
    Register,
    /// The portal is told.
    Tell,
}

/// How it stands with the delivery of a message of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// On its way.
    OnDelivery,
    /// The portal has it.
    Delivered,
    /// The portal did not take it.
    NotDelivered,
    /// The gateway gave it up.
    Stopped,
}

impl Delivery {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::OnDelivery, Self::Delivered, Self::NotDelivered, Self::Stopped];

    /// The gateway's word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OnDelivery => "ON_DELIVERY",
            Self::Delivered => "DELIVERED",
            Self::NotDelivered => "NOT_DELIVERED",
            Self::Stopped => "DELIVERY_STOPPED",
        }
    }

    /// Of the gateway's word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// Whether it has to be told again.
    #[must_use]
    pub fn is_failed(self) -> bool {
        matches!(self, Self::NotDelivered | Self::Stopped)
    }
}

/// What is known of the delivery of a message, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryNote {
    /// How the gateway calls the message.
    pub message: String,
    /// What it says of it; nothing where it could not be asked.
    pub delivery: Option<Delivery>,
    /// When it is to be told again.
    pub tell_at: Option<Timestamp>,
    /// When the gateway is to be asked about it again.
    pub ask_at: Option<Timestamp>,
}

/// How far an exchange has come: everything that changes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ExchangeProgress {
    /// The signature, until it was judged.
    pub signature: Option<Vec<u8>>,
    /// The request it led to.
    pub number: Option<Number>,
    /// Why it led to none, by a stable code.
    pub fault: Option<String>,
    /// What it waits for while it has led to none, as a state and a stable code.
    pub waits: Option<(String, String)>,
    /// State the portal was told last; empty before the first.
    pub told: String,
    /// Version of the request that was told last.
    pub told_version: i64,
    /// When the portal was told that the term has passed.
    pub overdue_told_at: Option<Timestamp>,
    /// How the gateway calls the message that was told last.
    pub last_message: Option<String>,
    /// When the gateway is to be asked whether that was delivered.
    pub ask_at: Option<Timestamp>,
    /// Whether what was told last is to be told again, since it was not delivered.
    pub again: bool,
    /// How often in a row it was not delivered.
    pub undelivered: u32,
    /// How often in a row nothing came of a try.
    pub attempts: u32,
    /// When the gateway took the answer: from then on nothing is told.
    pub closed_at: Option<Timestamp>,
}

impl fmt::Debug for ExchangeProgress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ExchangeProgress")
            .field("number", &self.number)
            .field("fault", &self.fault)
            .field("waits", &self.waits)
            .field("told", &self.told)
            .field("told_version", &self.told_version)
            .field("attempts", &self.attempts)
            .field("closed_at", &self.closed_at)
            .finish_non_exhaustive()
    }
}

/// An exchange as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalExchange {
    /// How the portal calls it.
    pub external_id: ExternalId,
    /// How the portal calls its chain of messages.
    pub external_chain: String,
    /// How the gateway calls the chain.
    pub chain: String,
    /// Who asks.
    pub applicant: Iin,
    /// When it came.
    pub received_at: Timestamp,
    /// How far it has come.
    pub progress: ExchangeProgress,
    /// What the gateway said last of the delivery of what was told last.
    pub delivery: Option<Delivery>,
}

/// Right to work on one exchange until a moment. The fence grows with each lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeLease {
    /// The exchange as it stands.
    pub exchange: PortalExchange,
    /// For what.
    pub work: ExchangeWork,
    /// Fencing token.
    pub fence: i64,
}

/// Keeps exchanges. Each method is one transaction; time comes in as an argument.
#[async_trait]
pub trait Exchanges: Send + Sync {
    /// Keeps a request that came. Of parallel calls with one identifier exactly one yields [`ExchangeTaken::New`].
    async fn take_exchange(&self, new: &NewExchange) -> Result<ExchangeTaken, StoreError>;

    /// An exchange.
    async fn exchange(
        &self,
        external_id: &ExternalId,
    ) -> Result<Option<PortalExchange>, StoreError>;

    /// Leases the exchange whose turn for this work came longest ago, if there is one about which something is to be done at
    /// `now`. To be registered is what has led to no request and to no fault. To be told is: why it led to none; what it
    /// waits for, where that was not told; a request that has another version than was told, or whose term has passed and
    /// nobody was told; and what was not delivered.
    async fn lease_exchange(
        &self,
        work: ExchangeWork,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ExchangeLease>, StoreError>;

    /// Writes how far it has come and ends the lease; the next turn for this work is not before `next_at`. What was said of
    /// the delivery of an earlier message is forgotten with it.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`]; then nothing was written.
    async fn settle_exchange(
        &self,
        lease: &ExchangeLease,
        progress: &ExchangeProgress,
        next_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// How often in a row a message was not delivered; `None` where no exchange was told by it last.
    async fn undelivered(&self, message: &str) -> Result<Option<u32>, StoreError>;

    /// Messages told last about whose delivery the gateway is to be asked at `now`, those that wait longest first.
    async fn deliveries_to_ask(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<String>, StoreError>;

    /// Notes what is known of the delivery of a message. Where it is to be told again, an exchange that was closed with it is
    /// open again. `false` where no exchange was told by it last.
    async fn note_delivery(&self, note: &DeliveryNote) -> Result<bool, StoreError>;
}
