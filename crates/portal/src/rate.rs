//! Limits per network address on what strangers could hammer: signing in, submitting, signing by telephone, checking.
//!
//! Knows no use case. The counters live in this process; whoever runs several processes has as many counters.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::Shared;
use crate::api::bears_token;
use crate::failure::Failure;

/// Attempts at once, and per minute after that.
const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(39);
const PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(39);
/// One address asks for everybody who calls the contact centre.
const MANY: Quota = Quota::per_minute(NonZeroU32::MIN.saturating_add(599));
/// Addresses remembered before the idle ones are forgotten.
const REMEMBERED_MAX: usize = 20_000;

/// One counter for each kind of attempt.
pub struct Limits {
    sign_in_page: Counter,
    sign_in: Counter,
    submit: Counter,
    phone: Counter,
    check: Counter,
    contact_centre: Counter,
}

struct Counter {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in_page: Counter::new(),
            sign_in: Counter::new(),
            submit: Counter::new(),
            phone: Counter::new(),
            check: Counter::new(),
            contact_centre: Counter::of(MANY),
        }
    }
}

impl Counter {
    fn new() -> Self {
        Self::of(Quota::per_minute(PER_MINUTE).allow_burst(BURST))
    }

    fn of(quota: Quota) -> Self {
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default() }
    }

    /// Seconds to wait, where the limit is reached.
    fn count(&self, address: IpAddr) -> Result<(), u64> {
        if self.limiter.len() > REMEMBERED_MAX {
            self.limiter.retain_recent();
        }
        let taken = self.limiter.check_key(&address);
        taken.map_err(|until| until.wait_time_from(self.clock.now()).as_secs().saturating_add(1))
    }
}

/// Limits signing in.
pub async fn limit_sign_in(State(portal): State<Shared>, request: Request, next: Next) -> Response {
    // Each look at the page keeps a fresh one-time text, so looks are counted too.
    if request.method() == Method::GET {
        return counted(&portal.limits.sign_in_page, request, next).await;
    }
    counted(&portal.limits.sign_in, request, next).await
}

/// Limits submitting by pages.
pub async fn limit_submit(State(portal): State<Shared>, request: Request, next: Next) -> Response {
    limited(&portal.limits.submit, request, next).await
}

/// Limits what telephones bring; looking costs little.
pub async fn limit_phone(State(portal): State<Shared>, request: Request, next: Next) -> Response {
    limited(&portal.limits.phone, request, next).await
}

/// Limits checking; API clients who bear the token are known and not limited.
pub async fn limit_check(State(portal): State<Shared>, request: Request, next: Next) -> Response {
    if bears_token(&portal, request.headers()) {
        return next.run(request).await;
    }
    limited(&portal.limits.check, request, next).await
}

/// Limits what comes from a contact centre, whether its token is right or tried.
pub async fn limit_contact_centre(
    State(portal): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    counted(&portal.limits.contact_centre, request, next).await
}

async fn limited(counter: &Counter, request: Request, next: Next) -> Response {
    let is_page = request.method() == Method::GET && !request.uri().path().contains("/c/");
    if is_page {
        return next.run(request).await;
    }
    counted(counter, request, next).await
}

async fn counted(counter: &Counter, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    match counter.count(client_address(peer, request.headers())) {
        Ok(()) => next.run(request).await,
        Err(retry_after) => Failure::TooMany { retry_after }.into_response(),
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
    match address.to_canonical() {
        IpAddr::V4(four) => IpAddr::V4(four),
        IpAddr::V6(six) => {
            let network = u128::from(six) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
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
        let counter = Counter::new();
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for _ in 0..BURST.get() {
            assert_eq!(counter.count(one), Ok(()));
        }
        let wait = counter.count(one).unwrap_err();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(counter.count(other), Ok(()));
    }
}
