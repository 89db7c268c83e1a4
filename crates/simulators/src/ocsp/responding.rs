//! What the responder answers to a question: what it knows, a refusal, or what it was told to do wrongly.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use signature::Moment;
use signature::ocsp::{CertificateId, Request};
use signature::signing::{
    OcspFailure, OcspOrder, OcspStatement, Signature, SigningError, ocsp_failure,
};

use crate::authority::{Answerer, OcspKeys};
use crate::ncalayer::Clock;

/// How much too old a stale answer is, in seconds.
const STALE_SECONDS: i64 = 3_600;
/// How long ago what it calls revoked was revoked, in seconds.
const REVOKED_SECONDS: i64 = 24 * 3_600;

/// Ways to fail, and things to say whatever is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Connections end as soon as they are made.
    Down,
    /// It answers rightly, but only after so long: silent, where that is long enough.
    Slow(Duration),
    /// Status 500.
    ServerError,
    /// Status 200 with a page of HTML, as a proxy between may answer.
    Page,
    /// The right media type with rubbish.
    Garbage,
    /// The right media type with megabytes.
    Oversized,
    /// It asks to be asked later.
    TryLater,
    /// It has a fault of its own, it says.
    InternalError,
    /// The signature's place is empty.
    Unsigned,
    /// Another's signature beside its own certificate.
    AnothersSignature,
    /// Signed by a responder of the same name under the foreign root.
    ForeignAuthority,
    /// An hour old.
    Stale,
    /// Another nonce is returned.
    OtherNonce,
    /// No nonce is returned.
    NoNonce,
    /// About another certificate.
    OtherCertificate,
    /// It knows nothing of it.
    Unknown,
    /// It was never issued.
    NeverIssued,
    /// It was revoked yesterday.
    Revoked,
}

/// The responder's work.
pub struct Responding {
    keys: OcspKeys,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    fault: Option<Fault>,
    queries: u64,
}

impl Responding {
    pub(super) fn new(keys: OcspKeys, clock: Clock) -> Self {
        Self { keys, clock, state: Mutex::default() }
    }

    /// Fails so from the next connection on; works again with `None`.
    pub fn fail(&self, fault: impl Into<Option<Fault>>) {
        self.with_state(|state| state.fault = fault.into());
    }

    /// How often it was asked, whatever came of it.
    #[must_use]
    pub fn queries(&self) -> u64 {
        self.with_state(|state| state.queries)
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        self.with_state(|state| state.fault)
    }

    pub(super) fn count_connection(&self) {
        self.with_state(|state| state.queries += 1);
    }

    /// The answer to a question, DER.
    pub(super) fn answer(&self, query: &[u8]) -> Result<Vec<u8>, SigningError> {
        let fault = self.fault();
        match fault {
            Some(Fault::TryLater) => return ocsp_failure(OcspFailure::TryLater),
            Some(Fault::InternalError) => return ocsp_failure(OcspFailure::InternalError),
            _ => {}
        }
        let Some(request) = Request::from_der(query) else {
            return ocsp_failure(OcspFailure::MalformedRequest);
        };
        match self.keys.answerer(&request.id) {
            Some(answerer) => self.say(&request, &answerer, fault),
            None => ocsp_failure(OcspFailure::Unauthorized),
        }
    }

    fn say(
        &self,
        request: &Request,
        answerer: &Answerer<'_>,
        fault: Option<Fault>,
    ) -> Result<Vec<u8>, SigningError> {
        let now = Moment((self.clock)().as_second());
        let mut made_at = now;
        let mut id = request.id.clone();
        let mut nonce = request.nonce.clone();
        let mut statement = self.keys.statement(&id, now);
        let mut signature = Signature::Made;
        match fault {
            Some(Fault::Stale) => made_at = now.plus_seconds(-STALE_SECONDS),
            Some(Fault::OtherNonce) => nonce = Some(vec![0; 32]),
            Some(Fault::NoNonce) => nonce = None,
            Some(Fault::OtherCertificate) => {
                let other: Vec<u8> = id.serial().iter().rev().copied().collect();
                id = CertificateId::of_serial(&[&[0x2a][..], &other].concat(), answerer.issuer());
            }
            Some(Fault::Unsigned) => signature = Signature::Left,
            Some(Fault::Unknown) => statement = OcspStatement::Unknown,
            Some(Fault::NeverIssued) => statement = OcspStatement::NeverIssued,
            Some(Fault::Revoked) => {
                statement = OcspStatement::Revoked(now.plus_seconds(-REVOKED_SECONDS));
            }
            _ => {}
        }
        let order = OcspOrder {
            id: &id,
            statement,
            produced_at: made_at,
            this_update: made_at,
            next_update: None,
            nonce: nonce.as_deref(),
            signature,
        };
        match fault {
            Some(Fault::AnothersSignature) => answerer.forge(&order),
            Some(Fault::ForeignAuthority) => answerer.answer_as_foreigner(&order),
            _ => answerer.answer(&order),
        }
    }

    /// A panic elsewhere does not spoil the state.
    fn with_state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
