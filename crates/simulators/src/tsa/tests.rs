//! The authority over a real loopback socket, judged by the signature crate over the files a service would load.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use signature::Moment;
use signature::trust::TrustStore;
use signature::tsp::{self, Request, Response, Verdict};
use tokio::sync::oneshot;

use super::*;
use crate::authority::tests::{now, random, trust};
use crate::authority::{Algorithm, DemoFolder};

struct Running {
    url: String,
    stamping: Arc<Stamping>,
    trust: TrustStore,
    _stop: oneshot::Sender<()>,
}

async fn running(algorithm: Algorithm) -> Running {
    let files = tempfile::tempdir().unwrap();
    let folder = DemoFolder::new(files.path());
    let authority = folder.furnish(&[], &[], now(), &mut random()).unwrap().authority;
    let keys = authority.issue_stamp_keys(algorithm, now(), &mut random()).unwrap();
    let tsa = Tsa::bind("127.0.0.1:0".parse().unwrap(), keys, Arc::new(later)).await.unwrap();
    let (url, stamping) = (tsa.url(), tsa.stamping());
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(tsa.serve(async {
        let _ = stopped.await;
    }));
    Running { url, stamping, trust: trust(&folder), _stop: stop }
}

fn later() -> Timestamp {
    now().checked_add(SignedDuration::from_mins(2)).unwrap()
}

fn request() -> Request {
    Request { digest: [7; 32], nonce: 11, policy: None }
}

async fn post(url: &str, kind: &str, query: Vec<u8>) -> reqwest::Result<reqwest::Response> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    client.post(url).header("content-type", kind).body(query).send().await
}

async fn reply(running: &Running, request: &Request) -> Vec<u8> {
    let reply = post(&running.url, QUERY, request.to_der().unwrap()).await.unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], REPLY);
    reply.bytes().await.unwrap().to_vec()
}

/// The verdict about the reply, as its code.
async fn judged(running: &Running) -> &'static str {
    let reply = reply(running, &request()).await;
    let token = match tsp::read_response(&reply) {
        Ok(Response::Granted(token)) => token,
        Ok(Response::Refused(refusal)) => return refusal.failure.unwrap().code(),
        Err(reason) => return reason.code(),
    };
    let asked_at = Moment(later().as_second());
    match tsp::verify_answer(&token, &request(), asked_at, &running.trust, asked_at) {
        Verdict::Valid(stamp) => {
            assert_eq!(stamp.made_at, asked_at);
            "valid"
        }
        Verdict::Invalid(reason) => reason.code(),
        Verdict::CannotTell(doubt) => doubt.code(),
    }
}

#[tokio::test]
async fn it_stamps_with_both_kinds_of_keys_and_fails_as_told() {
    for algorithm in [Algorithm::Gost, Algorithm::Rsa] {
        let running = running(algorithm).await;
        assert_eq!(judged(&running).await, "valid", "{algorithm:?}");
        for (fault, expected) in [
            (Fault::Garbage, "malformed"),
            (Fault::Oversized, "too_large"),
            (Fault::Refuses, "time_not_available"),
            (Fault::OtherDigest, "stamp_of_other_digest"),
            (Fault::OtherNonce, "stamp_of_other_nonce"),
            (Fault::StaleTime, "stamped_before_request"),
            (Fault::AnothersSignature, "signature_mismatch"),
            (Fault::ForeignAuthority, "unknown_issuer"),
        ] {
            running.stamping.fail(fault);
            assert_eq!(judged(&running).await, expected, "{algorithm:?}, {fault:?}");
        }
        running.stamping.fail(None);
        assert_eq!(judged(&running).await, "valid", "{algorithm:?}");
        assert_eq!(running.stamping.queries(), 8);
    }
}

#[tokio::test]
async fn it_can_be_down_slow_broken_and_behind_a_proxy() {
    let running = running(Algorithm::Gost).await;
    let query = || request().to_der().unwrap();
    let ask = async || post(&running.url, QUERY, query()).await;
    running.stamping.fail(Fault::Down);
    assert!(ask().await.is_err());
    running.stamping.fail(Fault::ServerError);
    assert_eq!(ask().await.unwrap().status(), 500);
    running.stamping.fail(Fault::Page);
    assert_eq!(ask().await.unwrap().headers()["content-type"], "text/html");
    running.stamping.fail(Fault::Slow(Duration::from_secs(3_600)));
    let waited = tokio::time::timeout(Duration::from_millis(200), ask()).await;
    assert!(waited.is_err(), "no answer yet");
    assert_eq!(running.stamping.queries(), 0);
}

#[tokio::test]
async fn what_is_no_query_of_its_kind_is_declined() {
    let running = running(Algorithm::Gost).await;
    let other = post(&running.url, "text/plain", request().to_der().unwrap()).await.unwrap();
    assert_eq!(other.status(), 415);
    let huge = post(&running.url, QUERY, vec![0; QUERY_BYTES_MAX + 1]).await.unwrap();
    assert_eq!(huge.status(), 413);
    let policy = Some("1.2.3".parse().unwrap());
    let refused = tsp::read_response(&reply(&running, &Request { policy, ..request() }).await);
    match refused.unwrap() {
        Response::Refused(refusal) => {
            assert_eq!(refusal.failure.unwrap().code(), "unaccepted_policy")
        }
        Response::Granted(_) => panic!("granted"),
    }
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let files = tempfile::tempdir().unwrap();
    let folder = DemoFolder::new(files.path());
    let authority = folder.furnish(&[], &[], now(), &mut random()).unwrap().authority;
    let keys = authority.issue_stamp_keys(Algorithm::Gost, now(), &mut random()).unwrap();
    let bound = Tsa::bind("0.0.0.0:0".parse().unwrap(), keys, Arc::new(now)).await;
    assert!(matches!(bound.map(|_| ()), Err(TsaError::NotLoopback)));
}
