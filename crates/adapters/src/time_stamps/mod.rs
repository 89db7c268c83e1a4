//! Time stamps of an authority that answers over HTTP (RFC 3161, 3.4), as the national one does.
//!
//! Nothing received is believed: a stamp that does not stand up to checking is no stamp, and why it does not is told to
//! the log and to the caller, who tries again. Plain HTTP will do, as the answer is signed and the question is a digest.
//! Read next: `exchange.rs` for one question and its answer, `signature::tsp` for the checking.

mod exchange;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use app::{Clock, Ids, StampError, StampVerdict, TimeStamper};
use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::Url;
use signature::tsp::{self, PolicyId, Request, Response, Verdict};

use crate::exchange::plain_http;
use crate::signatures::{TrustFolder, moment};
use exchange::Exchange;

/// Where time stamps come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampSettings {
    /// Addresses to ask, `http://…`: each in turn, until one gives a good stamp.
    pub urls: Vec<String>,
    /// Policy demanded, an object identifier; the authority's own choice without.
    pub policy: Option<String>,
    /// Time for one address to answer in full.
    pub patience: Duration,
}

/// Why no stamper could be made of the settings.
#[derive(Debug, thiserror::Error)]
pub enum TimeStamperSetupError {
    /// Nobody to ask.
    #[error("no address of a time-stamping authority is given")]
    NoAddress,
    /// Not an address of this kind.
    #[error("`{0}` is no address of a time-stamping authority; these begin with http://")]
    Address(String),
    /// Not a policy.
    #[error(transparent)]
    Policy(#[from] tsp::NotAPolicy),
    /// The HTTP client.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// Fetches and checks time stamps.
pub struct HttpTimeStamper {
    exchange: Exchange,
    urls: Vec<Url>,
    policy: Option<PolicyId>,
    trust: Arc<TrustFolder>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl HttpTimeStamper {
    /// Over this trust; the authority's certificate must lead to one of its anchors.
    ///
    /// # Errors
    /// [`TimeStamperSetupError`].
    pub fn new(
        settings: &TimeStampSettings,
        trust: Arc<TrustFolder>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, TimeStamperSetupError> {
        if settings.urls.is_empty() {
            return Err(TimeStamperSetupError::NoAddress);
        }
        let urls = settings.urls.iter().map(|url| address(url)).collect::<Result<_, _>>()?;
        let policy = settings.policy.as_deref().map(str::parse).transpose()?;
        let exchange = Exchange::new(settings.patience)?;
        Ok(Self { exchange, urls, policy, trust, clock, ids })
    }

    async fn stamp_of(&self, url: &Url, digest: &[u8; 32]) -> Result<Vec<u8>, StampError> {
        let request =
            Request { digest: *digest, nonce: self.ids.random_u64(), policy: self.policy };
        let asked_at = moment(self.clock.now());
        let token = match self.exchange.ask(url, &request).await? {
            Response::Granted(token) => token,
            Response::Refused(refusal) => return Err(StampError::Refused(refusal.to_string())),
        };
        let now = moment(self.clock.now());
        match tsp::verify_answer(&token, &request, asked_at, &self.trust.current(), now) {
            Verdict::Valid(_) => Ok(token),
            Verdict::Invalid(reason) => Err(StampError::NotGood(reason.code())),
            Verdict::CannotTell(doubt) => Err(StampError::NotGood(doubt.code())),
        }
    }
}

#[async_trait]
impl TimeStamper for HttpTimeStamper {
    async fn stamp(&self, digest: &[u8; 32]) -> Result<Vec<u8>, StampError> {
        let mut gravest = StampError::Unavailable("nobody was asked".to_owned());
        for url in &self.urls {
            match self.stamp_of(url, digest).await {
                Ok(token) => return Ok(token),
                Err(error) => {
                    let authority = url.host_str().unwrap_or_default();
                    tracing::warn!(authority, %error, "no time stamp was had");
                    if weight(&gravest) <= weight(&error) {
                        gravest = error;
                    }
                }
            }
        }
        Err(gravest)
    }

    fn verify(&self, token: &[u8], digest: &[u8; 32], at: Timestamp) -> StampVerdict {
        match tsp::verify(token, digest, &self.trust.current(), moment(at)) {
            Verdict::Valid(stamp) => match Timestamp::from_second(stamp.made_at.0) {
                Ok(stamped_at) => StampVerdict::Valid { stamped_at },
                Err(_) => StampVerdict::Invalid(signature::Reason::Malformed.code()),
            },
            Verdict::Invalid(reason) => StampVerdict::Invalid(reason.code()),
            Verdict::CannotTell(doubt) => StampVerdict::CannotTell(doubt.code()),
        }
    }
}

/// Of several failures the one an operator must hear of: a bad stamp before a refusal, a refusal before an outage.
fn weight(error: &StampError) -> u8 {
    match error {
        StampError::Unavailable(_) => 0,
        StampError::Refused(_) => 1,
        StampError::NotGood(_) => 2,
    }
}

fn address(text: &str) -> Result<Url, TimeStamperSetupError> {
    plain_http(text).ok_or_else(|| TimeStamperSetupError::Address(text.to_owned()))
}
