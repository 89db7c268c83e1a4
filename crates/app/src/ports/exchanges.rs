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

/// How far an exchange has come: everything that changes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ExchangeProgress {
    /// The signature, until it was judged.
    pub signature: Option<Vec<u8>>,
    /// The request it led to.
    pub number: Option<Number>,
    /// Why it led to none, by a stable code.
    pub fault: Option<String>,
    /// State the portal was told last; empty before the first.
    pub told: String,
    /// Version of the request that was told last.
    pub told_version: i64,
    /// When the portal was told that the term has passed.
    pub overdue_told_at: Option<Timestamp>,
    /// How the gateway calls the message that was told last.
    pub last_message: Option<String>,
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
    pub delivery: Option<String>,
}

/// Right to work on one exchange until a moment. The fence grows with each lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeLease {
    /// The exchange as it stands.
    pub exchange: PortalExchange,
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

    /// Leases the exchange whose turn came longest ago, if there is one about which something is to be done at `now`: it
    /// has not led to a request, or its request has another version than was told, or its term has passed and nobody was
    /// told.
    async fn lease_exchange(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ExchangeLease>, StoreError>;

    /// Writes how far it has come and ends the lease; the next turn is not before `next_at`.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`]; then nothing was written.
    async fn settle_exchange(
        &self,
        lease: &ExchangeLease,
        progress: &ExchangeProgress,
        next_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Notes what the gateway says of the delivery of a message. `false` where no exchange was told by it last.
    async fn note_delivery(&self, message: &str, delivery: &str) -> Result<bool, StoreError>;
}
