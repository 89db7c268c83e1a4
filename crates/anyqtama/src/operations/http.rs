//! A span and a measurement round every request over HTTP, by the template of its route: the address itself may have numbers
//! and tokens in it and is told to nobody.

use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tracing::field::Empty;
use tracing::{Instrument, info_span};

use super::metrics::HTTP_SECONDS;

/// What no route is for.
const NO_ROUTE: &str = "none";
/// Upper ends of the classes, in seconds.
const CLASSES: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Times of requests over HTTP.
#[derive(Clone, Debug)]
pub struct HttpTimes(Family<HttpLabels, Histogram, fn() -> Histogram>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HttpLabels {
    route: String,
    method: &'static str,
    class: &'static str,
}

impl Default for HttpTimes {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(CLASSES)))
    }
}

impl HttpTimes {
    /// Routes whose requests are watched.
    pub fn watching(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), watched))
    }

    /// As metrics.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(HTTP_SECONDS.name, HTTP_SECONDS.help, self.0.clone());
    }
}

async fn watched(State(times): State<HttpTimes>, request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let method = word(request.method());
    let name = format!("{method} {route}");
    let span = info_span!(
        "http",
        otel.name = name,
        otel.kind = "server",
        http.route = route,
        status = Empty
    );
    let began = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    span.record("status", status.as_u16());
    let labels = HttpLabels { route, method, class: class(status) };
    times.0.get_or_create(&labels).observe(began.elapsed().as_secs_f64());
    response
}

/// Clients may send any word as a method.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        0..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
