//! How often strangers and persons may try what costs something: signing in, submitting, signing by telephone, checking.
//!
//! Knows no use case. Each process counts for itself. Where the operator gave all nodes one key (`LimitKey`), attempts are
//! counted in the store too, for all of them together; while the store does not tell, the process's own count holds. Read
//! next: `rules.rs` for what is counted, `room.rs` for how much is done at the same time.

mod backlog;
mod key;
mod room;
mod rules;

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

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
use crate::failure::Failure;
use crate::{Portal, Shared};
pub use backlog::Backlog;
pub use key::LimitKey;
pub use room::{Room, where_registering_has_room, where_there_is_room};
pub use rules::Attempted;
use rules::Rule;

/// Names remembered before the idle ones are forgotten.
const REMEMBERED_MAX: usize = 20_000;

/// What this process counted, one counter for each kind of attempt.
pub struct Limits(Vec<(Attempted, Counter)>);

struct Counter {
    limiter: DefaultKeyedRateLimiter<[u8; 32]>,
    clock: DefaultClock,
}

impl Default for Limits {
    fn default() -> Self {
        Self(Attempted::ALL.map(|one| (one, Counter::of(one.rule()))).into())
    }
}

impl Limits {
    /// Seconds to wait, where the limit is reached.
    fn count(&self, attempted: Attempted, who: &str) -> Result<(), u64> {
        let counter = self.0.iter().find(|(one, _)| *one == attempted);
        counter.map_or(Ok(()), |(_, counter)| counter.count(Sha256::digest(who.as_bytes()).into()))
    }
}

impl Counter {
    fn of(rule: Rule) -> Self {
        let every = rule.span / rule.at_once.get();
        let quota = Quota::with_period(every).unwrap_or(Quota::per_minute(rule.at_once));
        let limiter = RateLimiter::keyed(quota.allow_burst(rule.at_once));
        Self { limiter, clock: DefaultClock::default() }
    }

    fn count(&self, who: [u8; 32]) -> Result<(), u64> {
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
    pub async fn count(&self, attempted: Attempted, who: &str) -> Result<(), Failure> {
        let too_many = |retry_after| Failure::TooMany { retry_after };
        self.limits.count(attempted, who).map_err(too_many)?;
        self.count_in_all(attempted, who).await.map_err(too_many)
    }

    /// The same for all nodes together, where they share a key. Spans begin at the same moments everywhere.
    async fn count_in_all(&self, attempted: Attempted, who: &str) -> Result<(), u64> {
        let Some(key) = &self.config.limit_key else { return Ok(()) };
        let (rule, now) = (attempted.rule(), self.service.now().as_millisecond());
        let begins = now - now.rem_euclid(rule.span_ms());
        let ends = begins.saturating_add(rule.span_ms());
        let (Some(whom), Ok(forget_at)) =
            (key.name(attempted, who, begins), Timestamp::from_millisecond(ends))
        else {
            return Ok(());
        };
        match self.service.count_attempt(&Attempt { whom, forget_at }).await {
            Some(count) if count > rule.in_all() => {
                Err(u64::try_from(ends - now).unwrap_or_default().div_ceil(1_000).max(1))
            }
            Some(_) | None => Ok(()),
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
    match portal.count(attempted, &address).await {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
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
        for _ in 0..Attempted::Check.rule().at_once.get() {
            assert_eq!(limits.count(Attempted::Check, "192.0.2.1"), Ok(()));
        }
        let wait = limits.count(Attempted::Check, "192.0.2.1").unwrap_err();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(limits.count(Attempted::Check, "192.0.2.2"), Ok(()));
        assert_eq!(limits.count(Attempted::SignIn, "192.0.2.1"), Ok(()));
    }

    #[test]
    fn what_counts_by_the_hour_waits_for_minutes() {
        let limits = Limits::default();
        for _ in 0..60 {
            assert_eq!(limits.count(Attempted::CheckedNumber, "A-2345-6789-X"), Ok(()));
        }
        let wait = limits.count(Attempted::CheckedNumber, "A-2345-6789-X").unwrap_err();
        assert!((1..=60).contains(&wait), "one more each minute: {wait}");
    }
}
