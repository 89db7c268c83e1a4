//! What the authority answers to a query: a stamp, a refusal, or what it was told to do wrongly.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use signature::Moment;
use signature::signing::{SigningError, TimeStampOrder, granted, refused};
use signature::tsp::{Failure, PolicyId, Request};

use crate::authority::{Algorithm, StampKeys, Stamper};
use crate::ncalayer::Clock;

/// Policies of the national authority: for RSA keys, for GOST keys of 2015.
const POLICY_RSA: &str = "1.2.398.3.3.2.6.2";
const POLICY_GOST: &str = "1.2.398.3.3.2.6.4";
/// How much too old a stale stamp is.
const STALE: SignedDuration = SignedDuration::from_hours(1);

/// Ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Connections end as soon as they are made.
    Down,
    /// It answers rightly, but only after so long.
    Slow(Duration),
    /// Status 500.
    ServerError,
    /// Status 200 with a page of HTML, as a proxy between may answer.
    Page,
    /// The right media type with rubbish.
    Garbage,
    /// The right media type with megabytes.
    Oversized,
    /// Its source of time is not available, it says.
    Refuses,
    /// Another digest is stamped.
    OtherDigest,
    /// Another nonce is returned.
    OtherNonce,
    /// The time stated is an hour old.
    StaleTime,
    /// Another's signature beside its own certificate.
    AnothersSignature,
    /// Stamped by an authority of the same name under the foreign root.
    ForeignAuthority,
}

/// The authority's work.
pub struct Stamping {
    keys: StampKeys,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    fault: Option<Fault>,
    queries: u64,
}

impl Stamping {
    pub(super) fn new(keys: StampKeys, clock: Clock) -> Self {
        Self { keys, clock, state: Mutex::default() }
    }

    /// Fails so from the next connection on; works again with `None`.
    pub fn fail(&self, fault: impl Into<Option<Fault>>) {
        self.with_state(|state| state.fault = fault.into());
    }

    /// How many queries it was asked to answer, wrongly or rightly.
    #[must_use]
    pub fn queries(&self) -> u64 {
        self.with_state(|state| state.queries)
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        self.with_state(|state| state.fault)
    }

    /// The reply to a query, DER.
    pub(super) fn answer(&self, query: &[u8]) -> Result<Vec<u8>, SigningError> {
        let (fault, number) = self.with_state(|state| {
            state.queries += 1;
            (state.fault, state.queries)
        });
        if fault == Some(Fault::Refuses) {
            return refused(Failure::TimeNotAvailable);
        }
        let request = Request::from_der(query).and_then(|request| {
            let policy = self.policy(request.policy).ok_or(Failure::UnacceptedPolicy)?;
            Ok((request, policy))
        });
        match request {
            Ok((request, policy)) => granted(&self.stamp(request, policy, fault, number)?),
            Err(failure) => refused(failure),
        }
    }

    fn stamp(
        &self,
        mut request: Request,
        policy: PolicyId,
        fault: Option<Fault>,
        number: u64,
    ) -> Result<Vec<u8>, SigningError> {
        let now = (self.clock)();
        let mut made_at = now;
        match fault {
            Some(Fault::OtherDigest) => request.digest = request.digest.map(|byte| !byte),
            Some(Fault::OtherNonce) => request.nonce = !request.nonce,
            Some(Fault::StaleTime) => made_at = now.saturating_sub(STALE).unwrap_or(now),
            _ => {}
        }
        let stamper = match fault {
            Some(Fault::AnothersSignature) => Stamper::Forger,
            Some(Fault::ForeignAuthority) => Stamper::Foreign,
            _ => Stamper::Own,
        };
        let serial = serial(now, number);
        let made_at = Moment(made_at.as_second());
        let order = TimeStampOrder { request: &request, policy, serial: &serial, made_at };
        self.keys.stamp(stamper, &order)
    }

    /// The policy to stamp under: the one asked for where it is among its own, and the key's own where none is.
    fn policy(&self, wanted: Option<PolicyId>) -> Option<PolicyId> {
        let own = match self.keys.algorithm() {
            Algorithm::Gost => POLICY_GOST,
            Algorithm::Rsa => POLICY_RSA,
        };
        let own: PolicyId = own.parse().ok()?;
        wanted.is_none_or(|wanted| wanted == own).then_some(own)
    }

    /// A panic elsewhere does not spoil the state.
    fn with_state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Grows from stamp to stamp, also from one start to the next.
fn serial(now: Timestamp, number: u64) -> Vec<u8> {
    [now.as_nanosecond().to_be_bytes().as_slice(), &number.to_be_bytes()].concat()
}
