//! How often strangers and persons may try what costs something: signing in, submitting, signing by telephone, checking.
//!
//! Knows no use case. An attempt that came to nothing because too many came at once is taken back. Each process counts for
//! itself. Where the operator gave all nodes one key (`LimitKey`), attempts are counted in the store too, for all of them
//! together; while the store does not tell, the process's own count holds. Read next: `rules.rs` for what is counted, `room.rs`
//! for how much is done at the same time.

mod key;
mod room;
mod rules;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

use app::Attempt;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::api::bears_token;
use crate::failure::{Failure, is_sent_away};
use crate::{Portal, Shared};
pub use key::LimitKey;
pub use room::{Room, where_there_is_room};
pub use rules::Attempted;
use rules::Rule;

/// So many times as often as something may be tried an attempt at it is taken back.
const TAKEN_BACK_TIMES: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
/// Names remembered before the idle ones are forgotten.
const REMEMBERED_MAX: usize = 20_000;

/// What this process counted, one counter for each kind of attempt.
pub struct Limits(Vec<(Attempted, Counter)>);

struct Counter {
    limiter: DefaultKeyedRateLimiter<[u8; 32]>,
    /// Attempts that are taken back are free, but not without end.
    taking_back: DefaultKeyedRateLimiter<[u8; 32]>,
    /// Attempts taken back that were not made again yet.
    free: Mutex<HashMap<[u8; 32], u32>>,
    clock: DefaultClock,
}

/// An attempt that was counted.
pub struct Counted {
    attempted: Attempted,
    who: [u8; 32],
    in_all: Option<Attempt>,
}

impl Default for Limits {
    fn default() -> Self {
        Self(Attempted::ALL.map(|one| (one, Counter::of(one.rule()))).into())
    }
}

impl Limits {
    fn counter(&self, attempted: Attempted) -> Option<&Counter> {
        self.0.iter().find(|(one, _)| *one == attempted).map(|(_, counter)| counter)
    }

    /// The attempt, or seconds to wait where the limit is reached.
    fn count(&self, attempted: Attempted, who: &str) -> Result<Counted, u64> {
        let who = Sha256::digest(who.as_bytes()).into();
        self.counter(attempted).map_or(Ok(()), |counter| counter.count(who))?;
        Ok(Counted { attempted, who, in_all: None })
    }

    /// `false` where it stays counted.
    fn take_back(&self, counted: &Counted) -> bool {
        let counter = self.counter(counted.attempted);
        counter.is_some_and(|counter| counter.take_back(counted.who))
    }
}

impl Counter {
    fn of(rule: Rule) -> Self {
        let often = rule.at_once.saturating_mul(TAKEN_BACK_TIMES);
        let limiter = |times: NonZeroU32| {
            let every = rule.span / times.get();
            let quota = Quota::with_period(every).unwrap_or(Quota::per_minute(times));
            RateLimiter::keyed(quota.allow_burst(times))
        };
        let (limiter, taking_back) = (limiter(rule.at_once), limiter(often));
        Self { limiter, taking_back, free: Mutex::default(), clock: DefaultClock::default() }
    }

    fn free(&self) -> MutexGuard<'_, HashMap<[u8; 32], u32>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the attempt is one that was taken back.
    fn is_free(&self, who: [u8; 32]) -> bool {
        let mut free = self.free();
        let Some(left) = free.get_mut(&who) else { return false };
        *left = left.saturating_sub(1);
        if *left == 0 {
            free.remove(&who);
        }
        true
    }

    fn take_back(&self, who: [u8; 32]) -> bool {
        if self.taking_back.len() > REMEMBERED_MAX {
            self.taking_back.retain_recent();
        }
        if self.taking_back.check_key(&who).is_err() {
            return false;
        }
        let mut free = self.free();
        if free.len() > REMEMBERED_MAX {
            free.clear();
        }
        let left = free.entry(who).or_default();
        *left = left.saturating_add(1);
        true
    }

    fn count(&self, who: [u8; 32]) -> Result<(), u64> {
        if self.is_free(who) {
            return Ok(());
        }
        if self.limiter.len() > REMEMBERED_MAX {
            self.limiter.retain_recent();
        }
        let taken = self.limiter.check_key(&who);
        taken.map_err(|until| until.wait_time_from(self.clock.now()).as_secs().saturating_add(1))
    }
}

impl Portal {
    /// Counts an attempt.
    ///
    /// # Errors
    /// [`Failure::TooMany`] where that was one too many.
    pub async fn count(&self, attempted: Attempted, who: &str) -> Result<Counted, Failure> {
        let too_many = |retry_after| Failure::TooMany { retry_after };
        let counted = self.limits.count(attempted, who).map_err(too_many)?;
        let in_all = self.count_in_all(attempted, who).await.map_err(too_many)?;
        Ok(Counted { in_all, ..counted })
    }

    /// Takes an attempt back: who was sent away because too many came at once has not asked too often by that. Whoever comes
    /// again and again without waiting is counted in the end.
    pub async fn take_back(&self, counted: Counted) {
        if self.limits.take_back(&counted)
            && let Some(attempt) = &counted.in_all
        {
            self.service.take_back_attempt(attempt).await;
        }
    }

