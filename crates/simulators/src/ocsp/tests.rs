//! The responder over a real loopback socket, judged by the signature crate over the files a service would load.

use jiff::{SignedDuration, Timestamp};
use signature::Moment;
use signature::ocsp::{CertificateId, Request, Status, judge_answer};
use signature::x509::Certificate;
use tokio::sync::oneshot;

use super::*;
use crate::authority::tests::{demo_people, now, random};
use crate::authority::{DemoFolder, Furnished, revoked_keys};
use crate::people::KeyKind;

struct Running {
    url: String,
    responding: Arc<Responding>,
    furnished: Furnished,
    _stop: oneshot::Sender<()>,
}

async fn running() -> Running {
    let files = tempfile::tempdir().unwrap();
    let people = demo_people();
    let folder = DemoFolder::new(files.path());
    let furnished = folder.furnish(&people, &[], now(), &mut random()).unwrap();
    let revoked = revoked_keys(&people, &furnished.keys);
    let keys = furnished.authority.issue_ocsp_keys(&revoked, now(), &mut random()).unwrap();
    let ocsp = Ocsp::bind("127.0.0.1:0".parse().unwrap(), keys, Arc::new(later)).await.unwrap();
    let (url, responding) = (ocsp.url(), ocsp.responding());
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(ocsp.serve(async {
        let _ = stopped.await;
    }));
    Running { url, responding, furnished, _stop: stop }
}

fn later() -> Timestamp {
    now().checked_add(SignedDuration::from_mins(2)).unwrap()
}

async fn post(url: &str, kind: &str, query: Vec<u8>) -> reqwest::Result<reqwest::Response> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    client.post(url).header("content-type", kind).body(query).send().await
}

impl Running {
    /// A demo person's certificate and its issuer.
    fn person(&self, kind: KeyKind) -> (Certificate, Certificate) {
        let place = demo_people().iter().position(|one| one.key == kind).unwrap();
        let certificate = Certificate::from_der(self.furnished.keys[place].certificate()).unwrap();
        let anchors = self.furnished.authority.anchors();
        let mut anchors = anchors.iter().map(|(_, der)| Certificate::from_der(der).unwrap());
        let issuer = anchors.find(|one| one.subject() == certificate.issuer()).unwrap();
        (certificate, issuer)
    }

    async fn judged(&self, kind: KeyKind) -> Result<Status, &'static str> {
        let (certificate, issuer) = self.person(kind);
        let id = CertificateId::of(&certificate, &issuer);
        let request = Request { id, nonce: Some(vec![3; 32]) };
        let reply = post(&self.url, QUERY, request.to_der().unwrap()).await.unwrap();
        assert_eq!(reply.status(), 200);
        assert_eq!(reply.headers()["content-type"], REPLY);
        let reply = reply.bytes().await.unwrap();
        let at = Moment(later().as_second());
        let answer = judge_answer(&reply, &request, &[&issuer], at);
        answer.map(|answer| answer.status()).map_err(|doubt| doubt.code())
    }
}

#[tokio::test]
async fn it_knows_of_both_authorities_people_who_is_revoked() {
    let running = running().await;
    assert_eq!(running.judged(KeyKind::Gost).await, Ok(Status::Good));
    assert_eq!(running.judged(KeyKind::Rsa).await, Ok(Status::Good));
    assert!(matches!(running.judged(KeyKind::Revoked).await, Ok(Status::Revoked(_))));
    assert_eq!(running.responding.queries(), 3);
}

#[tokio::test]
async fn it_fails_and_speaks_as_it_is_told() {
    let running = running().await;
    for (fault, expected) in [
        (Fault::Garbage, "ocsp_malformed"),
        (Fault::Oversized, "ocsp_malformed"),
        (Fault::TryLater, "ocsp_try_later"),
        (Fault::InternalError, "ocsp_refused"),
        (Fault::Unsigned, "ocsp_untrusted"),
        (Fault::AnothersSignature, "ocsp_untrusted"),
        (Fault::ForeignAuthority, "ocsp_untrusted"),
        (Fault::Stale, "ocsp_stale"),
        (Fault::OtherNonce, "ocsp_other_nonce"),
        (Fault::OtherCertificate, "ocsp_other_certificate"),
        (Fault::Unknown, "ocsp_unknown"),
    ] {
        running.responding.fail(fault);
        assert_eq!(running.judged(KeyKind::Gost).await, Err(expected), "{fault:?}");
    }
    running.responding.fail(Fault::NeverIssued);
    assert_eq!(running.judged(KeyKind::Gost).await, Ok(Status::NeverIssued));
    running.responding.fail(Fault::Revoked);
    assert!(matches!(running.judged(KeyKind::Gost).await, Ok(Status::Revoked(_))));
    for fault in [Some(Fault::NoNonce), None] {
        running.responding.fail(fault);
        assert_eq!(running.judged(KeyKind::Gost).await, Ok(Status::Good), "{fault:?}");
    }
}

#[tokio::test]
async fn it_can_be_down_slow_broken_and_behind_a_proxy() {
    let running = running().await;
    let ask = async || post(&running.url, QUERY, b"question".to_vec()).await;
    running.responding.fail(Fault::Down);
    assert!(ask().await.is_err());
    running.responding.fail(Fault::ServerError);
    assert_eq!(ask().await.unwrap().status(), 500);
    running.responding.fail(Fault::Page);
    assert_eq!(ask().await.unwrap().headers()["content-type"], "text/html");
    running.responding.fail(Fault::Slow(std::time::Duration::from_secs(3_600)));
    let waited = tokio::time::timeout(std::time::Duration::from_millis(200), ask()).await;
    assert!(waited.is_err(), "no answer yet");
}

#[tokio::test]
async fn what_is_no_question_for_it_is_declined() {
    let running = running().await;
    let other = post(&running.url, "text/plain", Vec::new()).await.unwrap();
    assert_eq!(other.status(), 415);
    let huge = post(&running.url, QUERY, vec![0; QUERY_BYTES_MAX + 1]).await.unwrap();
    assert_eq!(huge.status(), 413);
    let rubbish = post(&running.url, QUERY, b"rubbish".to_vec()).await.unwrap();
    assert_eq!(&rubbish.bytes().await.unwrap()[..], [0x30, 3, 0x0a, 1, 1], "malformedRequest");
    let (certificate, _) = running.person(KeyKind::Gost);
    let id = CertificateId::of(&certificate, &certificate);
    let foreign = Request { id, nonce: None }.to_der().unwrap();
    let declined = post(&running.url, QUERY, foreign).await.unwrap();
    assert_eq!(&declined.bytes().await.unwrap()[..], [0x30, 3, 0x0a, 1, 6], "unauthorized");
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let files = tempfile::tempdir().unwrap();
    let folder = DemoFolder::new(files.path());
    let authority = folder.furnish(&[], &[], now(), &mut random()).unwrap().authority;
    let keys = authority.issue_ocsp_keys(&[], now(), &mut random()).unwrap();
    let bound = Ocsp::bind("0.0.0.0:0".parse().unwrap(), keys, Arc::new(now)).await;
    assert!(matches!(bound.map(|_| ()), Err(OcspError::NotLoopback)));
}
