//! Responders over HTTP (RFC 6960): each asked in turn, its answer checked before anybody sees it.
//!
//! An answer that does not stand up to checking is no answer, and why it does not is told to the log. Good answers are
//! used again for a short time. A responder that fails again and again is left alone, but for one question at a time, so
//! that a dead one does not cost its patience with each signature. Questions carry a certificate's number and no name.
//! Read next: `cache.rs`; `signature::ocsp` for the checking; `citizen.rs` for what follows of it.

mod cache;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::{Admission, Breaker, Clock, Ids};
use reqwest::Url;
use signature::Doubt;
use signature::ocsp::{
    Answer, CACHE_SECONDS_MAX, CertificateId, RESPONSE_BYTES_MAX, Request, Status, judge_answer,
};
use signature::x509::Certificate;

use super::moment;
use crate::exchange::{Exchange, Kinds, plain_http};
use cache::Cache;

/// Media types of RFC 6960.
const KINDS: Kinds = Kinds {
    query: "application/ocsp-request",
    reply: "application/ocsp-response",
    bytes_max: RESPONSE_BYTES_MAX,
};
/// Numbers of eight bytes in a nonce.
const NONCE_NUMBERS: usize = 4;

/// Where answers come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponderSettings {
    /// Addresses to ask, `http://…`: each in turn, until one gives a usable answer.
    pub urls: Vec<String>,
    /// Time for one address to answer in full.
    pub patience: Duration,
    /// How long a good answer is used again, at most [`CACHE_SECONDS_MAX`]; 0 for never.
    pub keep_seconds: u32,
}

/// Why responders cannot be asked with these settings.
#[derive(Debug, thiserror::Error)]
pub enum RespondersSetupError {
    /// Nobody to ask.
    #[error("no address of a responder is given")]
    NoAddress,
    /// Not an address of this kind.
    #[error("`{0}` is no address of a responder; these begin with http://")]
    Address(String),
    /// Kept so long that a revocation would go unnoticed.
    #[error("an answer is kept for {} seconds at most", CACHE_SECONDS_MAX)]
    KeptTooLong,
    /// The HTTP client.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// Asks responders.
pub struct Responders {
    exchange: Exchange,
    responders: Vec<Responder>,
    cache: Cache,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

struct Responder {
    url: Url,
    breaker: Mutex<Breaker>,
}

impl Responders {
    /// At these addresses.
    ///
    /// # Errors
    /// [`RespondersSetupError`].
    pub fn new(
        settings: &ResponderSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, RespondersSetupError> {
        if settings.urls.is_empty() {
            return Err(RespondersSetupError::NoAddress);
        }
        let keep = i64::from(settings.keep_seconds);
        if CACHE_SECONDS_MAX < keep {
            return Err(RespondersSetupError::KeptTooLong);
        }
        let responder = |text: &String| {
            let url =
                plain_http(text).ok_or_else(|| RespondersSetupError::Address(text.clone()))?;
            Ok(Responder { url, breaker: Mutex::default() })
        };
        let responders =
            settings.urls.iter().map(responder).collect::<Result<_, RespondersSetupError>>()?;
        let exchange = Exchange::new(settings.patience, KINDS)?;
        Ok(Self { exchange, responders, cache: Cache::new(keep), clock, ids })
    }

    /// What is known of a certificate. `chain`: the authorities above it, its issuer first, all trusted.
    ///
    /// # Errors
    /// [`Doubt`]: of several, one that says more than silence.
    pub(crate) async fn ask(
        &self,
        certificate: &Certificate,
        chain: &[&Certificate],
    ) -> Result<Arc<Answer>, Doubt> {
        let fingerprint = certificate.fingerprint();
        if let Some(kept) = self.cache.find(&fingerprint, self.clock.now()) {
            return Ok(kept);
        }
        let issuer = chain.first().ok_or(Doubt::OcspUntrusted)?;
        let id = CertificateId::of(certificate, issuer);
        let mut told = Doubt::OcspSilent;
        for responder in &self.responders {
            match self.answer_of(responder, &id, chain).await {
                Ok(answer) => {
                    let answer = Arc::new(answer);
                    if answer.status() == Status::Good {
                        self.cache.put(fingerprint, &answer, self.clock.now());
                    }
                    return Ok(answer);
                }
                Err(Doubt::OcspSilent) => {}
                Err(doubt) => told = doubt,
            }
        }
        Err(told)
    }

    async fn answer_of(
        &self,
        responder: &Responder,
        id: &CertificateId,
        chain: &[&Certificate],
    ) -> Result<Answer, Doubt> {
        if responder.is_left_alone(self.clock.as_ref()) {
            return Err(Doubt::OcspSilent);
        }
        let host = responder.url.host_str().unwrap_or_default();
        let request = Request { id: id.clone(), nonce: Some(self.nonce()) };
        let query = request.to_der().map_err(|_| Doubt::OcspSilent)?;
        let response = match self.exchange.post(&responder.url, query).await {
            Ok(response) => response,
            Err(error) => {
                tracing::warn!(responder = host, %error, "a responder did not answer");
                responder.failed(self.clock.as_ref(), self.ids.random_u64());
                return Err(Doubt::OcspSilent);
            }
        };
        responder.answered();
        let judged = judge_answer(&response, &request, chain, moment(self.clock.now()));
        judged.inspect_err(|doubt| {
            tracing::warn!(responder = host, code = doubt.code(), "an answer is of no use");
        })
    }

    fn nonce(&self) -> Vec<u8> {
        (0..NONCE_NUMBERS).flat_map(|_| self.ids.random_u64().to_be_bytes()).collect()
    }
}

impl Responder {
    fn is_left_alone(&self, clock: &dyn Clock) -> bool {
        self.with_breaker(|breaker| breaker.admit(clock.now())) != Admission::Ask
    }

    fn answered(&self) {
        self.with_breaker(Breaker::answered);
    }

    fn failed(&self, clock: &dyn Clock, random: u64) {
        self.with_breaker(|breaker| breaker.failed(clock.now(), random));
    }

    /// A panic elsewhere does not spoil the state.
    fn with_breaker<T>(&self, change: impl FnOnce(&mut Breaker) -> T) -> T {
        change(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