    /// The same for all nodes together, where they share a key. Spans begin at the same moments everywhere.
    async fn count_in_all(&self, attempted: Attempted, who: &str) -> Result<Option<Attempt>, u64> {
        let Some(key) = &self.config.limit_key else { return Ok(None) };
        let (rule, now) = (attempted.rule(), self.service.now().as_millisecond());
        let begins = now - now.rem_euclid(rule.span_ms());
        let ends = begins.saturating_add(rule.span_ms());
        let (Some(whom), Ok(forget_at)) =
            (key.name(attempted, who, begins), Timestamp::from_millisecond(ends))
        else {
            return Ok(None);
        };
        let attempt = Attempt { whom, forget_at };
        match self.service.count_attempt(&attempt).await {
            Some(count) if count > rule.in_all() => {
                Err(u64::try_from(ends - now).unwrap_or_default().div_ceil(1_000).max(1))
            }
            Some(_) => Ok(Some(attempt)),
            None => Ok(None),
        }
    }
}

/// Limits signing in.
pub async fn limit_sign_in(State(portal): State<Shared>, request: Request, next: Next) -> Response {
    // Each look at the page keeps a fresh one-time text, so looks are counted too.
    if request.method() == Method::GET {
        return counted(&portal, Attempted::SignInPage, request, next).await;
    }
    counted(&portal, Attempted::SignIn, request, next).await
}

/// Limits submitting by pages.
pub async fn limit_submit(State(portal): State<Shared>, request: Request, next: Next) -> Response {
    limited(&portal, Attempted::Submit, request, next).await
}

/// Limits what telephones bring; looking costs little.
pub async fn limit_phone(State(portal): State<Shared>, request: Request, next: Next) -> Response {
    limited(&portal, Attempted::Phone, request, next).await
}

/// Limits checking; API clients who bear the token are known and not limited.
pub async fn limit_check(State(portal): State<Shared>, request: Request, next: Next) -> Response {
    if bears_token(&portal, request.headers()) {
        return next.run(request).await;
    }
    limited(&portal, Attempted::Check, request, next).await
}

/// Limits what comes from a contact centre, whether its token is right or tried.
pub async fn limit_contact_centre(
    State(portal): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    counted(&portal, Attempted::ContactCentre, request, next).await
}

async fn limited(portal: &Portal, attempted: Attempted, request: Request, next: Next) -> Response {
    let is_page = request.method() == Method::GET && !request.uri().path().contains("/c/");
    if is_page {
        return next.run(request).await;
    }
    counted(portal, attempted, request, next).await
}

async fn counted(portal: &Portal, attempted: Attempted, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let address = client_address(peer, request.headers()).to_string();
    let counted = match portal.count(attempted, &address).await {
        Ok(counted) => counted,
        Err(failure) => return failure.into_response(),
    };
    let response = next.run(request).await;
    if is_sent_away(&response) {
        portal.take_back(counted).await;
    }
    response
}

/// The client's address: the peer's, or, where the peer is a proxy on this machine, the last one it wrote down.
/// Of an IPv6 address the network counts, because one household has as many addresses as it likes.
fn client_address(peer: Option<IpAddr>, headers: &HeaderMap) -> IpAddr {
    let peer = peer.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    let forwarded = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let last = forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    let address = match last {
        Some(client) if peer.is_loopback() => client,
        Some(_) | None => peer,
    };
    network_of(address)
}

/// What counts as one client: an IPv4 address, the network of an IPv6 one. This machine stays itself.
#[must_use]
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) if !six.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from(u128::from(six) & !u128::from(u64::MAX)))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(list: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", list.parse().unwrap());
        headers
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
        let far: IpAddr = "203.0.113.7".parse().unwrap();
        let near: IpAddr = "127.0.0.1".parse().unwrap();
        let headers = forwarded("198.51.100.1, 192.0.2.9");
        assert_eq!(client_address(Some(far), &headers), far);
        assert_eq!(client_address(Some(near), &headers), "192.0.2.9".parse::<IpAddr>().unwrap());
        assert_eq!(client_address(Some(near), &HeaderMap::new()), near);
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let one = "2001:db8:1:2::1".parse().unwrap();
        let two = "2001:db8:1:2:ffff::9".parse().unwrap();
        let other = "2001:db8:1:3::1".parse().unwrap();
        let address = |ip| client_address(Some(ip), &HeaderMap::new());
        assert_eq!(address(one), address(two));
        assert_ne!(address(one), address(other));
    }

    #[test]
    fn the_limit_is_per_address_and_says_how_long_to_wait() {
        let limits = Limits::default();
        let count = |attempted, who| limits.count(attempted, who);
        for _ in 0..Attempted::Check.rule().at_once.get() {
            assert!(count(Attempted::Check, "192.0.2.1").is_ok());
        }
        let wait = count(Attempted::Check, "192.0.2.1").err().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert!(count(Attempted::Check, "192.0.2.2").is_ok());
        assert!(count(Attempted::SignIn, "192.0.2.1").is_ok());
    }

    #[test]
    fn what_is_taken_back_is_not_counted_but_not_without_end() {
        let limits = Limits::default();
        let tried = || limits.count(Attempted::Submit, "192.0.2.1");
        let is_taken_back = |_: &u32| tried().is_ok_and(|counted| limits.take_back(&counted));
        let often = (0..).take_while(is_taken_back).count();
        assert!((400..=410).contains(&often), "{often}: whoever does not wait is counted");
        let at_once = (0..).take_while(|_: &u32| tried().is_ok()).count();
        assert!((38..=41).contains(&at_once), "{at_once}: and only from then on");
    }

    #[test]
    fn what_counts_by_the_hour_waits_for_minutes() {
        let limits = Limits::default();
        for _ in 0..60 {
            assert!(limits.count(Attempted::CheckedNumber, "A-2345-6789-X").is_ok());
        }
        let wait = limits.count(Attempted::CheckedNumber, "A-2345-6789-X").err().unwrap();
        assert!((1..=60).contains(&wait), "one more each minute: {wait}");
    }
}
